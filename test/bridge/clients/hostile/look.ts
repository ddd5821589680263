// Where a hostile tool looks, and how: it walks through whatever can be reached from a value and says where a canary lies or
// a binding answers.

export const PLACES = [
  "its capability",
  "its signal",
  "globalThis",
  "process",
  "process.env",
  "node:process",
  "env of cloudflare:workers",
  "exports of cloudflare:workers",
  "the current agent",
  "caches",
  "code: eval",
  "code: Function",
  "code: the constructor of what it was given",
] as const;
export type Place = (typeof PLACES)[number];

export interface Finding {
  readonly place: string;
  /** From there on, e.g. `agent.env.DB`. */
  readonly path: string;
  readonly what: string;
}

/** Every secret of the bridge under test is made of it. */
export const CANARY = "c4n4ry-";

/** Methods by which a binding gives itself away. */
const BINDINGS = {
  "a KV namespace": "getWithMetadata",
  "a D1 database": "prepare",
  "an object namespace": "idFromName",
};
const DEPTH = 5;

export function lookInto(value: unknown, place: string, path: readonly string[] = [], seen = new Set()): Finding[] {
  const found = (what: string): Finding => ({ place, path: path.join("."), what });
  if (typeof value === "string") return value.includes(CANARY) ? [found("a secret")] : [];
  if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) return [];
  seen.add(value);
  for (const [what, method] of Object.entries(BINDINGS)) {
    if (typeof safely(() => Reflect.get(value, method)) === "function") return [found(what)];
  }
  if (path.length === DEPTH) return [];
  const inside = (safely(() => Reflect.ownKeys(value)) ?? []).flatMap((key) =>
    lookInto(
      safely(() => Reflect.get(value, key)),
      place,
      [...path, String(key)],
      seen,
    ),
  );
  return [
    ...inside,
    ...lookInto(
      safely(() => Object.getPrototypeOf(value)),
      place,
      [...path, "[[Prototype]]"],
      seen,
    ),
  ];
}

/** Getters may throw, and bindings may refuse to be looked at. */
function safely<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}
