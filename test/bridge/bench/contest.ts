// Transports measured against each other: in turns, in short slices, so that whatever else this computer does meets all of them
// alike, and compared round by round. Numbers of different runs are never compared.

import { drive, type Load, type Slice } from "./load.ts";

export type Rounds = Readonly<Record<string, readonly Slice[]>>;

/** One round is one slice of each; every other round goes backwards. The first slices warm up and do not count. */
export async function contest(loads: Readonly<Record<string, Load>>, rounds: number): Promise<Rounds> {
  const names = Object.keys(loads);
  const slices: Record<string, Slice[]> = Object.fromEntries(names.map((name) => [name, []]));
  for (const load of Object.values(loads)) await drive({ ...load, ms: load.ms / 2 });
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const load = loads[name];
      if (load !== undefined) slices[name]?.push(await drive(load));
    }
  }
  return slices;
}

export type Figure = "perSecond" | "p50" | "p99" | "cpu";

/** `a` over `b`, round by round. */
export function ratios(rounds: Rounds, a: string, b: string, figure: Figure): readonly number[] {
  const [mine = [], theirs = []] = [rounds[a], rounds[b]];
  return mine.map((slice, round) => slice[figure] / (theirs[round]?.[figure] ?? Number.NaN));
}
