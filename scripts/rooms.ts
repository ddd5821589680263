// The rooms of src/bridge in one order: each imports itself and those above it, never one below. `npm run check` enforces it, and
// docs/architecture.md shows it (`npm run generate`). A room is a folder, or one file.

export interface Room {
  readonly name: string;
  readonly is: string;
}

export const ROOMS: readonly Room[] = [
  { name: "text", is: "what a result's text goes through before it leaves: pure" },
  {
    name: "gate",
    is: "the pure core: principal, rule, decision, admission, ticket, run; it imports zod and `text` alone",
  },
  { name: "once.ts", is: "an answer that is made once for each env" },
  { name: "addresses.ts", is: "what an address may look like, and whom it stands for" },
  { name: "seal.ts", is: "every seal and encryption of ours: one purpose, one key" },
  { name: "setting.ts", is: "what a setting is: schema, place, words, remedy" },
  { name: "app", is: "what an app is: bindings, capabilities, stores, the words of a rule" },
  { name: "schemas", is: "what `tools/list` advertises of a rule's schemas: a subset that model APIs read alike" },
  { name: "unknown-settings.ts", is: "names that were set and are no setting" },
  { name: "settings.ts", is: "settings and bindings, read once" },
  { name: "log.ts", is: "the one place that writes log lines" },
  { name: "ledger", is: "one Durable Object a user: admissions, outcomes, grants, approvals, taint" },
  { name: "request", is: "what everything that answers a request is handed: context, route, part, way to sign in" },
  { name: "edge", is: "guards before anything is looked up" },
  { name: "pages", is: "server-rendered pages, without script" },
  { name: "mcp", is: "messages, the endpoint, what a caller learns" },
  { name: "transports", is: "`session` (McpAgent) and `stateless`: protocol only; alone in knowing an MCP SDK" },
  { name: "sign-in", is: "one file a provider, and the browser's session" },
  { name: "oauth", is: "the authorization server and the resource server; alone in knowing the OAuth library" },
  { name: "approvals", is: "the page where a user decides about one call" },
  { name: "console", is: "part: what users see of their own, and end" },
  { name: "operator", is: "part: what the commands of operators (`guard`, `audit`) ask of the bridge" },
  { name: "archive", is: "part: closed segments of the audit log to R2, then pruning" },
  { name: "web", is: "part: pages of listed hosts, read for a tool" },
  { name: "fragments.ts", is: "the settings of the rooms that every bridge has" },
  { name: "server.ts", is: "what a request meets, in order" },
  { name: "index.ts", is: "the door for apps" },
  { name: "worker.ts", is: "the door for the two entries" },
];

/** The room of a file in src/bridge; undefined for any other file. */
export function roomOf(file: string): string | undefined {
  return /^src\/bridge\/([^/]+)/.exec(file)?.[1];
}
