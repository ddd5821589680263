// `npm run demo`: one honest story, told by the wire. A bridge of its own on a free port, a real MCP client (SDK v2), two users who
// sign in over HTTP as a browser would, and every step checked: the exit code is 0 only if each did what it says. It is told with
// the app's own rules and their examples (demo-cast.ts).

import { createHash } from "node:crypto";
import { isDeepStrictEqual, styleText } from "node:util";
import { UnauthorizedError } from "@modelcontextprotocol/client";
import { canonical } from "../src/bridge/gate/canonical.ts";
import { loadApp } from "./app-shape.ts";
import { Failure, readCommand } from "./command.ts";
import { type AuditLogEntry, openListener, settledAuditLog, startBridge, withCleanup } from "./demo-bridge.ts";
import { castOf, type Role } from "./demo-cast.ts";
import { createApp, failureOf } from "./demo-client.ts";

readCommand({
  name: "npm run demo",
  does: "Tells one story with a real client against a bridge of its own, and checks each step. Leaves nothing behind.",
  example: "npm run demo",
});
const app = await loadApp();
const { read, write } = castOf(app);

const DEADLINE_MS = 90_000;
/** Plain when piped, and where NO_COLOR says so. */
const paint = (style: "bold" | "dim" | "green", text: string) => styleText(style, text, { stream: process.stdout });
const say = (text: string) => console.log(`     ${text}`);
let steps = 0;
console.warn = (words: unknown) => say(paint("dim", `The SDK remarks: ${words}`));

function step(title: string): void {
  steps += 1;
  console.log(`\n${paint("bold", `${String(steps).padStart(2)}  ${title}`)}`);
}

/** A step is done when what it says is so. */
function check(holds: boolean, words: string): void {
  if (!holds) throw new Failure(`This did not happen: ${words}`);
  console.log(`  ${paint("green", "✓")}  ${words}`);
}

/** In the order of the catalogue, as tokens and challenges have them. */
const scopesOf = (...more: readonly string[]) => app.scopes.parse([...app.scopes.baseline, ...more]).join(" ");

type Answer = Awaited<ReturnType<Awaited<ReturnType<ReturnType<typeof createApp>["connect"]>>["client"]["callTool"]>>;

/** That a tool has no answer to its own example is its business: it ran, and the answer names its entry in the audit log. */
function checkRan({ name }: Role, { structuredContent, content, _meta }: Answer): void {
  const text = JSON.stringify(structuredContent ?? content) ?? "";
  check(
    _meta?.["drawbridge/audit"] !== undefined,
    `${name} answered ${text.slice(0, 100)}${text.length > 100 ? " …" : ""}`,
  );
}

/** Every text in a tool's example that can be told from the words of an entry. */
function textsIn(value: unknown): readonly string[] {
  const names = JSON.stringify([Object.keys(app.policy), app.scopes.all]).toLowerCase();
  if (typeof value === "string")
    return value.length < 6 || names.includes(value.toLowerCase()) ? [] : [value.toLowerCase()];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** SHA-256 of the hash before and the entry's canonical JSON, recomputed here from nothing but the entries. */
function firstBroken(auditLog: readonly AuditLogEntry[]): number | undefined {
  const sha256 = (text: string) => createHash("sha256").update(text).digest("base64url");
  let previous = sha256("drawbridge/ledger/1");
  for (const { hash, ...entry } of auditLog) {
    if (sha256(`${previous}\n${canonical(entry)}`) !== hash) return entry.seq;
    previous = hash;
  }
  return undefined;
}

function line({ seq, event, hash }: AuditLogEntry): string {
  const { kind, tool, reason, scopes, why, outcome, of } = event;
  const words = [tool, reason, Array.isArray(scopes) ? scopes.join(" ") : undefined, why, outcome].filter(Boolean);
  const writesOutcomes = of === undefined ? "" : ` (of ${of})`;
  return `${String(seq).padStart(2)}  ${kind.padEnd(14)} ${`${words.join(", ")}${writesOutcomes}`.padEnd(46)} ${paint("dim", hash.slice(0, 10))}`;
}

readCommand({
  name: "npm run demo",
  does: "Tells one story with a real client against a bridge of its own, and checks each step. Leaves nothing behind.",
  example: "npm run demo",
});

await withCleanup(DEADLINE_MS, async (later) => {
  const began = Date.now();
  const listener = await openListener(later);
  say(paint("dim", "Starting a bridge with secrets and state of its own ..."));
  const { origin, state } = await startBridge(later, { vars: { SESSIONS: "on" } });
  const ada = createApp(origin, "Ada", listener);
  const tried: string[] = [];

  step("Discover");
  const turnedAway = await failureOf(ada.connect("auto"));
  const first = ada.last(401);
  say(`POST ${origin}/mcp without a token: ${first?.status}`);
  say(`WWW-Authenticate: ${first?.challenge}`);
  check(turnedAway instanceof UnauthorizedError, "the client was turned away, and told where to ask");
  const asks = ada.kept.link?.href.startsWith(`${origin}/authorize?`) === true;
  check(asks, "it found the authorization server and registered");

  step("Sign in and consent");
  const visited = await ada.grant([read.scope]);
  say(`The app asks for: ${visited.asked.join(" ")}. Ada ticks ${read.scope}, allows, and signs in.`);
  check(visited.came, "her browser came back to the app with a code");
  check(visited.granted === scopesOf(read.scope), `the app's token holds: ${visited.granted}`);

  step("Read");
  const { client } = await ada.connect("auto");
  const { tools } = await client.listTools();
  const locked = tools.filter(({ _meta }) => _meta?.["drawbridge/locked"] === true).map((tool) => tool.name);
  say(`Protocol ${client.getNegotiatedProtocolVersion()}. Tools: ${tools.map((tool) => tool.name).join(", ")}.`);
  const rules = Object.entries(app.policy);
  const beyond = rules.filter(([, { scope }]) => !scopesOf(read.scope).split(" ").includes(scope));
  const foreseen = beyond.map(([name]) => name);
  check(
    isDeepStrictEqual(locked, foreseen),
    `what was not granted is marked as locked: ${locked.join(", ") || "nothing"}`,
  );
  const use = async ({ name, args }: Role) => {
    tried.push(`ran ${name}`);
    return client.callTool({ name, arguments: args });
  };
  const answers = [await use(read)];
  for (const answer of answers) checkRan(read, answer);

  if (write !== undefined) {
    step("A write is denied, with its challenge");
    const denied = await failureOf(client.callTool({ name: write.name, arguments: write.args }));
    tried.push(`denied ${write.name} (missing-scope)`);
    const challenged = ada.last(403);
    say(`${write.name}: status ${challenged?.status}`);
    say(`WWW-Authenticate scope: ${challenged?.scope}`);
    say(`Words: ${JSON.parse(challenged?.body ?? "{}").error?.message}`);
    check(denied instanceof UnauthorizedError, "the client did not write, and opens the consent page again");
    const union = scopesOf(read.scope, write.scope);
    check(challenged?.scope === union, "the challenge names what is held and what is missing");

    step("Step-up");
    const more = await ada.grant([read.scope, write.scope]);
    say(`The app asks for: ${more.asked.join(" ")}. Ada ticks ${write.scope} too.`);
    check(more.granted === union, `the app's new token holds: ${more.granted}`);

    step("Write, and read again");
    answers.push(await use(write), await use(read));
    for (const [index, role] of [write, read].entries()) checkRan(role, answers[index + 1] as Answer);
  }

  step("A stolen session is denied");
  const { client: older, session } = await ada.connect("legacy");
  check(session !== "", "Ada's second, 2025 client has a session");
  const mallory = createApp(origin, "Mallory", listener);
  await failureOf(mallory.connect("auto"));
  await mallory.grant([read.scope]);
  const { client: hers } = await mallory.connect("auto");
  const own = await hers.callTool({ name: read.name, arguments: read.args });
  check(own._meta?.["drawbridge/audit"] !== undefined, "Mallory has a valid token of her own");
  const stolen = await mallory.callIn(session, read);
  const madeUp = await mallory.callIn(session.replace(/.{4}$/, "AAAA"), read);
  const words = await stolen.text();
  say(`Her token with Ada's Mcp-Session-Id: ${stolen.status} ${words}`);
  check(stolen.status === 404, "Ada's session does not exist for Mallory");
  check(madeUp.status === 404 && (await madeUp.text()) === words, "a made-up session reads the same");
  const still = await older.callTool({ name: read.name, arguments: read.args });
  tried.push(`ran ${read.name}`);
  answers.push(still);
  check(still._meta?.["drawbridge/audit"] !== undefined, "Ada's session goes on");

  step("The audit log");
  say("Ada sees it at /console/activity. Here it is read from where this computer keeps it: files of SQLite.");
  const grant = String(ada.kept.tokens?.access_token.split(":")[1]);
  const auditLog = await settledAuditLog(state, grant);
  for (const entry of auditLog) say(line(entry));
  const told = auditLog.flatMap(({ event: { kind, tool, reason } }) =>
    kind === "admission" ? [`ran ${tool}`] : kind === "denial" ? [`denied ${tool} (${reason})`] : [],
  );
  check(isDeepStrictEqual(told, tried), "it holds exactly Ada's calls, in order, and nothing of Mallory's");
  const [kept, given] = [JSON.stringify(auditLog).toLowerCase(), textsIn([read.args, write?.args])];
  check(!given.some((text) => kept.includes(text)), "it holds no text of hers");
  check(firstBroken(auditLog) === undefined, `${auditLog.length} hashes recomputed here: the chain holds`);
  const receipts = answers.map(({ _meta }) => _meta?.["drawbridge/audit"]);
  const chained = receipts.every((receipt) =>
    auditLog.some(({ seq, hash }) => isDeepStrictEqual(receipt, { seq, hash })),
  );
  check(chained, "each answer that the client got named its own entry and hash");
  const { seq: place } = auditLog.findLast(({ event }) => event.kind === "admission") ?? { seq: 0 };
  const altered = auditLog.map((entry) =>
    entry.seq === place ? { ...entry, event: { ...entry.event, tool: "other" } } : entry,
  );
  check(firstBroken(altered) === place, `one word changed in entry ${place} of a copy: the chain breaks there`);

  step("Revoke, and the next call is denied");
  const fields = { client_id: String(ada.kept.client?.client_id), token: String(ada.kept.tokens?.refresh_token) };
  const revoked = await fetch(`${origin}/oauth/token`, { method: "POST", body: new URLSearchParams(fields) });
  say(`By the door that any app has: its refresh token, to the revocation endpoint (RFC 7009): ${revoked.status}`);
  const ended = await failureOf(client.callTool({ name: read.name, arguments: read.args }));
  say(`${read.name}: ${ada.last(401)?.status} ${ada.last(401)?.body}`);
  check(revoked.ok && ended instanceof UnauthorizedError, "the same client with the same token is nobody");
  check(ada.last(400)?.body.includes("invalid_grant") === true, "and its refresh token buys nothing");
  const recorded = (await settledAuditLog(state, grant)).some(({ event: { why } }) => why === "revoked");
  check(recorded, "the audit log says so too");
  const seconds = Math.round((Date.now() - began) / 1000);
  console.log(`\n${paint("green", `All ${steps} steps did what they say, in ${seconds} s.`)}`);
});
process.exit(); // The SDK keeps connections open for a while.
