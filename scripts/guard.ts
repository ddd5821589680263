// `npm run guard`: narrows, stops and reopens the bridge. Switches are rows of D1, written through wrangler with the operator's own
// Cloudflare credentials; no endpoint sets them. Every ledger reads them at least every 5 seconds. Each act is written down
// in a chain of its own, together with what it does or not at all.

import * as z from "zod";
import { SUBJECT_PATTERN } from "../src/bridge/gate/principal.ts";
import { ACT_ROW, describeAct, firstBrokenAct } from "./acts.ts";
import { loadApp } from "./app-shape.ts";
import { Failure, Misuse, readCommand } from "./command.ts";
import { isKnown, type Named } from "./guard-known.ts";
import { showWho } from "./guard-who.ts";
import { act, literal, query, TARGET_OPTIONS, type Target, targetOf, withOperatorToken } from "./operator.ts";

const MODES = ["normal", "read-only", "off"] as const;

type Switch = "tool" | "client" | "grant" | "subject";

/** What a value may look like. Nothing here needs quoting in SQL, in JSON or in a shell. */
const SHAPES: Readonly<Record<Switch, RegExp>> = {
  tool: /^[\w-]{1,64}$/,
  client: /^[\w.:/~%?=&@+-]{1,2048}$/,
  grant: /^[\w-]{8,64}$/,
  subject: SUBJECT_PATTERN,
};

const ROWS = z.array(z.object({ kind: z.string(), value: z.string() }));
const SHOWN_ACTS = 10;

const { values, words } = readCommand({
  name: "npm run guard",
  does: `Narrows, stops and reopens the bridge. Each act is written down.

  status                            what is set, and who set what
  mode normal | read-only | off     the whole bridge
  block tool NAME | client ID       and unblock
  freeze SUBJECT                    and unfreeze: a user
  end grant ID                      for good
  who WHO                           a user and what is connected, by github:NUMBER, oidc:ISSUER#SUBJECT, mail:ADDRESS, an id or a
                                    token; - reads it from standard input, so that no token stays in the shell's history
  revoke SUBJECT [GRANT]            ends one grant or all, in the user's own audit log
  erase SUBJECT --yes               takes away what is kept of a user, for good`,
  words: ["ACT", "[WORD…]"],
  options: { ...TARGET_OPTIONS, yes: { type: "boolean", default: false, is: "erase: without asking once more" } },
  dashes: true,
  example: "npm run guard -- mode read-only --remote",
});
await perform(words, await targetOf(values));

async function perform([verb = "", ...rest]: readonly string[], target: Target): Promise<void> {
  const [first = "", second = ""] = rest;
  const shape = `${verb} ${rest.length}`;
  if (shape === "status 0") return showStatus(target);
  if (shape === "mode 1") return setMode(target, first);
  if (shape === "block 2" && isBlockable(first)) return set(target, verb, first, second);
  if (shape === "unblock 2" && isBlockable(first)) return unset(target, verb, first, second);
  if (shape === "freeze 1") return set(target, verb, "subject", first);
  if (shape === "unfreeze 1") return unset(target, verb, "subject", first);
  if (shape === "end 2" && first === "grant") return set(target, "end", "grant", second);
  if (shape === "who 1") return showWho(target, first);
  if (shape === "revoke 1" || shape === "revoke 2") return revoke(target, first, rest[1] ?? "all");
  if (shape === "erase 1") return erase(target, first, values.yes);
  throw new Misuse(`"${[verb, ...rest].join(" ")}" is none of its acts`);
}

function isBlockable(kind: string): kind is "tool" | "client" {
  return kind === "tool" || kind === "client";
}

function check(kind: Switch, value: string): void {
  if (!SHAPES[kind].test(value)) throw new Misuse(`"${value}" cannot be a ${kind}`);
}

/** The strictest row counts, so the new one is there before the old ones go. */
function setMode(target: Target, mode: string): void {
  if (!MODES.some((known) => known === mode)) throw new Misuse(`"${mode}" is not a mode`);
  const enter = `INSERT OR IGNORE INTO switch (kind, value) VALUES ('mode', ${literal(mode)})`;
  act(target, { do: "mode", to: mode }, [
    enter,
    `DELETE FROM switch WHERE kind = 'mode' AND value <> ${literal(mode)}`,
  ]);
  done(`The mode is ${mode}.`);
}

async function set(target: Target, verb: string, kind: Switch, value: string): Promise<void> {
  check(kind, value);
  // Only here: whatever is wrong with the app, an operator can stop the bridge.
  const { policy } = kind === "tool" ? await loadApp() : { policy: {} };
  if (kind === "tool" && !Object.hasOwn(policy, value)) {
    throw new Failure(`There is no tool ${value}. There are: ${Object.keys(policy).join(", ")}.`);
  }
  const row = `INSERT OR IGNORE INTO switch (kind, value) VALUES (${literal(kind)}, ${literal(value)})`;
  act(target, { do: verb, [kind]: value }, [row]);
  if (kind !== "tool" && isKnown(target, kind, value) === false) throw new Failure(notThere(kind, value));
  done(`${kind} ${value}: ${{ tool: "blocked", client: "blocked", grant: "ended", subject: "frozen" }[kind]}.`);
}

/** For a typo, and for what KV does not list yet. */
function notThere(kind: Named, value: string): string {
  const nothing = {
    client: "No such client is registered here, so nothing was blocked yet.",
    grant: "There is no such grant, so nothing was ended. (One of the last minute may not be listed yet.)",
    subject: "No such user was ever here, so nobody was frozen.",
  }[kind];
  return `${kind} ${value}: ${nothing} The switch is set all the same; see whether you meant another id.`;
}

/** A tool that has left the policy can still be unblocked. */
function unset(target: Target, verb: string, kind: Switch, value: string): void {
  check(kind, value);
  const row = `kind = ${literal(kind)} AND value = ${literal(value)}`;
  const [found = []] = query(target, [`SELECT value FROM switch WHERE ${row}`]);
  if (found.length === 0) throw new Failure(`${kind} ${value} is not ${verb === "unblock" ? "blocked" : "frozen"}.`);
  act(target, { do: verb, [kind]: value }, [`DELETE FROM switch WHERE ${row}`]);
  done(`${kind} ${value}: open again.`);
}

function done(words: string): void {
  console.log(`${words} This holds everywhere within 5 seconds.`);
}

async function revoke(target: Target, subject: string, grant: string): Promise<void> {
  check("subject", subject);
  if (grant !== "all") check("grant", grant);
  const deed = { do: "revoke", subject, grant };
  const ended = await withOperatorToken(target, `revoke ${subject} ${grant}`, deed, (ask) =>
    ask({ do: "revoke", subject, grant }, z.object({ ended: z.int() })),
  );
  if (ended.ended === 0 && grant !== "all") {
    throw new Failure(`Nothing was ended: ${subject} has no grant ${grant} that is alive.`);
  }
  console.log(
    ended.ended === 0 ? "There was no grant left to end." : `Grants ended: ${ended.ended}. This holds already.`,
  );
}

async function erase(target: Target, subject: string, sure: boolean): Promise<void> {
  check("subject", subject);
  if (!sure) {
    throw new Failure(
      `This ends every connection of ${subject} and deletes what is kept of them, for good. Say so: npm run guard -- erase ${subject} --yes`,
    );
  }
  const gone = await withOperatorToken(target, `erase ${subject}`, { do: "erase", subject }, (ask) =>
    ask({ do: "erase", subject }, z.object({ kept: z.record(z.string(), z.int()), grants: z.int() })),
  );
  console.log(`Erased ${subject}: ${keptWords(gone.kept)}, ${gone.grants} stored grants, the key of their digests.
Their audit log stays and still verifies. They can come back for as long as ENTITLED lists them.`);
}

function showStatus(target: Target): void {
  const [switches = [], rows = []] = query(target, [
    "SELECT kind, value FROM switch ORDER BY kind, value",
    "SELECT seq, at, act, hash FROM operator_act ORDER BY seq",
  ]);
  const all = ROWS.parse(switches);
  const of = (...kinds: readonly string[]) => all.filter(({ kind }) => kinds.includes(kind));
  const unknown = all.filter(({ kind, value }) => kind === "mode" && !MODES.some((mode) => mode === value));
  const modes = of("mode").map(({ value }) => value);
  console.log(`Mode     ${[...MODES].reverse().find((mode) => modes.includes(mode)) ?? "normal"}`);
  show("Blocked", of("tool", "client"));
  show("Frozen", of("subject"));
  show("Ended", of("grant"));
  show("Unknown", [...unknown, ...all.filter(({ kind }) => kind !== "mode" && !(kind in SHAPES))]);

  const acts = z.array(ACT_ROW).parse(rows);
  const last = acts.at(-1);
  for (const row of acts.slice(-SHOWN_ACTS)) {
    console.log(`${String(row.seq).padStart(7)}  ${new Date(row.at).toISOString()}  ${describeAct(row)}`);
  }
  const broken = firstBrokenAct(acts);
  if (broken !== undefined) throw new Failure(`The chain of acts is broken at number ${broken}.`);
  console.log(
    `Acts     ${acts.length}, their chain holds${last === undefined ? "" : `; the last hash is ${last.hash}`}`,
  );
}

function show(title: string, rows: readonly { readonly kind: string; readonly value: string }[]): void {
  if (rows.length === 0) return;
  console.log(`${title.padEnd(9)}${rows.map(({ kind, value }) => `${kind} ${value}`).join("\n         ")}`);
  if (title === "Unknown") console.log("         Nothing runs while there is a switch that the bridge does not know.");
}

function keptWords(kept: Readonly<Record<string, number>>): string {
  return Object.entries(kept)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}
