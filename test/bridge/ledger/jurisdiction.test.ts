// Where a bridge's objects are. The runtime of a laptop knows no jurisdictions, so that a namespace of the test's own stands for
// the one at Cloudflare: it lists the objects that are addressed inside of a jurisdiction, and refuses to address any outside.

import { expect, test } from "vitest";
import * as attack from "../support/attack.ts";
import { answerOf } from "../support/journey.ts";
import { takeErrors } from "../support/log.ts";
import { makeOperatorToken } from "../support/operator-token.ts";
import { bindings, hourly } from "../support/worker.ts";

const { CONTROL } = bindings;
const ORIGIN = "https://bridge.example";

/** A namespace whose objects can be addressed in `eu` only. */
function only<N extends object>(namespace: N): { readonly namespace: N; readonly addressed: readonly string[] } {
  const addressed: string[] = [];
  const inside = new Proxy(namespace, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      if (typeof member !== "function") return member;
      return (...args: unknown[]) => {
        addressed.push(`${String(key)} ${args[0]}`);
        return Reflect.apply(member, target, args);
      };
    },
  });
  const outside = new Proxy(namespace, {
    get(target, key) {
      if (key === "jurisdiction") {
        return (where: string) => {
          if (where !== "eu") throw new Error(`addressed in ${where}`);
          return inside;
        };
      }
      const member: unknown = Reflect.get(target, key);
      return typeof member === "function"
        ? () => {
            throw new Error(`${String(key)} outside of the jurisdiction`);
          }
        : member;
    },
  });
  return { namespace: outside, addressed };
}

function bridgeIn(JURISDICTION: string) {
  const [ledgers, sessions] = [only(bindings.LEDGER), only(bindings.MCP_SESSIONS)];
  const journey = attack.bridgeAt(ORIGIN, {
    JURISDICTION,
    LEDGER: ledgers.namespace,
    MCP_SESSIONS: sessions.namespace,
  });
  return { journey, ledgers: ledgers.addressed, sessions: sessions.addressed };
}

async function undecided(): Promise<void> {
  for (const table of ["jurisdiction", "person"]) await CONTROL.exec(`DELETE FROM ${table}`);
}
const remembered = async () => (await CONTROL.prepare("SELECT name FROM jurisdiction").all()).results;

test("every ledger and every session is addressed in the jurisdiction that is set", async () => {
  await undecided();
  const { journey, ledgers, sessions } = bridgeIn("eu");
  const { client, tokens } = await journey.connect();
  const session = await journey.openSession(tokens.access_token);
  const call = { method: "tools/call", params: { name: "whoami", arguments: {} } };
  const legacy = await answerOf(await journey.legacy(tokens.access_token, call, session));
  const modern = await answerOf(await journey.modern(tokens.access_token, call.method, call.params));
  expect([legacy.result?.isError, modern.result?.isError]).toEqual([undefined, undefined]);
  expect((await journey.refresh(client, tokens.refresh_token)).status).toBe(200);
  const [subject = ""] = tokens.access_token.split(":");
  expect(new Set(ledgers)).toEqual(new Set([`getByName ${subject}`]));
  expect(sessions.length).toBeGreaterThan(1);
  expect(await remembered()).toEqual([{ name: "eu" }]);
});

test("another jurisdiction than the first stops the bridge with one line, and addresses no ledger", async () => {
  await undecided();
  const made = bridgeIn("eu");
  const { client, tokens } = await made.journey.connect();
  const changes = [
    ["", "is not set", 'set it to "eu"'],
    ["us", 'is "us"', 'set it to "eu"'],
  ];
  for (const [JURISDICTION = "", is, back] of changes) {
    const { journey, ledgers, sessions } = bridgeIn(JURISDICTION);
    const words = `JURISDICTION ${is}, and the ledgers of this bridge were made in "eu": ${back}: elsewhere every ledger is empty (docs/operations.md)`;
    const answers = [
      await journey.modern(tokens.access_token, "tools/list"),
      await journey.refresh(client, tokens.refresh_token),
      await journey.fetch(`${ORIGIN}/console`),
    ];
    for (const answer of answers) {
      expect([answer.status, (await answer.text()).trim().split("\n").at(-1)]).toEqual([503, words]);
    }
    const lines = takeErrors().map((line) => JSON.parse(line) as { problems: readonly string[] });
    expect(lines.map(({ problems }) => problems)).toEqual(answers.map(() => [words.slice(0, words.indexOf(": set"))]));
    const headers = { authorization: `Bearer ${await makeOperatorToken()}`, "content-type": "application/json" };
    const operation = { method: "POST", headers, body: '{"do":"people"}' };
    expect(await (await journey.fetch(`${ORIGIN}/operator`, operation)).json()).toEqual({ error: words });
    expect([ledgers, sessions]).toEqual([[], []]);
    expect((await journey.fetch(ORIGIN)).status).toBe(200);
  }
  // Back where it was, it goes on.
  const back = bridgeIn("eu").journey;
  expect((await back.modern(tokens.access_token, "tools/list")).status).toBe(200);
  await hourly();
});

test("a bridge that has users already made their ledgers without one, whatever is set when it first looks", async () => {
  await undecided();
  await CONTROL.exec(`INSERT INTO person (subject, since) VALUES ('dbr1_${"a".repeat(22)}', 1)`);
  const { journey } = bridgeIn("eu");
  const answer = await journey.fetch(`${ORIGIN}/console`);
  const words = 'JURISDICTION is "eu", and the ledgers of this bridge were made without one: delete it: elsewhere';
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining(words)]);
  expect(takeErrors()).toHaveLength(1);
  expect(await remembered()).toEqual([{ name: "" }]);
  expect((await attack.bridgeAt(ORIGIN).fetch(`${ORIGIN}/console`)).status).toBe(200);
});

test("while CONTROL cannot be read nobody knows which ledgers are the right ones, and none is asked", async () => {
  const [ledgers, broken] = [only(bindings.LEDGER), {}];
  const journey = attack.bridgeAt(ORIGIN, { JURISDICTION: "eu", LEDGER: ledgers.namespace, CONTROL: broken });
  expect((await journey.fetch(`${ORIGIN}/console`)).status).toBe(503);
  expect([ledgers.addressed, takeErrors().length]).toEqual([[], 1]);
});

test("what is no jurisdiction is refused by name", async () => {
  const { journey } = bridgeIn("europe");
  const words =
    "JURISDICTION is none of eu, fedramp, fedramp-high, us: mend it in wrangler.toml under [vars], or delete it";
  expect(await (await journey.fetch(ORIGIN)).text()).toContain(words);
  expect(takeErrors()).toHaveLength(1);
});
