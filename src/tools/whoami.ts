// Yours: what a model is told of this tool, and what it does with the capability that it is handed.

import * as z from "zod";
import { defineTool } from "../bridge/index.ts";
import type { ProfileReader } from "../capabilities/profile.ts";

export const whoami = defineTool({
  title: "Who am I",
  description: "Returns who is signed in on this bridge and which scopes this connection holds.",
  input: z.strictObject({}),
  output: z.object({ name: z.string(), subject: z.string(), client: z.string(), scopes: z.array(z.string()) }),
  example: {},
  run(_args, { profile }: ProfileReader) {
    const { scopes, ...who } = profile();
    return { ...who, scopes: [...scopes] };
  },
});
