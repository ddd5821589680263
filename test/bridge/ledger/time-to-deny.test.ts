// from each way to stop something to the first refused call, on both transports. The ledger's clock goes on a
// second after each call that still passed, and five are the limit. To see the numbers:
// `npx vitest run --project worker test/bridge/ledger/time-to-deny.test.ts`

import { runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { connected } from "../support/attack.ts";
import { answerOf, call } from "../support/journey.ts";
import { print } from "../support/log.ts";
import { makeOperatorToken } from "../support/operator-token.ts";
import { bindings, journey, ledgerOf, ORIGIN } from "../support/worker.ts";

const LIMIT_S = 5;
type User = Awaited<ReturnType<typeof connected>> & { readonly subject: string };

/** As `npm run guard` does it: a row of D1, or an operation for which an operator token was made. */
const STOPS: Readonly<Record<string, (user: User) => Promise<unknown>>> = {
  revoke: async ({ subject }) => {
    const headers = { authorization: `Bearer ${await makeOperatorToken(`revoke ${subject} all`)}` };
    const body = JSON.stringify({ do: "revoke", subject, grant: "all" });
    expect((await journey.fetch(`${ORIGIN}/operator`, { method: "POST", headers, body })).status).toBe(200);
  },
  freeze: ({ subject }) => set("subject", subject),
  "mode off": () => set("mode", "off"),
  "block tool": () => set("tool", "whoami"),
  "block client": ({ client }) => set("client", client.id),
};

function set(kind: string, value: string): Promise<unknown> {
  return bindings.CONTROL.prepare("INSERT INTO switch (kind, value) VALUES (?, ?)").bind(kind, value).run();
}

const TRANSPORTS: Readonly<Record<string, (user: User) => Promise<Response>>> = {
  McpAgent: ({ token, session }) => journey.legacy(token, call("whoami"), session),
  stateless: ({ token }) => journey.modern(token, "tools/call", { name: "whoami", arguments: {} }),
};

async function tokens(answer: Response): Promise<boolean> {
  const { status, result } = await answerOf(answer);
  return status === 200 && result?.structuredContent !== undefined;
}

const CASES = Object.keys(STOPS).flatMap((stop) =>
  Object.keys(TRANSPORTS).map((transport) => [stop, transport] as const),
);

test.for(CASES)("%s refuses the next call within five seconds, transport %s", async ([stop, transport]) => {
  const someone = await connected(`${stop} ${transport}`);
  const user: User = { ...someone, subject: someone.token.split(":")[0] ?? "" };
  const passing = async () => {
    const answer = await TRANSPORTS[transport]?.(user);
    return answer !== undefined && tokens(answer);
  };
  expect(await passing()).toBe(true);
  const begun = Date.now();
  await STOPS[stop]?.(user);
  let seconds = 0;
  while (await passing()) {
    seconds++;
    expect(seconds).toBeLessThanOrEqual(LIMIT_S);
    await runInDurableObject(ledgerOf(user.token), (ledger: Ledger) => {
      ledger.clock = () => begun + seconds * 1000;
    });
  }
  const worked = `${Date.now() - begun} ms of work`;
  print(`${stop}, transport ${transport}: refused after ${seconds} s of the ledger's clock, ${worked}`);
  await bindings.CONTROL.prepare("DELETE FROM switch").run();
});
