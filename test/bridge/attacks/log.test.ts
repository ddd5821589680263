// What an operator finds in the log: for every answer one line, with its id and the cause of a denial or a 503; never a message,
// a secret or an argument, unless it is a laptop's, and even there no credential.

import { createExecutionContext, runInDurableObject } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import * as z from "zod";
import type { Ledger } from "../../../src/bridge/ledger/ledger.ts";
import { logFailure, showDetails } from "../../../src/bridge/log.ts";
import { callTool } from "../../../src/bridge/mcp/register.ts";
import { development } from "../../../src/bridge/sign-in/development.ts";
import * as attack from "../support/attack.ts";
import { admitted, CALL } from "../support/attack-tool.ts";
import { createBridge } from "../support/bridges.ts";
import { takeErrors } from "../support/log.ts";
import { bindings, journey, ledgerOf } from "../support/worker.ts";

const LINE = z.looseObject({ at: z.string(), request: z.string().optional(), cause: z.string().optional() });
type Line = z.infer<typeof LINE>;

/** The lines that `work` writes, and the answer's id and status. */
async function logged(work: () => Promise<Response>) {
  const written = vi.spyOn(console, "log");
  const answer = await work();
  await answer.text();
  const lines: readonly Line[] = [...written.mock.calls.flat().map(String), ...takeErrors()].map((line) =>
    LINE.parse(JSON.parse(line)),
  );
  written.mockRestore();
  const id = answer.headers.get("x-request-id") ?? "none";
  const line = lines.find(({ at, request }) => at === "request" && request === id);
  return { status: answer.status, id, lines, line };
}

test("a denial has its reason on the line of its request, in both transports", async () => {
  const { token, session } = await attack.connected("denied");
  const message = (name: string, args: object) => ({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name, arguments: args },
  });
  const tries: Readonly<Record<string, () => Promise<Response>>> = {
    "unknown-tool": () => journey.modern(token, "tools/call", { name: "nope", arguments: {} }),
    "invalid-arguments": () => journey.modern(token, "tools/call", { name: "read_note", arguments: { id: 7 } }),
    "missing-scope": () => journey.legacy(token, message("delete_note", { id: crypto.randomUUID() }), session),
    "session-refused": () => journey.legacy(token, message("whoami", {}), `${session}x`),
    "invalid-token": () => journey.modern(`${token}x`, "tools/list"),
  };
  const good = await logged(() => journey.modern(token, "tools/call", { name: "whoami", arguments: {} }));
  expect([good.status, good.line?.cause]).toEqual([200, undefined]);
  for (const [cause, attempt] of Object.entries(tries)) {
    const { line, lines } = await logged(attempt);
    expect(line, cause).toMatchObject({ cause });
    expect(lines.filter(({ at }) => at === "request")).toHaveLength(1);
  }
});

test("a table of switches that is missing is logged under the request that had to do without it", async () => {
  const { token } = await attack.connected("switchless");
  expect((await logged(() => journey.modern(token, "tools/list"))).status).toBe(200);
  await runInDurableObject(ledgerOf(token), (ledger: Ledger) => {
    const begun = Date.now();
    ledger.clock = () => begun + 60_000;
  });
  await bindings.CONTROL.prepare("ALTER TABLE switch RENAME TO elsewhere").run();
  const { status, id, line, lines } = await logged(() => journey.modern(token, "tools/list"));
  await bindings.CONTROL.prepare("ALTER TABLE elsewhere RENAME TO switch").run();
  expect([status, line?.cause]).toEqual([503, "ledger-unreachable"]);
  const failures = lines.filter(({ at }) => at === "failure");
  expect(failures).toMatchObject([
    { request: id, where: expect.arrayContaining([expect.stringContaining("switch-board")]) },
  ]);
});

test("a bridge that is not set up says so once for each request, with its id and what is missing, and no secret", async () => {
  const secret = "too-short-a-secret";
  const bridge = attack.bridgeAt("https://unready.example", { DRAWBRIDGE_SECRET: secret });
  const { status, id, line, lines } = await logged(() => bridge.fetch("https://unready.example/"));
  expect([status, line?.cause]).toEqual([503, "not-set-up"]);
  expect(lines.filter(({ at }) => at === "not-set-up")).toEqual([
    { at: "not-set-up", request: id, problems: ["DRAWBRIDGE_SECRET is shorter than 32 characters"] },
  ]);
  expect(JSON.stringify(lines)).not.toContain(secret);
});

test("what was set and means nothing here is logged once, and the bridge goes on", async () => {
  const env = { ...bindings, FAVOURITE_COLOUR: "red" };
  const bridge = createBridge([development]);
  const visit = () =>
    logged(async () => bridge.fetch(new Request("http://127.0.0.1:8787/"), env, createExecutionContext()));
  const [first, again] = [await visit(), await visit()];
  expect([first.status, again.status]).toEqual([200, 200]);
  const said = ({ lines }: typeof first) => lines.filter(({ request }) => request === "(settings)");
  expect(said(first)).toEqual([
    { at: "not-set-up", request: "(settings)", problems: ["FAVOURITE_COLOUR is no setting of this bridge"] },
  ]);
  expect(said(again)).toEqual([]);
});

test("a call that reached a tool without a ticket is logged, under no name that a caller made up", async () => {
  const { ports, gated } = await admitted(new Error("never"));
  const written = vi.spyOn(console, "log");
  await callTool({ name: CALL.tool, arguments: { other: "s3cret" } }, gated, "request-1", ports);
  await callTool({ name: "s3cret", arguments: {} }, gated, "request-2", ports);
  expect(written.mock.calls.flat()).toEqual([
    JSON.stringify({ at: "outcome", request: "request-1", tool: CALL.tool, outcome: "no-ticket" }),
    JSON.stringify({ at: "outcome", request: "request-2", tool: "(unknown)", outcome: "no-ticket" }),
  ]);
  written.mockRestore();
});

test("messages of errors are for laptops, with the path of what did not fit and without credentials", async () => {
  const wrong = z.object({ note: z.object({ title: z.string() }) }).safeParse({ note: { title: 5 } }).error;
  const leaking = new Error(`no such table: switch (bearer ${"a1".repeat(20)})`);
  logFailure("request-1", leaking);
  logFailure("request-1", wrong);
  expect(takeErrors().join()).not.toMatch(/no such table|note\.title/);
  showDetails(true);
  logFailure("request-2", leaking);
  logFailure("request-2", wrong);
  showDetails(false);
  const [table = "", output = ""] = takeErrors();
  expect(JSON.parse(table)).toMatchObject({ message: "no such table: switch (bearer (drawbridge:redacted))" });
  expect(JSON.parse(output)).toMatchObject({ type: "ZodError", message: expect.stringMatching(/^note\.title: /) });
  // Whatever is set, a bridge that others can reach keeps them out.
  const env = { ...bindings, ERROR_DETAILS: "on" };
  const away = {
    ...env,
    PUBLIC_URL: "https://bridge.example.com",
    OIDC_ISSUER: "",
    OIDC_CLIENT_ID: "",
    OIDC_CLIENT_SECRET: "",
  };
  const shown = async (settings: object) => {
    await createBridge([development]).fetch?.(
      new Request("https://x.test/"),
      { ...bindings, ...settings },
      createExecutionContext(),
    );
    logFailure("request-3", leaking);
    return JSON.parse(takeErrors().at(-1) ?? "").message;
  };
  expect([await shown(env), await shown(away)]).toEqual([expect.any(String), undefined]);
});
