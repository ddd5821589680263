// `npm run guard -- who …`: from what users know (a listing, a mail, a leaked token) to the user's id, what is connected, and the
// commands that end it. Of a token only the part that names its grant leaves this computer.

import { readFileSync } from "node:fs";
import * as z from "zod";
import { withoutSecret } from "../src/bridge/operator/leaked.ts";
import { Failure } from "./command.ts";
import { type Target, withOperatorToken } from "./operator.ts";

const FOUND = z.object({
  subject: z.string(),
  since: z.number(),
  erased: z.number().nullable(),
  grant: z.string().optional(),
  connections: z.array(
    z.object({
      grant: z.string(),
      client: z.string(),
      scopes: z.array(z.string()),
      opened: z.number(),
      expires: z.number(),
    }),
  ),
});
const ANSWER = z.union([z.object({ found: z.array(FOUND) }), z.object({ problem: z.string() })]);

/** `-` reads it from standard input: what stands on a command line stays in the history of the shell. */
export async function showWho(target: Target, given: string): Promise<void> {
  const text = given === "-" ? readFileSync(0, "utf8") : given;
  const who = withoutSecret(text);
  const answer = await withOperatorToken(target, "read", { do: "who" }, (ask) => ask({ do: "who", who }, ANSWER));
  if ("problem" in answer) throw new Failure(answer.problem);
  if (answer.found.length === 0) {
    const mail = who.startsWith("mail:")
      ? " A mail is known only where a list asks for mails, and since the user last signed in."
      : "";
    throw new Failure(`Nobody of that kind was ever here.${mail}`);
  }
  for (const one of answer.found) show(one);
}

function show({ subject, since, erased, grant, connections }: z.infer<typeof FOUND>): void {
  console.log(`${subject}  here since ${day(since)}${erased === null ? "" : `, erased ${day(erased)}`}`);
  for (const one of connections) {
    const named = one.grant === grant ? "  ← the token's" : "";
    console.log(
      `  ${one.grant}  ${one.client}  ${one.scopes.join(" ")}  ${day(one.opened)} to ${day(one.expires)}${named}`,
    );
  }
  if (connections.length === 0) console.log("  Nothing is connected.");
  if (grant !== undefined && !connections.some((one) => one.grant === grant)) {
    console.log(`  The token's connection ${grant} is not alive: it was ended, or has run out.`);
  }
  console.log(
    `To end one: npm run guard -- revoke ${subject} ${grant ?? "GRANT"}; all: npm run guard -- revoke ${subject}`,
  );
}

function day(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}
