// Yours: users who may hold less than everything. Who may enter at all is said by the setting ENTITLED; nobody is let in by
// default. Asked at sign-in, at each refresh and at each request, so a change holds with the next deploy.

import type { Entitlement } from "./bridge/index.ts";
import type { scopes } from "./scopes.ts";

// Replace: the first line that names a user decides; who is named in ENTITLED and in no line here may hold every scope.
export const people: readonly Entitlement<keyof typeof scopes>[] = [
  // { who: "github:583231", may: ["profile:read", "notes:read"] },
  // { who: "mail-domain:example.com", may: ["profile:read"] },
];
