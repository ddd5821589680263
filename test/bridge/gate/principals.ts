// Factories for principals and rows. Ids are made up; brands are given where text becomes an id, as in production.

import { PRINCIPAL, type Principal } from "../../../src/bridge/gate/principal.ts";
import { SCOPES, type Scope } from "../support/own-app.ts";

export function principal(
  more: { readonly held?: readonly Scope[]; readonly entitled?: readonly Scope[]; readonly subject?: string } = {},
): Principal {
  return PRINCIPAL.parse({
    subject: more.subject ?? "dbr1_AAAAAAAAAAAAAAAAAAAAAA",
    client: "client-1",
    grant: "grant-01",
    step: 0,
    held: more.held ?? SCOPES,
    entitled: more.entitled ?? SCOPES,
    name: "ada",
  });
}
