import { beforeEach, expect, test } from "vitest";
import { APPROVAL_MS } from "../../../src/bridge/gate/approval.ts";
import { decryptArguments } from "../../../src/bridge/seal.ts";
import { askedIn, ownerOf, saidIn } from "../support/approvals.ts";
import { doors, send, TRANSPORTS } from "../support/doors.ts";
import { answerOf, call } from "../support/journey.ts";
import { loadSettings } from "../support/own-app.ts";
import { auditLogOf, bindings, ORIGIN } from "../support/worker.ts";

const ELICITS = { elicitation: { url: {} } };

beforeEach(async () => {
  await bindings.CONTROL.prepare("DELETE FROM switch").run();
});

for (const transport of TRANSPORTS) {
  test(`${transport}: nothing is deleted before the user approves; then the same call runs, once, and a replay asks anew`, async () => {
    const owner = await ownerOf();
    const first = await owner.erase(transport);
    const id = askedIn(first);
    expect(id).not.toBe("");
    expect(first.result?.structuredContent).toBeUndefined();
    expect(askedIn(await owner.erase(transport))).toBe(id);
    expect(await owner.kept()).toBe(true);

    const approval = await owner.ledger.approval(id);
    const loaded = loadSettings(bindings);
    if ("problems" in loaded) throw new Error("not set up");
    const of = { subject: owner.token.split(":")[0] ?? "", tool: "delete_note" };
    expect(approval).toMatchObject({ tool: "delete_note", client: owner.client.id, state: "waiting" });
    expect(await decryptArguments(loaded.settings, of, approval?.args ?? "")).toEqual({ id: owner.note });

    expect(await owner.decide(id)).toBe("approved");
    expect((await owner.erase(transport)).result?.structuredContent).toEqual({ deleted: owner.note });
    expect(await owner.kept()).toBe(false);
    const replay = askedIn(await owner.erase(transport));
    expect([replay === "", replay === id]).toEqual([false, false]);
    expect(await owner.steps()).toEqual(["asked", "approved", "used", "asked"]);
    const auditLog = await auditLogOf(owner.token);
    const admitted = auditLog.filter((event) => event.kind === "admission" && event.tool === "delete_note");
    expect(admitted).toMatchObject([{ effect: "destroy", approval: id }]);
    expect(JSON.stringify(auditLog)).not.toContain(owner.note);
  });

  test(`${transport}: an approval fits neither other arguments, nor another tool, user or grant`, async () => {
    const owner = await ownerOf();
    const sibling = await ownerOf(owner.name);
    const bob = await ownerOf();
    const id = askedIn(await owner.erase(transport));
    expect(await bob.decide(id)).toBe("gone");
    expect(await owner.decide(id)).toBe("approved");

    expect(saidIn(await owner.erase(transport, sibling.note))).toBe("asks");
    expect(saidIn(await owner.erase(transport, owner.note.toUpperCase()))).toBe("asks");
    const extra = await owner.say(transport, "delete_note", { id: owner.note, really: true });
    expect(saidIn(extra)).toContain("These arguments do not fit");
    expect(saidIn(await sibling.erase(transport, owner.note))).toBe("asks");
    expect(saidIn(await bob.erase(transport, owner.note))).toBe("asks");
    expect(await owner.kept()).toBe(true);
    expect(saidIn(await owner.erase(transport))).toBe("ran");
  });

  test(`${transport}: whatever a client says it was answered, the user was not there, and nothing runs`, async () => {
    const owner = await ownerOf();
    const id = askedIn(await owner.erase(transport));
    const accepted = { action: "accept", content: { approved: true } };
    const params = {
      ...call("delete_note", { id: owner.note }).params,
      inputResponses: { approval: accepted },
      requestState: id,
      elicitationId: id,
      _meta: { "drawbridge/approval": { id, state: "approved" }, approval: id },
    };
    const say = async (message: { readonly method?: string } & Record<string, unknown>) =>
      transport === "stateless"
        ? answerOf(await owner.on.modern(owner.token, message.method ?? "ping", message["params"] as object as never))
        : answerOf(await owner.on.legacy(owner.token, message, owner.session));
    expect(askedIn(await say({ jsonrpc: "2.0", id: 1, method: "tools/call", params }))).toBe(id);
    await say({ jsonrpc: "2.0", id, result: accepted });
    await say({ jsonrpc: "2.0", method: "notifications/elicitation/complete", params: { elicitationId: id } });
    await say({ jsonrpc: "2.0", id: 2, method: "elicitation/create", params: { mode: "url", elicitationId: id } });
    // Nor does its token open the page where users decide.
    for (const method of ["GET", "POST"]) {
      const headers = { authorization: `Bearer ${owner.token}`, "content-type": "application/x-www-form-urlencoded" };
      const body = method === "POST" ? "decision=approve" : null;
      const page = await owner.on.fetch(`${ORIGIN}/approvals/${id}`, { method, headers, body, redirect: "manual" });
      await page.text();
    }
    expect((await owner.ledger.approval(id))?.state).toBe("waiting");
    expect(saidIn(await owner.erase(transport))).toBe("asks");
    expect(await owner.kept()).toBe(true);
    expect(await owner.steps()).toEqual(["asked"]);
  });

  test(`${transport}: a no is told and holds; what nobody decided, or nobody used, in five minutes is asked anew`, async () => {
    const owner = await ownerOf();
    const id = askedIn(await owner.erase(transport));
    expect(await owner.decide(id, false)).toBe("refused");
    expect(saidIn(await owner.erase(transport))).toContain("The user declined this call.");
    expect(await owner.decide(id)).toBe("gone");
    await owner.later(APPROVAL_MS);
    const second = askedIn(await owner.erase(transport));
    await owner.later(APPROVAL_MS);
    expect(await owner.decide(second)).toBe("gone");
    const third = askedIn(await owner.erase(transport));
    expect(await owner.decide(third, true, 2 * APPROVAL_MS)).toBe("old-sign-in");
    expect(await owner.decide(third)).toBe("approved");
    await owner.later(APPROVAL_MS);
    expect(saidIn(await owner.erase(transport))).toBe("asks");
    expect(new Set([id, second, third]).size).toBe(3);
    expect(await owner.kept()).toBe(true);
  });
}

for (const transport of TRANSPORTS) {
  test(`${transport}: a message that no transport could run uses up no approval`, async () => {
    const owner = await ownerOf();
    const id = askedIn(await owner.erase(transport));
    expect(await owner.decide(id)).toBe("approved");
    const say = async (odd: Record<string, unknown>) => {
      const { params, ...rest } = call("delete_note", { id: owner.note });
      return answerOf(
        await send(transport, doors(), owner.token, owner.session, { ...rest, params: { ...params, ...odd } }),
      );
    };
    const inputResponses = [5, "yes", null, []].map((value) => ({ inputResponses: value }));
    for (const odd of [...inputResponses, { requestState: 5 }, { _meta: { progressToken: {} } }, { arguments: 5 }]) {
      expect(await say(odd)).toMatchObject({ status: 400 });
    }
    expect(await owner.ledger.approval(id)).toMatchObject({ state: "approved" });
    expect(saidIn(await say({ task: { ttl: "odd" }, requestState: "mine", inputResponses: { mine: 5 } }))).toBe("ran");
  });
}

test("a hundred calls at once, through every transport, on one approval: one runs", async () => {
  const owner = await ownerOf();
  expect(await owner.decide(askedIn(await owner.erase("stateless")))).toBe("approved");
  const racing = Array.from({ length: 100 }, (_, n) => owner.erase(TRANSPORTS[n % TRANSPORTS.length] ?? "stateless"));
  const said = (await Promise.all(racing)).map(saidIn);
  expect(said.filter((each) => each === "ran")).toHaveLength(1);
  expect(new Set(said)).toEqual(new Set(["ran", "asks"]));
  expect((await owner.steps()).filter((step) => step === "used")).toHaveLength(1);
  expect(await owner.kept()).toBe(false);
});

test("what is asked in one transport is the same question in every transport, and its approval runs in any", async () => {
  const owner = await ownerOf();
  const ids = await Promise.all(TRANSPORTS.map(async (transport) => askedIn(await owner.erase(transport))));
  expect(new Set(ids).size).toBe(1);
  expect(await owner.decide(ids[0] ?? "")).toBe("approved");
  expect(saidIn(await owner.erase("session"))).toBe("ran");
});

test("a new grant of the client, or its end, takes the approval with it", async () => {
  const owner = await ownerOf();
  expect(await owner.decide(askedIn(await owner.erase("stateless")))).toBe("approved");
  const again = await ownerOf(owner.name, owner.client);
  expect(await owner.steps()).toEqual(["asked", "approved", "expired"]);
  expect((await owner.erase("stateless")).status).toBe(401);
  const id = askedIn(await again.erase("stateless", owner.note));
  expect(id).not.toBe("");
  await again.ledger.revoke("all");
  expect(await again.decide(id)).toBe("gone");
});

test("a tool that an operator blocks after the approval is refused, and cannot be approved meanwhile", async () => {
  const owner = await ownerOf();
  const other = await ownerOf(owner.name);
  expect(await owner.decide(askedIn(await owner.erase("session")))).toBe("approved");
  const id = askedIn(await other.erase("session"));
  await bindings.CONTROL.prepare("INSERT INTO switch (kind, value) VALUES ('tool', 'delete_note')").run();
  await owner.later(5_000);
  for (const transport of TRANSPORTS) expect(saidIn(await owner.erase(transport))).toContain("switched this tool off");
  expect(await other.decide(id)).toBe("switched-off");
  await bindings.CONTROL.prepare("DELETE FROM switch").run();
  await owner.later(5_000);
  expect(saidIn(await owner.erase("session"))).toBe("ran");
});

test("approval fatigue: one connection cannot have more than three questions wait", async () => {
  const owner = await ownerOf();
  const some = () => owner.erase("stateless", crypto.randomUUID());
  const said = [];
  for (let n = 0; n < 6; n++) said.push(saidIn(await some()));
  expect(said.slice(0, 3)).toEqual(["asks", "asks", "asks"]);
  for (const words of said.slice(3)) expect(words).toContain("Too many calls of this connection wait");
  expect((await owner.ledger.approvals()).filter(({ state }) => state === "waiting")).toHaveLength(3);
});

test("a 2026-07-28 client that elicits URLs is handed the link by its protocol version's word, and words once it has answered", async () => {
  const owner = await ownerOf();
  const id = askedIn(await owner.erase("stateless"));
  const params = call("delete_note", { id: owner.note }).params;
  const ask = async (more: Record<string, unknown>) =>
    answerOf(await owner.on.modern(owner.token, "tools/call", { ...params, ...more }, {}, ELICITS));
  const { result } = await ask({});
  expect(result).toEqual({
    resultType: "input_required",
    inputRequests: {
      approval: {
        method: "elicitation/create",
        params: { mode: "url", url: `${ORIGIN}/approvals/${id}`, message: expect.any(String) },
      },
    },
  });
  expect(askedIn(await ask({ inputResponses: { approval: { action: "accept" } } }))).toBe(id);
  expect(await owner.decide(id)).toBe("approved");
  expect(saidIn(await ask({ inputResponses: { approval: { action: "decline" }, other: 5 } }))).toBe("ran");
});

test("a 2025 client that elicits URLs is handed the link as -32042; others, and other sessions, get words", async () => {
  const owner = await ownerOf();
  const open = async (capabilities: unknown) => {
    const params = { protocolVersion: "2025-11-25", capabilities, clientInfo: { name: "test", version: "1" } };
    const opened = await owner.on.legacy(owner.token, { jsonrpc: "2.0", id: 0, method: "initialize", params });
    await opened.text();
    return opened.headers.get("mcp-session-id") ?? "";
  };
  const ask = async (session: string) =>
    answerOf(await owner.on.legacy(owner.token, call("delete_note", { id: owner.note }), session));
  const shows = await open(ELICITS);
  const { status, error } = await ask(shows);
  const id = (await owner.ledger.approvals())[0]?.id ?? "";
  const url = `${ORIGIN}/approvals/${id}`;
  const elicitations = [{ mode: "url", elicitationId: id, url, message: expect.any(String) }];
  expect([status, error]).toEqual([
    200,
    { code: -32042, message: expect.stringContaining(`open ${url} and decide`), data: { elicitations } },
  ]);
  for (const capabilities of [{}, { elicitation: {} }, { elicitation: { form: {} } }]) {
    expect(askedIn(await ask(await open(capabilities)))).toBe(id);
  }
  expect(await owner.decide(id)).toBe("approved");
  expect(saidIn(await ask(shows))).toBe("ran");
});
