// How many storage operations a request costs: the same call many times, one after the other, on servers whose entry counts
// (counted/counting.ts); what is done after the answer has left is waited for.

import { Agent } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { send } from "./load.ts";
import { connectAll, type Place, shotOf, type Tool, type TransportName } from "./users.ts";

export type Counts = Readonly<Record<string, number>>;

/** Per request, by the name of the operation. */
export async function countStorage(place: Place, transport: TransportName, tool: Tool, calls: number): Promise<Counts> {
  const shot = shotOf(place, transport, tool, await connectAll(place, transport, 1));
  const agent = new Agent({ keepAlive: true });
  await send(agent, shot(0, 1_000_000));
  const before = await outcomeCounts(place.origin);
  for (let turn = 0; turn < calls; turn++) {
    const { status, text } = await send(agent, shot(turn, turn + 1));
    if (status !== 200) throw new Error(`${status}: ${text}`);
  }
  const after = await outcomeCounts(place.origin);
  agent.destroy();
  const each = Object.keys(after).map((name): [string, number] => [
    name,
    Math.round((((after[name] ?? 0) - (before[name] ?? 0)) / calls) * 100) / 100,
  ]);
  return Object.fromEntries(each.filter(([, count]) => count > 0).sort());
}

/** The counts, once they have stopped moving. */
async function outcomeCounts(origin: string): Promise<Counts> {
  let last = "";
  for (;;) {
    const text = await (await fetch(`${origin}/__counts`)).text();
    if (text === last) return JSON.parse(text) as Counts;
    last = text;
    await delay(100);
  }
}
