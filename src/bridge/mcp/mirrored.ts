// The headers in which a 2026-07-28 request repeats what its body says (SEP-2243), for proxies that do not read bodies. Anyone who
// believed a header that disagrees would be deceived, so such a request is not decided. Pure.

import type { Undecidable } from "../gate/denial.ts";
import type { ObjectSchema } from "../schemas/schema.ts";
import type { Message } from "./message.ts";

/** Which member of its parameters `Mcp-Name` repeats. */
const NAMED_BY: ReadonlyMap<string, string> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
]);

/** The headers that every request has. Notifications may go without. */
export function standardMismatch(headers: Headers, { id, method = "", params }: Message): Undecidable | undefined {
  if (id === undefined) return undefined;
  if (headers.get("mcp-protocol-version") === null) return mismatch("MCP-Protocol-Version is missing.");
  if (headers.get("mcp-method") !== method) return mismatch("Mcp-Method is not the method of the body.");
  const named = params?.[NAMED_BY.get(method) ?? ""];
  if (typeof named !== "string") return undefined;
  return decoded(headers.get("mcp-name")) === named ? undefined : mismatch("Mcp-Name is not the name in the body.");
}

/** The headers that a tool's own schema asks for, with `x-mcp-header`. What the arguments do not have is not looked for. */
export function parameterMismatch(headers: Headers, args: unknown, schema: ObjectSchema): Undecidable | undefined {
  for (const { name, path } of mirroredParameters(schema)) {
    const value = path.reduce(memberOf, args);
    if (typeof value !== "string" && typeof value !== "boolean" && typeof value !== "number") continue;
    const header = decoded(headers.get(`mcp-param-${name}`));
    // 42 and 42.0 are one number.
    const same = typeof value === "number" ? DECIMAL.test(header ?? "") && Number(header) === value : false;
    if (!same && header !== String(value)) return mismatch(`Mcp-Param-${name} is not the argument ${path.join(".")}.`);
  }
  return undefined;
}

const DECIMAL = /^-?\d+(\.\d+)?$/;

interface Mirrored {
  readonly name: string;
  readonly path: readonly string[];
}

/** schema.ts leaves `x-mcp-header` only where it is allowed to be: on properties, at any depth. */
function mirroredParameters(schema: unknown, path: readonly string[] = []): readonly Mirrored[] {
  const name = memberOf(schema, "x-mcp-header");
  const own = typeof name === "string" ? [{ name, path }] : [];
  const properties = memberOf(schema, "properties");
  const inner = Object.entries(isObject(properties) ? properties : {});
  return [...own, ...inner.flatMap(([key, property]) => mirroredParameters(property, [...path, key]))];
}

function memberOf(value: unknown, key: string): unknown {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** What cannot be a plain header value comes as `=?base64?…?=`. Undefined when it is absent, or encoded wrongly. */
function decoded(header: string | null): string | undefined {
  if (header === null) return undefined;
  const [, base64] = /^=\?base64\?(.*)\?=$/.exec(header) ?? [];
  if (base64 === undefined) return header;
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(base64)) return undefined;
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return undefined;
  }
}

function mismatch(words: string): Undecidable {
  return { status: 400, code: -32020, words: `The headers and the body disagree. ${words}` };
}
