// What is measured, and on whom: each transport and its plain twin, the floor, first contact, denials, storage.

import { type AuditLogs, measureAuditLogs } from "./audit-log.ts";
import { type Bundle, measureBundles } from "./bundles.ts";
import { contest, type Rounds } from "./contest.ts";
import type { Load } from "./load.ts";
import { type ServerName, type Servers, withServers } from "./servers.ts";
import { type Counts, countStorage } from "./storage.ts";
import {
  connect,
  connectAll,
  firstContact,
  type Place,
  shotOf,
  type Tool,
  type TransportName,
  writeNotes,
} from "./users.ts";

export interface Options {
  /** Fewer of everything: does the bench itself work? */
  readonly quick: boolean;
  readonly rounds: number;
  /** Length of a slice. */
  readonly ms: number;
  readonly say: (words: string) => void;
}

export interface Results {
  readonly cells: readonly {
    readonly tool: Tool;
    readonly atATime: number;
    readonly subjects: number;
    readonly rounds: Rounds;
  }[];
  readonly firstContact: readonly {
    readonly name: string;
    readonly ours: readonly number[];
    readonly plain: readonly number[];
  }[];
  readonly denials: readonly { readonly name: string; readonly atATime: number; readonly rounds: Rounds }[];
  readonly storage: readonly { readonly name: string; readonly each: Counts }[];
  readonly counted: number;
  readonly auditLogs: AuditLogs;
  readonly bundles: readonly Bundle[];
  /** The most that the load generator used, in cores. */
  readonly generator: number;
}

const MEASURED = {
  "session transport": { server: "ours", transport: "session" },
  "plain McpAgent": { server: "agent", transport: "session" },
  "stateless transport": { server: "ours", transport: "stateless" },
  "plain stateless": { server: "stateless", transport: "stateless" },
  floor: { server: "floor", transport: "stateless" },
} as const satisfies Record<string, { readonly server: ServerName; readonly transport: TransportName }>;

const PEOPLE = 16;

export async function measureAll(data: string, options: Options): Promise<Results> {
  options.say("bundles");
  const bundles = measureBundles(options.quick);
  const loaded = await withServers(data, false, async (servers) => {
    await prepareNotes(servers);
    const cells = await measureCells(servers, options);
    const contacts = await measureFirstContact(servers, options);
    return { cells, firstContact: contacts, denials: await measureDenials(servers, options) };
  });
  const storage = await withServers(data, true, (servers) => measureStorage(servers, options));
  const slices = loaded.cells.flatMap(({ rounds }) => Object.values(rounds).flat());
  return {
    ...loaded,
    storage,
    counted: countedCalls(options),
    auditLogs: await measureAuditLogs(data, options),
    bundles,
    generator: Math.max(...slices.map((one) => one.generator)),
  };
}

function placeOf(servers: Servers, server: ServerName): Place {
  return { origin: servers[server].origin, asks: server === "ours" };
}

function countedCalls({ quick }: Options): number {
  return quick ? 5 : 50;
}

/** The same notes on each server: what a search finds must not differ. */
async function prepareNotes(servers: Servers): Promise<void> {
  const transports = new Map<ServerName, TransportName>(
    Object.values(MEASURED).map(({ server, transport }) => [server, transport]),
  );
  for (const [server, transport] of transports) {
    for (let index = 0; index < PEOPLE; index++) await writeNotes(placeOf(servers, server), transport, `user-${index}`);
  }
}

async function measureCells(servers: Servers, { quick, rounds, ms, say }: Options): Promise<Results["cells"]> {
  const cells = [];
  for (const subjects of [1, PEOPLE]) {
    for (const atATime of quick ? [subjects] : [1, 16]) {
      for (const tool of ["whoami", "search_notes"] as const) {
        say(`${tool}, ${atATime} at a time, ${subjects} people`);
        const loads: Record<string, Load> = {};
        for (const [name, { server, transport }] of Object.entries(MEASURED)) {
          const place = placeOf(servers, server);
          // Connected anew for each cell: access tokens live for 15 minutes.
          const shot = shotOf(place, transport, tool, await connectAll(place, transport, subjects));
          const { cpu } = servers[server];
          loads[name] = {
            shot,
            atATime,
            ms,
            cpu,
            expect: { status: 200, text: tool === "whoami" ? "user-" : "A note" },
          };
        }
        cells.push({ tool, atATime, subjects, rounds: await contest(loads, rounds) });
      }
    }
  }
  return cells;
}

async function measureFirstContact(servers: Servers, { rounds, say }: Options): Promise<Results["firstContact"]> {
  say("first contact");
  const pairs = [
    ["session transport", "session", "agent"],
    ["stateless transport", "stateless", "stateless"],
  ] as const;
  const contacts = [];
  for (const [name, transport, twin] of pairs) {
    const [ours, plain]: [number[], number[]] = [[], []];
    for (let turn = 0; turn < rounds * 4; turn++) {
      ours.push(await timed(() => firstContact(placeOf(servers, "ours"), transport, `new-${turn}`)));
      plain.push(await timed(() => firstContact(placeOf(servers, twin), transport, `new-${turn}`)));
    }
    contacts.push({ name, ours, plain });
  }
  return contacts;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function measureDenials(servers: Servers, { rounds, ms, say }: Options): Promise<Results["denials"]> {
  const ours = placeOf(servers, "ours");
  const plain = placeOf(servers, "stateless");
  const denials = [];
  for (const atATime of [1, 16]) {
    say(`denials, ${atATime} at a time`);
    const load = (server: ServerName, shot: Load["shot"], status: number, text: string): Load => ({
      shot,
      atATime,
      ms,
      cpu: servers[server].cpu,
      expect: { status, text },
    });
    for (const transport of ["session", "stateless"] as const) {
      const users = await connectAll(ours, transport, 1);
      const a = load("ours", shotOf(ours, transport, "write_note", users), 403, "notes:write");
      const b = load("ours", shotOf(ours, transport, "whoami", users), 200, "user-");
      const name = `${transport} transport: a call without the scope (403, written down) ÷ a call that runs`;
      denials.push({ name, atATime, rounds: await contest({ a, b }, rounds) });
    }
    const [mine, theirs] = [await connect(ours, "stateless", "user-0"), await connect(plain, "stateless", "user-0")];
    const a = load("ours", shotOf(ours, "stateless", "whoami", [theirs]), 401, "invalid_token");
    const b = load("stateless", shotOf(plain, "stateless", "whoami", [mine]), 401, "invalid_token");
    const name = "a token of another server (401) ÷ the same at the plain server";
    denials.push({ name, atATime, rounds: await contest({ a, b }, rounds) });
  }
  return denials;
}

async function measureStorage(servers: Servers, options: Options): Promise<Results["storage"]> {
  options.say("storage operations");
  const counts = [];
  for (const [measured, { server, transport }] of Object.entries(MEASURED)) {
    for (const tool of ["whoami", "search_notes"] as const) {
      const each = await countStorage(placeOf(servers, server), transport, tool, countedCalls(options));
      counts.push({ name: `${measured}, ${tool}`, each });
    }
  }
  return counts;
}
