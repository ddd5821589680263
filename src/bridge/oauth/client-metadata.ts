// What a client says about itself, in a registration (RFC 7591 §2) or in a document at its URL. Nearly all of it is optional: a member
// that is null, empty or no link says nothing, and what nobody asked for is left out. The library would refuse the whole. Pure.

const LINKS = ["client_uri", "logo_uri", "policy_uri", "tos_uri", "jwks_uri"];
const LISTS = [
  "contacts",
  "grant_types",
  "response_types",
  "token_endpoint_auth_methods_supported",
  "token_endpoint_auth_signing_alg_values_supported",
];
/** RFC 7591 §3.2.1: a server may leave out what it does not do. Apps list what they do elsewhere. */
const DONE: Readonly<Record<string, readonly string[]>> = {
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
};
/** For the library to judge: what makes a client, and secrets that must not be in a document. */
const JUDGED = [
  "client_id",
  "client_name",
  "redirect_uris",
  "jwks",
  "client_secret",
  "client_secret_expires_at",
  "token_endpoint_auth_method",
  "token_endpoint_auth_signing_alg",
];

type Metadata = Readonly<Record<string, unknown>>;

export function readMetadata(said: Metadata): Metadata {
  const kept = Object.entries(said).flatMap(([name, value]) => {
    const read = readMember(name, value);
    return read === undefined ? [] : [[name, read] as const];
  });
  return Object.fromEntries(kept);
}

function readMember(name: string, value: unknown): unknown {
  if (value === null || value === "") return undefined;
  // `logo_uri#ja` is the same in another language.
  const plain = name.split("#")[0] ?? "";
  if (LINKS.includes(plain)) return typeof value === "string" && !URL.canParse(value) ? undefined : value;
  if (LISTS.includes(name)) return readList(name, value);
  return JUDGED.includes(name) ? value : undefined;
}

/** A list of which nothing is left is the library's to refuse, and so is what is none. */
function readList(name: string, value: unknown): unknown {
  const entries = name === "contacts" && typeof value === "string" ? [value] : value;
  if (!Array.isArray(entries)) return value;
  const said = entries.filter((entry) => entry !== null && entry !== "");
  const done = said.filter((entry) => DONE[name]?.includes(entry) ?? true);
  if (said.length === 0) return undefined;
  return done.length > 0 ? done : said;
}

/** Bytes are UTF-8, or nothing that is read here. */
export function parseObject(given: string | Uint8Array): Metadata | undefined {
  try {
    const text =
      typeof given === "string" ? given : new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(given);
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
