// Counts what a Worker asks of its storage, by standing in front of the runtime's own classes: KV and D1 calls, calls to
// Durable Objects by name, and the SQLite rows that objects read and write, as the runtime counts (and bills) them. Only
// the entries in this folder use it, and only `npm run bench` runs those.

const totals = new Map<string, number>();
const patched = new WeakSet<object>();
/** Where each object's latest statement can still be asked how many rows it cost, once it was read to its end. */
const latest = new WeakMap<object, SqlStorageCursor<Record<string, SqlStorageValue>>>();

interface Countable {
  readonly OAUTH_KV: KVNamespace;
  readonly CONTROL?: D1Database;
  readonly DB?: D1Database;
}

export const COUNTS = "/__counts";

/** The Worker, with its bindings watched, and its counts at `COUNTS`. */
export function counted<Env extends Countable>(
  worker: { fetch?(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> },
  objects: (env: Env) => readonly DurableObjectNamespace[],
) {
  return {
    async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
      watch(env.OAUTH_KV, ["get", "getWithMetadata", "put", "delete", "list"], "KV");
      for (const database of [env.CONTROL, env.DB]) {
        if (database !== undefined) watch(database.prepare("SELECT 1"), ["first", "all", "run", "raw"], "D1");
      }
      for (const namespace of objects(env)) watchNamespace(namespace);
      if (new URL(request.url).pathname === COUNTS) return Response.json(Object.fromEntries(totals));
      return worker.fetch?.(request, env, ctx) ?? new Response(null, { status: 500 });
    },
  };
}

/** For the constructor of each Durable Object. */
export function watchObject({ storage }: DurableObjectState): void {
  watch(storage, ["get", "put", "delete", "list", "setAlarm"], "object storage");
  replace(
    storage.sql,
    "exec",
    (original) =>
      function (this: SqlStorage, ...args: unknown[]) {
        const before = latest.get(this);
        if (before !== undefined) {
          add("object rows read", before.rowsRead);
          add("object rows written", before.rowsWritten);
        }
        const cursor = Reflect.apply(original, this, args) as SqlStorageCursor<Record<string, SqlStorageValue>>;
        latest.set(this, cursor);
        return cursor;
      },
  );
}

function watchNamespace(namespace: DurableObjectNamespace): void {
  for (const method of ["get", "getByName"]) {
    replace(
      namespace,
      method,
      (original) =>
        function (this: object, ...args: unknown[]) {
          const stub = Reflect.apply(original, this, args) as object;
          return new Proxy(stub, {
            get(target, name) {
              const member: unknown = Reflect.get(target, name);
              if (typeof member !== "function" || typeof name === "symbol") return member;
              return (...parameters: unknown[]) => {
                add(`object ${name}`, 1);
                return Reflect.apply(member, target, parameters);
              };
            },
          });
        },
    );
  }
}

function watch(instance: object, methods: readonly string[], label: string): void {
  for (const method of methods) {
    replace(
      instance,
      method,
      (original) =>
        function (this: object, ...args: unknown[]) {
          add(`${label} ${method}`, 1);
          return Reflect.apply(original, this, args);
        },
    );
  }
}

type Callable = (...args: unknown[]) => unknown;

/** Replaces a method on the class, once: every instance of it is then counted, wherever its binding was handed. */
function replace(instance: object, method: string, wrap: (original: Callable) => Callable): void {
  const owner: object = Object.getPrototypeOf(instance);
  const original: unknown = Reflect.get(owner, method);
  if (typeof original !== "function" || patched.has(original)) return;
  const wrapped = wrap(original as Callable);
  patched.add(wrapped);
  Reflect.set(owner, method, wrapped);
}

/** Rows so far. Those of a statement count from the next one on. */
export function rowsOf(): { readonly read: number; readonly written: number } {
  return { read: totals.get("object rows read") ?? 0, written: totals.get("object rows written") ?? 0 };
}

function add(name: string, count: number): void {
  totals.set(name, (totals.get(name) ?? 0) + count);
}
