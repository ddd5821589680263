// The operator's endpoint while D1 does not answer: still hidden from who has no pass, plain words for who has one.

import { expect, test } from "vitest";
import { bridgeAt } from "../support/attack.ts";
import { takeErrors } from "../support/log.ts";
import { makeOperatorToken } from "../support/operator-token.ts";
import { bindings, ORIGIN } from "../support/worker.ts";

const silent = new Proxy(bindings.CONTROL, {
  get: () => () => {
    throw new Error("no database");
  },
});

async function seen(answer: Response): Promise<unknown> {
  const headers = [...answer.headers].filter(([name]) => name !== "x-request-id" && name !== "date");
  return { status: answer.status, headers, body: await answer.text() };
}

test("while the database does not answer, the endpoint cannot be told from a path that does not exist, whatever is presented", async () => {
  const operatorToken = await makeOperatorToken();
  const bridge = bridgeAt(ORIGIN, { CONTROL: silent });
  for (const accept of ["application/json", "text/html"]) {
    for (const token of [operatorToken, `dbop_${"A".repeat(43)}`]) {
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", accept };
      const init = { method: "POST", headers, body: JSON.stringify({ do: "people" }) };
      expect((await bridgeAt(ORIGIN).fetch(`${ORIGIN}/operator`, init)).status).toBe(
        token === operatorToken ? 200 : 404,
      );
      const hidden = await seen(await bridge.fetch(`${ORIGIN}/operator`, init));
      expect(takeErrors()).toMatchObject([expect.stringContaining('"at":"failure"')]);
      expect(hidden).toEqual(await seen(await bridge.fetch(`${ORIGIN}/operato`, init)));
    }
  }
});

test("who has an operator token is told in words that something does not answer, and nothing of what", async () => {
  const operatorToken = await makeOperatorToken();
  const headers = { authorization: `Bearer ${operatorToken}`, "content-type": "application/json", accept: "text/html" };
  const init = { method: "POST", headers, body: JSON.stringify({ do: "people" }) };
  const bridge = bridgeAt(ORIGIN);
  await bindings.CONTROL.exec("ALTER TABLE person RENAME TO gone");
  const answer = await bridge.fetch(`${ORIGIN}/operator`, init);
  expect(takeErrors()).toHaveLength(1);
  await bindings.CONTROL.exec("ALTER TABLE gone RENAME TO person");
  expect(answer.status).toBe(503);
  const { error } = (await answer.json()) as { error: string };
  expect(error).toContain(answer.headers.get("x-request-id"));
  expect(error).not.toMatch(/SQL|table|D1/);
  expect((await bridge.fetch(`${ORIGIN}/operator`, init)).status).toBe(200);
});
