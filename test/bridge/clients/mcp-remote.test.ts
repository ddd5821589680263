// mcp-remote as Claude Desktop starts it: a stdio server, driven here by the SDK's stdio client. It opens $BROWSER.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { expect, inject, onTestFinished, test } from "vitest";
import { installBrowser } from "../support/browser.ts";
import { approvalOf, FIRST_TOOLS, noteOf, titlesOf, toolsOf } from "../support/results.ts";
import { putDown } from "../support/witness.ts";

const require = createRequire(import.meta.url);
const PROXY = require.resolve("mcp-remote/dist/proxy.js");

for (const { flags, version } of [
  { flags: [], version: "2025-11-25" },
  { flags: ["--protocol", "auto"], version: "2026-07-28" },
]) {
  test(`mcp-remote ${flags.join(" ")} signs in from nothing, reads, and is stepped up when it writes (${version})`, async (context) => {
    const remote = await startRemote(`remote-${version}`, flags);

    const tools = toolsOf(await remote.client.listTools());
    expect(tools).toEqual(FIRST_TOOLS);
    expect(titlesOf(await remote.client.callTool({ name: "search_notes", arguments: { query: "milk" } }))).toEqual([]);
    expect(await remote.visits()).toMatchObject([
      { asked: ["profile:read", "offline_access"], ticked: ["notes:read"] },
    ]);

    // Refused with a 403; mcp-remote opens the browser once more and repeats the call. Its user sees the consent page only.
    expect(
      noteOf(await remote.client.callTool({ name: "write_note", arguments: { title: "Shopping", text: "milk" } })),
    ).toBeDefined();
    const [, stepUp, ...more] = await remote.visits();
    expect(stepUp).toMatchObject({
      asked: ["profile:read", "notes:read", "notes:write", "offline_access"],
      ticked: ["notes:read", "notes:write"],
    });
    expect(more).toEqual([]);
    expect(titlesOf(await remote.client.callTool({ name: "search_notes", arguments: { query: "milk" } }))).toEqual([
      "Shopping",
    ]);

    expect(remote.said().includes("Remote server speaks MCP 2026-07-28")).toBe(version === "2026-07-28");
    putDown(context, {
      client: ["mcp-remote", ...flags].join(" "),
      package: "mcp-remote",
      version,
      tools,
      refused: "opens the consent page by itself, and repeats the call",
      consents: (await remote.visits()).length,
    });
  });
}

for (const flags of [[], ["--protocol", "auto"]]) {
  test(`mcp-remote ${flags.join(" ")} brings the link to an approval to its model, the same one each time`, async () => {
    const tick = ["notes:read", "notes:write", "notes:delete"];
    const { client } = await startRemote(`remote-approval-${flags.length}`, flags, tick);
    const id = noteOf(await client.callTool({ name: "write_note", arguments: { title: "Groceries", text: "milk" } }));
    const erase = async () => approvalOf(await client.callTool({ name: "delete_note", arguments: { id } }));
    const link = await erase();
    expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/approvals\/[\w-]{22}$/);
    expect(await erase()).toBe(link);
    expect(titlesOf(await client.callTool({ name: "search_notes", arguments: { query: "milk" } }))).toEqual([
      "Groceries",
    ]);
  });
}

for (const flags of [[], ["--protocol", "auto"]]) {
  test(`mcp-remote ${flags.join(" ")} tells its user which address to use instead of localhost`, async () => {
    const home = await mkdtemp(join(tmpdir(), "drawbridge-remote-"));
    onTestFinished(() => rm(home, { recursive: true, force: true }));
    const bridge = inject("bridge");
    const misspelt = bridge.replace("127.0.0.1", "localhost");
    const { env } = await installBrowser(home, { name: "localhost" });
    const child = spawn(process.execPath, [PROXY, `${misspelt}/mcp`, ...flags], {
      env: { ...env, HOME: home, MCP_REMOTE_CONFIG_DIR: join(home, "config") },
      stdio: ["pipe", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (chunk) => (said += String(chunk)));
    await once(child, "close");
    expect(said).toContain(`This bridge is reachable at ${bridge} only.`);
    expect(said).not.toContain("fetch failed");
  });
}

async function startRemote(name: string, flags: readonly string[], tick?: readonly string[]) {
  const home = await mkdtemp(join(tmpdir(), "drawbridge-remote-"));
  const browser = await installBrowser(home, { name, tick });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [PROXY, `${inject("bridge")}/mcp`, ...flags],
    env: { ...browser.env, HOME: home, MCP_REMOTE_CONFIG_DIR: join(home, "config") },
    stderr: "pipe",
  });
  let said = "";
  transport.stderr?.on("data", (chunk) => (said += String(chunk)));
  const client = new Client({ name: "claude-ai", version: "0.1.0" });
  onTestFinished(async () => {
    await client.close();
    await rm(home, { recursive: true, force: true });
  });
  await client.connect(transport).catch((error: unknown) => {
    throw new Error(`mcp-remote did not connect: ${said}`, { cause: error });
  });
  return { client, visits: browser.visits, said: () => said };
}
