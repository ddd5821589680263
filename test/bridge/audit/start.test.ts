// `npm start` when a process of it dies: the port would go on taking connections that nobody answers.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { childrenOf, freePort, workerdsOf } from "../../../scripts/local-worker.ts";
import { signalGroup } from "../../../scripts/wrangler.ts";
import { plantTree } from "../support/adopter-tree.ts";

test("npm start says so and ends with 1 when its proxy dies; when the bridge's own process dies, it goes on", {
  timeout: 120_000,
}, async () => {
  const tree = mkdtempSync(join(tmpdir(), "drawbridge-start-"));
  onTestFinished(() => rmSync(tree, { recursive: true, force: true, maxRetries: 5 }));
  plantTree(tree);
  const port = await freePort();
  const child = spawn(process.execPath, ["scripts/start.ts", "--port", String(port)], { cwd: tree });
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = once(child, "exit");
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (said += text));
  await vi.waitFor(() => expect(said).toContain("Stop:     Ctrl-C"), { timeout: 60_000 });

  const [wrangler = 0] = childrenOf(child.pid ?? 0).map(({ pid }) => pid);
  onTestFinished(() => signalGroup({ pid: wrangler }, "SIGKILL"));
  const holdsPort = ({ words }: { readonly words: string }) => words.includes(`entry=127.0.0.1:${port} `);
  const own = workerdsOf(wrangler).filter((one) => !holdsPort(one));
  expect(own).toHaveLength(1);
  for (const { pid } of own) process.kill(pid, "SIGKILL");
  const answers = () => fetch(`http://127.0.0.1:${port}`, { signal: AbortSignal.timeout(5_000) });
  await vi.waitFor(async () => expect((await answers()).status).toBe(200), { timeout: 20_000 });
  expect(child.exitCode).toBeNull();

  const proxies = workerdsOf(wrangler).filter(holdsPort);
  expect(proxies).toHaveLength(1);
  for (const { pid } of proxies) process.kill(pid, "SIGKILL");
  expect(await ended).toEqual([1, null]);
  expect(said).toContain("its proxy died. Start it again: npm start");
  await expect(answers()).rejects.toThrow();
});
