// The load generator: a fixed number of requests at a time over kept-alive connections, closed loop. Says how busy it was
// itself, because a generator at its own limit measures itself.

import { Agent, request } from "node:http";
import type { CpuClock } from "./cpu.ts";

export interface Shot {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Slice {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Milliseconds of the server's CPU for each request; NaN where that cannot be told. */
  readonly cpu: number;
  /** Share of one core that this process used. */
  readonly generator: number;
}

export interface Load {
  readonly shot: (turn: number, id: number) => Shot;
  readonly atATime: number;
  readonly ms: number;
  readonly cpu: CpuClock;
  /** An answer that is not this one ends the run: a fast denial is no throughput. */
  readonly expect: { readonly status: number; readonly text: string };
}

let id = 1;

export async function drive({ shot, atATime, ms, cpu: clock, expect }: Load): Promise<Slice> {
  const agent = new Agent({ keepAlive: true, maxSockets: atATime });
  const times: number[] = [];
  let turn = 0;
  const started = performance.now();
  const [own, server] = [process.cpuUsage(), clock() ?? Number.NaN];
  const worker = async () => {
    while (performance.now() - started < ms) {
      const sent = performance.now();
      const { status, text } = await send(agent, shot(turn++, id++));
      times.push(performance.now() - sent);
      if (status !== expect.status || !text.includes(expect.text) || text.includes('"isError":true')) {
        throw new Error(`expected ${expect.status} with ${expect.text}, got ${status}: ${text.slice(0, 500)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  const elapsed = performance.now() - started;
  const { user, system } = process.cpuUsage(own);
  agent.destroy();
  times.sort((a, b) => a - b);
  return {
    perSecond: (times.length / elapsed) * 1000,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    cpu: ((clock() ?? Number.NaN) - server) / times.length,
    generator: (user + system) / 1000 / elapsed,
  };
}

export async function send(agent: Agent, { url, headers, body }: Shot): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const length = String(Buffer.byteLength(body));
    const outgoing = request(url, { agent, method: "POST", headers: { ...headers, "content-length": length } });
    outgoing.once("error", reject);
    outgoing.once("response", (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        text += chunk;
      });
      answer.once("end", () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.once("error", reject);
    });
    outgoing.end(body);
  });
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
