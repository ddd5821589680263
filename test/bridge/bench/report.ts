// The figures as a page: docs/performance.md. Ratios with their spread first; what depends on the computer is marked as such.

import { type Bundle, OURS, PLAIN_AGENT } from "./bundles.ts";
import { type Figure, ratios } from "./contest.ts";
import { auditLogReport, priceReport } from "./cost-report.ts";
import type { Results } from "./measure.ts";
import { spread } from "./spread.ts";
import { range, table } from "./table.ts";

/** Ours, what it is measured against, and the least it should reach. */
const PAIRS = [
  { ours: "session transport", theirs: "plain McpAgent", target: 0.85 },
  { ours: "stateless transport", theirs: "plain stateless", target: 0.65 },
  { ours: "stateless transport", theirs: "floor", target: 0.95 },
  // No target: what writing down alone costs, and so the most that a transport which does it can reach.
  { ours: "floor", theirs: "plain stateless", target: undefined },
] as const;

export function reportOf(results: Results, about: string): string {
  return `# Performance

Made by \`npm run bench\`; do not edit. ${about}

What is compared: the bridge against the plain servers of \`test/bridge/bench/plain\`, which are what one gets by following Cloudflare's
documentation (OAuthProvider with McpAgent, and its stateless twin with \`createMcpHandler\`), with the same tools on the same tables, no
gate and no ledger; and against a **floor**, the plain stateless twin plus one durable write in a Durable Object per call. All run
on one computer as \`wrangler dev\` runs them, in turns of short slices; each round yields one ratio, and the spread is over the rounds.
Ratios of throughput above 1 are faster than the plain server, ratios of time above 1 are slower. Wrangler puts a proxy of its own before
every Worker, which all of them pay alike and which draws ratios towards 1; CPU is that of the Worker's own process, without the proxy,
per request, and tells most where the computer has other things to do. Two things differ from a bridge that is deployed: its rate
limits do not count a laptop's own requests, so asking them is not in these figures; and no debugger is attached to any server, as none is
on Cloudflare (\`wrangler dev\` attaches one, which makes the log line that the bridge alone writes cost more than its work).

## Targets

${targets(results)}

What the time goes into that the plain servers do not spend: the awaited admission (a call to the user's ledger and its disk, which
is the floor's price too); a body that is counted, parsed strictly and handed on in a request made anew; a digest of the arguments at
the gate and again at the run, one of the result, two keyed digests and two links of the chain in the ledger; the outcome after
the answer; headers on the answer and one log line. The session transport also seals the gate's result for the session's object and opens it there.

## Calls

${calls(results)}

The load generator was never busier than ${percent(results.generator)} of one core, so it is not what was measured.

## First contact

From the first request without a token through discovery, registration, consent, sign-in and token to the first result. The plain
servers approve anyone who comes: they have no consent page and no sign-in, which are four of the bridge's requests.

${table(
  ["", "ms (min–median–max)", "plain ms", "ratio"],
  results.firstContact.map(({ name, ours, plain }) => [
    name,
    range(spread(ours), 0),
    range(spread(plain), 0),
    range(spread(ours.map((ms, index) => ms / (plain[index] ?? Number.NaN)))),
  ]),
)}

## Requests that are refused

${table(
  ["", "at a time", "throughput ×", "p50 ×", "CPU ×"],
  results.denials.map(({ name, atATime, rounds }) => [
    name,
    String(atATime),
    range(spread(ratios(rounds, "a", "b", "perSecond"))),
    range(spread(ratios(rounds, "a", "b", "p50"))),
    range(spread(ratios(rounds, "a", "b", "cpu"))),
  ]),
)}

## Storage operations per request

Counted, not estimated: ${results.counted} calls in a row on an entry that stands in front of the runtime's own KV, D1 and Durable Object
classes, and rows as the runtime's SQLite cursors count them (and Cloudflare bills them), work after the answer included. An
\`object fetch\` of McpAgent is a WebSocket of its own. Alarms come on top: one per active user and half minute.

${storage(results)}

${auditLogReport(results.auditLogs)}

${priceReport(results)}

## Bundles

Minified, as \`wrangler deploy --minify\` would upload them. Parts are minified bytes before gzip, by esbuild's account.

${bundles(results.bundles)}
`;
}

function targets({ cells, bundles: built }: Results): string {
  const rows = PAIRS.map(({ ours, theirs, target }) => {
    const all = spread(cells.flatMap(({ rounds }) => ratios(rounds, ours, theirs, "perSecond")));
    const cpu = spread(cells.flatMap(({ rounds }) => ratios(rounds, ours, theirs, "cpu")));
    const verdict = target === undefined ? "for reference" : all.median >= target ? "met" : "**missed**";
    return [
      `${ours} ÷ ${theirs}, throughput`,
      target === undefined ? "" : `≥ ${target}`,
      range(all),
      range(cpu),
      verdict,
    ];
  });
  const gzip = (name: string) => built.find((bundle) => bundle.name === name)?.gzip ?? Number.NaN;
  const size = gzip(OURS) / gzip(PLAIN_AGENT);
  rows.push([
    "bundle of both transports ÷ plain McpAgent, gzip",
    "≤ 1",
    size.toFixed(2),
    "",
    size <= 1 ? "met" : "**missed**",
  ]);
  return table(["over all calls below", "target", "min–median–max", "CPU ×", ""], rows);
}

function calls({ cells }: Results): string {
  const rows = PAIRS.flatMap(({ ours, theirs }) =>
    cells.map(({ tool, atATime, subjects, rounds }) => {
      const column = (figure: Figure) => range(spread(ratios(rounds, ours, theirs, figure)));
      return [
        `${ours} ÷ ${theirs}`,
        tool,
        String(atATime),
        String(subjects),
        column("perSecond"),
        column("p50"),
        column("p99"),
        column("cpu"),
      ];
    }),
  );
  return table(["", "tool", "at a time", "people", "throughput ×", "p50 ×", "p99 ×", "CPU ×"], rows);
}

function storage({ storage: counts }: Results): string {
  const names = [...new Set(counts.flatMap(({ each }) => Object.keys(each)))].sort();
  const rows = names.map((name) => [name, ...counts.map(({ each }) => String(each[name] ?? ""))]);
  return table(["operation", ...counts.map(({ name }) => name)], rows);
}

function bundles(all: readonly Bundle[]): string {
  return table(
    ["", "minified", "gzip", "made of"],
    all.map(({ name, minified, gzip, parts }) => [
      name,
      kib(minified),
      kib(gzip),
      parts
        .slice(0, 8)
        .map(([part, bytes]) => `${part} ${kib(bytes)}`)
        .join(", "),
    ]),
  );
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(0)} KiB`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
