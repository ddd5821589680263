// Whether what an operator named is there at all. A switch is set either way, because an emergency does not wait for a look-up and
// KV can be a minute behind; but a typo must not read like a success.

import { literal, query, type Target } from "./operator.ts";
import { runWrangler } from "./wrangler.ts";

export type Named = "client" | "grant" | "subject";

/** `undefined` when it cannot be told. */
export function isKnown(target: Target, kind: Named, value: string): boolean | undefined {
  if (kind === "subject") {
    try {
      const [rows = []] = query(target, [`SELECT subject FROM person WHERE subject = ${literal(value)}`]);
      return rows.length > 0;
    } catch {
      return undefined;
    }
  }
  if (kind === "grant") return keys(target, "grant:")?.some((key) => key.split(":")[2] === value);
  // A client that is named by its document is stored nowhere.
  return value.startsWith("https://") ? undefined : keys(target, `client:${value}`)?.includes(`client:${value}`);
}

function keys(target: Target, prefix: string): readonly string[] | undefined {
  // KV takes no --yes.
  const where = target.where.filter((word) => word !== "--yes");
  const { ok, stdout } = runWrangler("kv", "key", "list", "--binding", "OAUTH_KV", `--prefix=${prefix}`, ...where);
  if (!ok) return undefined;
  return [...stdout.matchAll(/"name":\s*("(?:[^"\\]|\\.)*")/g)].map(([, name = '""']) => String(JSON.parse(name)));
}
