// Users who call tools in both transports until the bridge is gone, and keep the receipts they were given. Part of
// `npm run test:crash`.

import * as z from "zod";
import { answerOf, call, createJourney } from "../test/bridge/support/journey.ts";
import { Failure } from "./command.ts";

const PEOPLE = ["ada", "bob", "eve"];
/** Access tokens live 15 minutes. */
const RECONNECT_MS = 10 * 60_000;
const RECEIPT = z.object({ seq: z.int(), hash: z.string() });

/** What an answer acknowledged. */
export interface Receipt {
  readonly subject: string;
  readonly seq: number;
  readonly hash: string;
}

/** Users who call tools until the bridge is gone. */
export class Load {
  readonly receipts: Receipt[] = [];
  readonly #journey;
  #people: readonly { readonly token: string; readonly session: string }[] = [];
  #connected = 0;

  constructor(url: string) {
    this.#journey = createJourney((to, init) => fetch(to, { ...init, signal: AbortSignal.timeout(30_000) }), url);
  }

  get subjects(): readonly string[] {
    return this.#people.map(({ token }) => subjectOf(token));
  }

  /** Once in a while: tokens and sessions outlive a restart, and are meant to. */
  async connect(): Promise<void> {
    if (Date.now() - this.#connected < RECONNECT_MS) return;
    const ticked = ["notes:read", "notes:write"];
    this.#people = await Promise.all(
      PEOPLE.map(async (name) => {
        const { tokens } = await this.#journey.connect({ name, ticked, scope: ["profile:read", ...ticked].join(" ") });
        return { token: tokens.access_token, session: await this.#journey.openSession(tokens.access_token) };
      }),
    );
    this.#connected = Date.now();
  }

  /** Ends when the bridge does. */
  async run(): Promise<void> {
    const transports = this.#people.flatMap(({ token, session }) => [
      this.#loop(token, (name, args) => this.#journey.modern(token, "tools/call", { name, arguments: args })),
      this.#loop(token, (name, args) => this.#journey.legacy(token, call(name, args), session)),
    ]);
    await Promise.all(transports);
  }

  async #loop(token: string, send: (name: string, args: Record<string, string>) => Promise<Response>): Promise<void> {
    for (let i = 0; ; i++) {
      const title = `note ${i}`;
      const answer = await (i % 2 === 0
        ? send("write_note", { title, text: title })
        : send("search_notes", { query: title })
      )
        .then(answerOf)
        .catch(() => undefined);
      if (answer === undefined) return;
      const receipt = RECEIPT.safeParse(answer.result?._meta?.["drawbridge/audit"]);
      // An answer that was cut off by the kill parses to nothing.
      if (receipt.success) this.receipts.push({ subject: subjectOf(token), ...receipt.data });
      else if (answer.error !== undefined || answer.result !== undefined) {
        throw new Failure(`A call was not admitted: ${JSON.stringify(answer).slice(0, 300)}`);
      }
    }
  }
}

function subjectOf(token: string): string {
  return token.split(":")[0] ?? "";
}
