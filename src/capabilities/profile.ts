// Yours: what a tool may know of the caller: names and scopes, no token and no way to anything else.

import { keepsNothing } from "../bindings.ts";

export interface ProfileReader {
  readonly profile: () => {
    readonly name: string;
    readonly subject: string;
    readonly client: string;
    readonly scopes: readonly string[];
  };
}

export const profileReader = keepsNothing.reads(
  "profileReader",
  (_bindings, { name, subject, client, held }): ProfileReader => ({
    profile: () => ({ name, subject, client, scopes: held }),
  }),
);
