import { listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import { answerOf, call } from "../support/journey.ts";
import { bindings, journey, ledgerOf } from "../support/worker.ts";

/** Every row of every table of an object, as text. */
async function dump(stub: DurableObjectStub): Promise<string> {
  return runInDurableObject(stub, async (_: unknown, state) => {
    const tables = state.storage.sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'",
      )
      .toArray();
    const rows = tables.map(({ name }) => JSON.stringify(state.storage.sql.exec(`SELECT * FROM "${name}"`).toArray()));
    const kept = [...(await state.storage.list())].map(([key, value]) => `${key} ${JSON.stringify(value)}`);
    return [...rows, ...kept].join("\n");
  });
}

test("no token, code, cookie, secret, argument or result is in the audit log, the logs, an object or KV", async () => {
  const lines = vi.spyOn(console, "log");
  const name = "canary user";
  const client = await journey.register();
  const page = await journey.openConsent(client, { scope: "profile:read notes:write" });
  const allowed = await journey.postConsent(page, { ticked: ["notes:read", "notes:write", "notes:delete"] });
  const back = await journey.signIn(allowed, name);
  const code = back.searchParams.get("code") ?? "";
  const tokens = (await (await journey.redeem(client, code)).json()) as { access_token: string; refresh_token: string };
  const session = await journey.openSession(tokens.access_token);
  const say = async (message: unknown) => answerOf(await journey.legacy(tokens.access_token, message, session));
  const written = await say(call("write_note", { title: "canary-title", text: "canary-text" }));
  const id = String(written.result?.structuredContent?.["id"]);
  expect((await say(call("read_note", { id }))).result?.structuredContent).toMatchObject({ text: "canary-text" });
  // Waits for its user; the ledger keeps the arguments, encrypted.
  const waiting = crypto.randomUUID();
  expect(JSON.stringify(await say(call("delete_note", { id: waiting })))).toContain("/approvals/");
  await say(call("search_notes", { query: "canary-query" }));
  await say(call("write_note", { title: "canary-refused", text: "x", extra: "canary-extra" }));
  await say(call("canary-tool", { canary: "canary-argument" }));
  await journey.modern(tokens.access_token, "tools/call", { name: "read_note", arguments: { id: "canary-id" } });
  const refreshed = (await (await journey.refresh(client, tokens.refresh_token)).json()) as typeof tokens;

  const secretOf = (token: string) => token.split(":")[2] ?? "none";
  const cookie = page.cookie.split("=")[1] ?? "none";
  const setting = (of: string) => String(Reflect.get(bindings, of));
  const canaries = [
    ..."canary-title canary-text canary-query canary-refused canary-extra canary-tool canary-argument canary-id".split(
      " ",
    ),
    ...[tokens.access_token, tokens.refresh_token, refreshed.access_token, refreshed.refresh_token, code].map(secretOf),
    ...[page.handle, cookie, session.split(".")[2] ?? "none", setting("DRAWBRIDGE_SECRET"), setting("SUBJECT_KEY")],
    waiting,
    name,
  ];
  expect(canaries).not.toContain("none");

  const { keys } = await bindings.OAUTH_KV.list();
  const kv = await Promise.all(keys.map(async (key) => `${key.name} ${await bindings.OAUTH_KV.get(key.name)}`));
  const sessions = await listDurableObjectIds(bindings.MCP_SESSIONS);
  const places = {
    auditLog: JSON.stringify(await ledgerOf(tokens.access_token).events()),
    ledger: await dump(ledgerOf(tokens.access_token)),
    sessions: (await Promise.all(sessions.map((each) => dump(bindings.MCP_SESSIONS.get(each))))).join("\n"),
    logs: lines.mock.calls.map((line) => line.join(" ")).join("\n"),
    kv: kv.join("\n"),
  };
  for (const [place, text] of Object.entries(places)) {
    expect([place, text.length > 100]).toEqual([place, true]);
    expect([place, canaries.filter((canary) => text.includes(canary))]).toEqual([place, []]);
  }
});
