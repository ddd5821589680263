// One Worker, served as `wrangler dev` serves it, but without the debugger: that one is told of every line a Worker logs, which
// costs more than the line does and which nobody pays when deployed. A process of its own, started by servers.ts.

import { unstable_startWorker } from "wrangler";
import * as z from "zod";

const OPTIONS = z.object({
  config: z.string(),
  entry: z.string(),
  env: z.string().optional(),
  port: z.int(),
  persist: z.string(),
  vars: z.record(z.string(), z.string()),
});

const { config, entry, env, port, persist, vars } = OPTIONS.parse(JSON.parse(process.argv[2] ?? ""));
const bindings = Object.entries(vars).map(([name, value]) => [name, { type: "plain_text", value }] as const);
const worker = await unstable_startWorker({
  config,
  entrypoint: entry,
  ...(env === undefined ? {} : { env }),
  bindings: Object.fromEntries(bindings),
  build: { nodejsCompatMode: "v2" },
  dev: {
    server: { hostname: "127.0.0.1", port },
    inspector: false,
    logLevel: "error",
    watch: false,
    persist,
    structuredLogsHandler: ({ level, message }: { readonly level: string; readonly message: string }) => {
      if (level === "error") console.error(message);
    },
  },
});
await worker.ready;
