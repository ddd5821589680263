// Apps that must not compile, each with a part of what the compiler says in the line above it. wrong-apps.test.ts runs the compiler
// over this file; the project's own tsconfig leaves it out.

import * as z from "zod";
import { d1, defineApp, defineBindings, defineScopes, defineTool, kitFor } from "../../../../src/bridge/index.ts";

const scopes = defineScopes({
  "things:read": { may: "read", risk: "reads", offer: "ticked" },
  "things:write": { may: "write", risk: "writes", offer: "asked" },
  "things:delete": { may: "delete", risk: "deletes", offer: "never" },
});
const bindings = defineBindings({ DB: d1() });
const { tool, store, keepsNothing } = kitFor(scopes, bindings);

interface Reader {
  readonly read: (id: string) => string;
}
interface Writer {
  readonly write: (id: string) => void;
}
const things = store({ name: "things", erase: async () => undefined, export: async () => [], count: async () => 0 });
const reader = things.reads("reader", (): Reader => ({ read: (id) => id }));
const writer = things.writes("writer", (): Writer => ({ write: () => undefined }));
const pages = keepsNothing.reads("pages", () => ({ fetch: (url: string) => url }));

const input = z.strictObject({ id: z.string() });
const output = z.object({});
const it = { title: "t", description: "d", input, output, example: { id: "a" } };
const plan = async (_args: { id: string }, { read }: Reader) => ({ will: read("a"), lost: [] });
const reads = defineTool({ ...it, run: (_args, _reader: Reader) => ({}) });
const writes = defineTool({ ...it, run: (_args, _writer: Writer) => ({}) });
const replaces = defineTool({ ...it, run: (_args, _writer: Writer) => ({}), plan });
const own = { output: "own", reaches: "nothing" } as const;

// says: Type '"thing:read"' is not assignable
export const misspeltScope = tool(reads, { scope: "thing:read", effect: "read", capability: reader, ...own });
// says: Property 'read' is missing in type '{ fetch: (url: string) => string; }'
export const otherCapability = tool(reads, { scope: "things:read", effect: "read", capability: pages, ...own });
// says: Property 'output' is missing
export const noOutput = tool(reads, { scope: "things:read", effect: "read", capability: reader, reaches: "nothing" });
// says: Property 'reaches' is missing
export const noReaches = tool(reads, { scope: "things:read", effect: "read", capability: reader, output: "own" });
// says: the tool has no plan: write one in defineTool, or drop this word
export const planUnasked = tool(reads, {
  scope: "things:read",
  effect: "read",
  capability: reader,
  plan: reader,
  ...own,
});
// says: the tool has a plan, so its rule asks: say when, or drop the plan
export const askedNever = tool(replaces, {
  scope: "things:write",
  effect: "write",
  capability: writer,
  plan: reader,
  approval: "never",
  ...own,
});
// says: Type '"write"' is not assignable to type '"read"'
export const planWrites = tool(replaces, {
  scope: "things:delete",
  effect: "destroy",
  capability: writer,
  plan: writer,
  ...own,
});
// says: Type '"write"' is not assignable to type '"read"'
export const readsWithWriter = tool(writes, { scope: "things:write", effect: "read", capability: writer, ...own });
// says: Property 'plan' is missing
export const noPlan = tool(replaces, { scope: "things:delete", effect: "destroy", capability: writer, ...own });
// says: Property 'approval' is missing
export const noApproval = tool(writes, { scope: "things:write", effect: "write", capability: writer, ...own });
// says: a rule that destroys always asks: drop this word
export const spared = tool(replaces, {
  scope: "things:delete",
  effect: "destroy",
  approval: "never",
  capability: writer,
  plan: reader,
  ...own,
});
// says: Did you mean to write 'approval'?
export const misspeltWord = tool(reads, {
  scope: "things:read",
  effect: "read",
  capability: reader,
  aproval: "each-call",
  ...own,
});
// says: Property 'ORDERS_URL' does not exist
export const undeclared = keepsNothing.reads("orders", ({ ORDERS_URL }) => ({ read: () => ORDERS_URL }));
// says: Property 'DRAWBRIDGE_SECRET' does not exist
export const bridgesSecret = keepsNothing.reads("secret", ({ DRAWBRIDGE_SECRET }) => ({
  read: () => DRAWBRIDGE_SECRET,
}));
// says: CONTROL is a name of the bridge's own; call it something else
export const bridgesName = defineBindings({ DB: d1(), CONTROL: d1() });
// says: Argument of type '"DELETE FROM thing"' is not assignable
export const readerDeletes = keepsNothing.reads("sneaky", ({ DB }) => ({
  wipe: () => DB.prepare("DELETE FROM thing"),
}));
// says: Property 'erase' is missing
export const noErase = store({ name: "x", export: async () => [], count: async () => 0 });
// says: Property 'example' is missing
export const noExample = defineTool({ title: "t", description: "d", input, output, run: () => ({}) });
// says: 'ids' does not exist
export const otherExample = defineTool({ ...it, example: { ids: "a" }, run: () => ({}) });
// says: Type '() => { read: (id: string) => string; }' is not assignable to type 'Capability<
export const rawFunction = tool(reads, {
  scope: "things:read",
  effect: "read",
  capability: () => ({ read: (id: string) => id }),
  ...own,
});
// says: Type '"things:raed"' is not assignable
export const misspeltPeople = defineApp({
  name: "x",
  version: "1",
  scopes,
  bindings,
  policy: {},
  data: [things],
  people: [{ who: "github:1", may: ["things:raed"] }],
});
// says: An object literal cannot have multiple properties with the same name
// biome-ignore lint/suspicious/noDuplicateObjectKeys: the mistake itself
export const twice = { a: 1, a: 2 };
// says: is missing the following properties from type 'ZodObject
export const noObject = defineTool({ ...it, input: z.string(), example: "a", run: () => ({}) });
// says: Type '"maybe"' is not assignable
export const oddEffect = tool(reads, { scope: "things:read", effect: "maybe", capability: reader, ...own });
