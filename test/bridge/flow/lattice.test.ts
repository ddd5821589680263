import fc from "fast-check";
import { expect, test } from "vitest";
import { needsApproval } from "../../../src/bridge/gate/approval.ts";
import { policy } from "../fixture/policy.ts";
import { doors, type Message, send, TRANSPORTS, type TransportName } from "../support/doors.ts";
import { type Answer, answerOf, type Client, call } from "../support/journey.ts";
import { BASELINE, SCOPES, type Scope } from "../support/own-app.ts";
import { calm } from "../support/pages.ts";
import { auditLogOf, ledgerOf } from "../support/worker.ts";

type Row = keyof typeof policy;
const ROWS = Object.keys(policy) as readonly Row[];
const NOWHERE = crypto.randomUUID();

/** Arguments that each rule takes; no test asks the web. */
const FITTING: Readonly<Record<string, unknown>> = {
  ...Object.fromEntries(ROWS.map((name) => [name, policy[name].example])),
  fetch_page: { url: "https://nowhere.example.com/" },
};
const fitting = (tool: string) => (FITTING[tool] ?? {}) as Record<string, unknown>;

/** A client may have three questions waiting, so each group asks at most three, after one rule of it has tainted its client. */
const GROUPS: readonly (readonly string[])[] = groupsOf(
  ROWS.filter((name) => policy[name].approval !== "never"),
  3,
).map((asking, index) => {
  const silent = ROWS.filter((name) => policy[name].approval === "never");
  return index === 0 ? ["tools/list", ...silent, ...asking, "no_such_tool"] : ["read_account", ...asking];
});

const LIST = { jsonrpc: "2.0", id: 1, method: "tools/list", params: {} };

/** All, none, and all but each one: a row asks about its own scope only, so that every pair of answers is among these. */
function corners<T>(all: readonly T[]): readonly (readonly T[])[] {
  return [[], all, ...all.map((one) => all.filter((other) => other !== one))];
}

function groupsOf<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, group) =>
    all.slice(group * size, (group + 1) * size),
  );
}

function subsets<T>(all: readonly T[]): readonly (readonly T[])[] {
  return Array.from({ length: 2 ** all.length }, (_, bits) => all.filter((_one, place) => (bits >> place) % 2 === 1));
}

/** A user who holds everything, connected with one client, and a session of theirs. */
async function connect(name: string, client?: Client) {
  const { on } = doors();
  const scope = SCOPES.join(" ");
  const made = await on.connect({ name, scope, ticked: SCOPES, ...(client === undefined ? {} : { client }) });
  const token = made.tokens.access_token;
  return { ...made, token, session: await on.openSession(token) };
}

/** What was decided about a message, in words that have nothing of the transport in them. */
async function decisionOf(response: Response): Promise<string> {
  const asks = /scope="([^"]*)"/.exec(response.headers.get("www-authenticate") ?? "")?.[1];
  const { status, result, error } = await answerOf(response);
  if (status === 401) return "nobody";
  if (status === 403) return `asks for ${asks?.split(" ").sort()}`;
  if (error !== undefined) return `${status} ${error.code} ${error.message}`;
  if (result?.tools !== undefined) {
    return result.tools.map(({ name, _meta }) => name + (_meta["drawbridge/locked"] === true ? " locked" : "")).join();
  }
  if (result?._meta?.["drawbridge/approval"] !== undefined) return "asks the user";
  return result?._meta?.["drawbridge/audit"] === undefined ? `not admitted: ${result?.content?.[0]?.text}` : "ran";
}

/** The same, read off the policy. */
function expected(tool: string, token: readonly Scope[], may: readonly Scope[], tainted: boolean): string {
  if (may.length === 0) return "nobody";
  const rows = ROWS.filter((name) => may.includes(policy[name].scope));
  const holds = (name: Row) => token.includes(policy[name].scope);
  if (tool === "tools/list") return rows.map((name) => name + (holds(name) ? "" : " locked")).join();
  const row = rows.find((name) => name === tool);
  if (row === undefined) return "200 -32602 Unknown tool. tools/list shows the tools there are.";
  if (holds(row)) return needsApproval(policy[row].approval, tainted) ? "asks the user" : "ran";
  return `asks for ${[...new Set([...BASELINE, ...token, policy[row].scope])].sort()}`;
}

test("lattice: what is listed, locked, callable and refused is the policy's, for every token, user and transport", {
  timeout: 120_000,
}, async () => {
  expect(new Set(GROUPS.flat()).size).toBe(ROWS.length + 2);
  for (const transport of TRANSPORTS) for (const group of GROUPS) await holds(transport, group);
});

async function holds(transport: TransportName, group: readonly string[]): Promise<void> {
  const rows = ROWS.filter((name) => group.includes(name));
  // A user of its own, whom nothing taints that another client has read.
  const { client, tokens, session } = await connect(`ada-${transport}-${group[1]}`);
  const narrowed: { readonly scopes: readonly Scope[]; readonly token: string }[] = [];
  let refreshToken = tokens.refresh_token;
  const sets = group === GROUPS[0] ? subsets(SCOPES) : corners(SCOPES);
  for (const scopes of sets.filter((set) => set.length > 0)) {
    const answer = await doors().on.refresh(client, refreshToken, { scope: scopes.join(" ") });
    const fresh = (await answer.json()) as { access_token: string; refresh_token: string; scope: string };
    expect(fresh.scope).toBe(scopes.join(" "));
    narrowed.push({ scopes, token: fresh.access_token });
    refreshToken = fresh.refresh_token;
  }

  let ran = 0;
  let tainted = false;
  const decided: Record<string, string> = {};
  const wanted: Record<string, string> = {};
  for (const may of corners(SCOPES)) {
    const both = doors(may);
    // Every token of somebody who may hold everything; of the others, the corners.
    const tokens = corners(SCOPES).map((corner) => corner.join(" "));
    const tried =
      may.length === SCOPES.length ? narrowed : narrowed.filter(({ scopes }) => tokens.includes(scopes.join(" ")));
    for (const { scopes, token } of tried) {
      for (const tool of group) {
        const message = tool === "tools/list" ? LIST : call(tool, fitting(tool));
        const key = `a user who may ${may} with a token for ${scopes}: ${tool}`;
        decided[key] = await decisionOf(await send(transport, both, token, session, message));
        wanted[key] = expected(tool, scopes, may, tainted);
        if (wanted[key] !== "ran") continue;
        ran++;
        tainted ||= rows.some((row) => row === tool && policy[row].untrusted);
      }
    }
  }
  expect(decided, `transport ${transport}`).toEqual(wanted);

  // What was decided is what was written down.
  const own = await auditLogOf(tokens.access_token);
  expect(own.filter(({ kind }) => kind === "admission")).toHaveLength(ran);
  const denials = own.flatMap((event) => (event.kind === "denial" ? `${event.tool} ${event.reason}` : []));
  // The audit log knows a row that its user may not know of.
  const asking = rows.filter((row) => policy[row].approval !== "never");
  const every = rows.flatMap((row) => {
    const asks = asking.includes(row) ? [`${row} approval-required`] : [];
    return [`${row} missing-scope`, `${row} unknown-tool`, ...asks];
  });
  // However often it was asked, one question of each kind waited for the user.
  expect(own.filter(({ kind }) => kind === "approval")).toHaveLength(asking.length);
  expect([...new Set(denials)].sort()).toEqual(
    [...(group.includes("no_such_tool") ? ["(unknown) unknown-tool"] : []), ...every].sort(),
  );
}

/** An answer without what is fresh in each: receipts, ids of notes and requests, times, and the protocol version's marks. */
async function plain(response: Response): Promise<unknown> {
  const { status, result, error }: Answer = await answerOf(response);
  const text = JSON.stringify({ status, content: result?.content, isError: result?.isError === true, error });
  return text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[\d:.]+Z/g, "*");
}

test("for the same call of the same grant every transport gives the same answer, alive and ended", {
  timeout: 60_000,
}, async () => {
  const both = doors();
  const { client, tokens } = await connect("ada");
  const some = await both.on.refresh(client, tokens.refresh_token, { scope: "profile:read notes:read" });
  const { access_token: token } = (await some.json()) as { access_token: string };
  const session = await both.on.openSession(token);
  const everywhere = async (message: Message) => {
    const answers = await Promise.all(
      TRANSPORTS.map(async (transport) => plain(await send(transport, both, token, session, message))),
    );
    expect(new Set(answers).size, `${JSON.stringify(message)}: ${answers.join("\n")}`).toBe(1);
  };
  const name = fc.oneof(fc.constantFrom(...ROWS), fc.stringMatching(/^[!-~]{1,20}$/));
  const value = fc.oneof(fc.string(), fc.uuid(), fc.integer(), fc.constant(null), fc.array(fc.string()));
  const args = fc.dictionary(fc.constantFrom("id", "query", "title", "text", "more"), value, { maxKeys: 3 });
  const odd = fc.tuple(name, fc.oneof(args, fc.constantFrom(...ROWS.map(fitting))));
  await fc.assert(
    fc.asyncProperty(odd, async ([tool, given]) => everywhere(call(tool, given))),
    { numRuns: 60 },
  );
  await ledgerOf(token).revoke("all");
  for (const tool of [...ROWS, "no_such_tool"]) await everywhere(call(tool));
  await everywhere(LIST);
});

test("what is not there and what is not yours read the same: notes, tools, in every transport", {
  timeout: 60_000,
}, async () => {
  const both = doors();
  const narrow = doors(["profile:read", "notes:read"]);
  const [ada, bob] = [await connect("ada"), await connect("bob")];
  await calm(ada.token);
  const secret = { title: "Bob's", text: "secret" };
  const written = await answerOf(await both.on.modern(bob.token, "tools/call", call("write_note", secret).params));
  const id = String(written.result?.structuredContent?.["id"]);
  for (const transport of TRANSPORTS) {
    const reads = async (through: typeof both, tool: string, args: Record<string, unknown>) =>
      plain(await send(transport, through, ada.token, ada.session, call(tool, args)));
    expect(await reads(both, "read_note", { id })).toBe(await reads(both, "read_note", { id: NOWHERE }));
    const note = { title: "x", text: "y" };
    expect(await reads(both, "replace_note", { ...note, id })).toBe(
      await reads(both, "replace_note", { ...note, id: NOWHERE }),
    );
    expect(await reads(both, "search_notes", { query: "secret" })).toBe(
      await reads(both, "search_notes", { query: "nowhere" }),
    );
    const nothing = await reads(narrow, "no_such_tool", note);
    expect(nothing).toContain("Unknown tool");
    expect(await reads(narrow, "write_note", note)).toBe(nothing);
    expect(await reads(narrow, "write_note", { odd: 1 })).toBe(nothing);
    expect(await reads(narrow, "toString", {})).toBe(nothing);
  }
  const kept = await answerOf(await both.on.modern(bob.token, "tools/call", call("read_note", { id }).params));
  expect(kept.result?.structuredContent).toMatchObject(secret);
});
