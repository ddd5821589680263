// What a tool may know of the caller: names and scopes, no token and no way to anything else. Pure.

import type { Principal } from "../bridge/gate/principal.ts";

export interface ProfileReader {
  readonly profile: () => {
    readonly name: string;
    readonly subject: string;
    readonly client: string;
    readonly scopes: readonly string[];
  };
}

export function profileReader(_host: unknown, { name, subject, client, held }: Principal): ProfileReader {
  return { profile: () => ({ name, subject, client, scopes: held }) };
}
