// CPU time of a server's own process, so that transports can be compared on a computer that does other things too. Linux only
// (/proc); elsewhere there is no figure. The proxy that `wrangler dev` puts before a Worker is a process of its own and not
// counted.

import { readdirSync, readFileSync } from "node:fs";

/** Milliseconds so far, or undefined where that cannot be told. */
export type CpuClock = () => number | undefined;

/** `group`: the process group that wrangler leads. `port`: where the proxy listens. */
export function createCpuClock(group: number | undefined, port: number): CpuClock {
  const pid = group === undefined ? undefined : workerOf(group, port);
  return () => (pid === undefined ? undefined : cpuOf(pid));
}

function workerOf(group: number, port: number): string | undefined {
  return list("/proc").find((pid) => {
    if (!/^\d+$/.test(pid) || !read(`/proc/${pid}/stat`).includes(`(workerd) `)) return false;
    // proc(5): after the name in parentheses come state, parent and process group.
    const [, , processGroup] = read(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
    return Number(processGroup) === group && !read(`/proc/${pid}/cmdline`).includes(`:${port}`);
  });
}

function cpuOf(pid: string): number | undefined {
  const tasks = list(`/proc/${pid}/task`).map(
    (task) => read(`/proc/${pid}/task/${task}/schedstat`).split(" ")[0] ?? "",
  );
  const nanoseconds = tasks.reduce((sum, text) => sum + Number(text), 0);
  return nanoseconds > 0 ? nanoseconds / 1_000_000 : undefined;
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
