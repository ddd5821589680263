// What tests of approvals share: a user with a note that their client may ask to delete, and the user's own decision, which in
// these tests is told to the ledger, as the page tells it.

import { runInDurableObject } from "cloudflare:test";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { doors, send, type TransportName } from "./doors.ts";
import { type Answer, answerOf, type Client, call } from "./journey.ts";
import { SCOPES } from "./own-app.ts";
import { auditLogOf, bindings, ledgerOf, ORIGIN } from "./worker.ts";

const both = doors();

/** A name that nobody else has: each test has ledgers, and clocks, of its own. */
function somebody(): string {
  return `p-${crypto.randomUUID()}`;
}

/** Connected with every scope, a session open, and one note written. */
export async function ownerOf(name = somebody(), client?: Client) {
  let passed = 0;
  const more = client === undefined ? {} : { client };
  const made = await both.on.connect({ name, scope: SCOPES.join(" "), ticked: SCOPES, ...more });
  const token = made.tokens.access_token;
  const session = await both.on.openSession(token);
  const say = async (transport: TransportName, tool: string, args: Record<string, unknown>): Promise<Answer> =>
    answerOf(await send(transport, both, token, session, call(tool, args)));
  const written = await say("stateless", "write_note", { title: "Groceries", text: "milk" });
  const note = String(written.result?.structuredContent?.["id"]);
  const ledger = ledgerOf(token);
  return {
    name,
    client: made.client,
    /** The bridge that this token is good at. */
    on: both.on,
    token,
    session,
    note,
    say,
    ledger,
    erase: (transport: TransportName, id = note) => say(transport, "delete_note", { id }),
    /** Whether the note is still there. */
    kept: async () => (await say("stateless", "read_note", { id: note })).result?.isError !== true,
    /** Signed in `age` ago. */
    decide: async (id: string, yes = true, age = 0) =>
      ledger.decideApproval(id, yes, Date.now() + passed - age, await versionOf(note)),
    steps: async () => (await auditLogOf(token)).flatMap((event) => (event.kind === "approval" ? event.step : [])),
    /** As if `ms` had passed, in this user's ledger. */
    later: (ms: number) => {
      passed += ms;
      return runInDurableObject(ledger, (object: Ledger) => {
        object.clock = () => Date.now() + passed;
      });
    },
  };
}

/** What the page tells the ledger that a yes is about. */
export async function versionOf(note: string): Promise<string | null> {
  return bindings.DB.prepare("SELECT updated FROM note WHERE id = ?").bind(note).first<string>("updated");
}

const LINK = new RegExp(`^${ORIGIN}/approvals/([\\w-]{22})$`);

/** The approval that an answer in words asks for; "" when it asks for none. */
export function askedIn({ status, result }: Answer): string {
  const { url = "" } = (result?._meta?.["drawbridge/approval"] ?? {}) as { url?: string };
  const words = result?.content?.[0]?.text ?? "";
  const id = LINK.exec(url)?.[1] ?? "";
  return status === 200 && result?.isError === true && words.includes(`open ${url} and decide`) ? id : "";
}

/** What became of a call. */
export function saidIn(answer: Answer): string {
  if (askedIn(answer) !== "") return "asks";
  if (answer.result?._meta?.["drawbridge/audit"] !== undefined) return "ran";
  return answer.error?.message ?? answer.result?.content?.[0]?.text ?? String(answer.status);
}
