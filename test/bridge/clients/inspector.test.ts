// The MCP Inspector's command line, both protocol versions, with its own OAuth through $BROWSER. Every command is a process of its own; a
// file keeps the tokens between them.

import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { freePort } from "../../../scripts/local-worker.ts";
import { installBrowser } from "../support/browser.ts";
import { FIRST_TOOLS, noteOf, titlesOf, toolsOf } from "../support/results.ts";
import { putDown } from "../support/witness.ts";

const require = createRequire(import.meta.url);
const INSPECTOR = require.resolve("@modelcontextprotocol/inspector/clients/launcher/build/index.js");
const SEARCH = ["tools/call", "--tool-name", "search_notes", "--tool-arg", "query=milk"] as const;
const WRITE = ["tools/call", "--tool-name", "write_note", "--tool-arg", "title=Shopping", "text=milk"] as const;

for (const version of ["legacy", "modern"] as const) {
  test(`the Inspector (${version}) signs in by itself, reads, asks before it steps up, and writes`, async (context) => {
    const inspector = await createInspector(`inspector-${version}`, {
      protocolEra: version,
      oauth: { scopes: "profile:read" },
    });
    const tools = toolsOf((await inspector.run("n", "tools/list")).result);
    expect(tools).toEqual(FIRST_TOOLS);
    const searched = (await inspector.run("n", ...SEARCH)).result;
    expect(titlesOf(searched)).toEqual([]);
    // Only a stateless answer names its server (2026-07-28).
    expect(JSON.stringify(searched).includes("io.modelcontextprotocol/serverInfo")).toBe(version === "modern");
    expect(await inspector.visits()).toMatchObject([
      { asked: ["profile:read", "offline_access"], ticked: ["notes:read"] },
    ]);

    const declined = await inspector.run("n", ...WRITE);
    expect(declined).toMatchObject({ result: undefined, error: "Step-up authorization declined." });
    expect(declined.said).toContain("This operation needs additional scope: notes:write.");

    expect(noteOf((await inspector.run("y", ...WRITE)).result)).toBeDefined();
    const [, stepUp, ...more] = await inspector.visits();
    expect(stepUp).toMatchObject({ ticked: ["notes:read", "notes:write"] });
    expect(stepUp?.asked).toEqual(["profile:read", "notes:read", "notes:write", "offline_access"]);
    expect(more).toEqual([]);
    expect(titlesOf((await inspector.run("n", ...SEARCH)).result)).toEqual(["Shopping"]);
    putDown(context, {
      client: `Inspector --cli, ${version} version`,
      package: "@modelcontextprotocol/inspector",
      version: version === "modern" ? "2026-07-28" : "2025",
      tools,
      refused: "asks its user whether to step up, opens the consent page, and repeats the call",
      consents: (await inspector.visits()).length,
    });
  });
}

// Without an `oauth` entry it knows no step-up: it refreshes, and shows an error of its own. Its `--relogin` asks anew.
test("the Inspector without OAuth settings writes nothing when refused, and writes after a new sign-in", async () => {
  const inspector = await createInspector("inspector-plain", {}, ["notes:read"]);
  expect(titlesOf((await inspector.run("y", ...SEARCH)).result)).toEqual([]);
  const refused = await inspector.run("y", ...WRITE);
  expect(refused).toMatchObject({
    result: undefined,
    error: expect.stringContaining("AUTHORIZED without authorization"),
  });
  expect(await inspector.visits()).toHaveLength(1);

  inspector.tick(["notes:read", "notes:write"]);
  expect(noteOf((await inspector.run("y", ...WRITE, "--relogin")).result)).toBeDefined();
  expect(titlesOf((await inspector.run("y", ...SEARCH)).result)).toEqual(["Shopping"]);
});

interface Said {
  readonly result?: unknown;
  /** The message of its error envelope. */
  readonly error?: string | undefined;
  readonly said: string;
}

async function createInspector(name: string, settings: object, tick?: readonly string[]) {
  const home = await mkdtemp(join(tmpdir(), "drawbridge-inspector-"));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const browser = await installBrowser(home, { name, tick });
  const config = join(home, "mcp.json");
  const bridge = { type: "streamable-http", url: `${inject("bridge")}/mcp`, ...settings };
  await writeFile(config, JSON.stringify({ mcpServers: { bridge } }));
  const callback = `http://127.0.0.1:${await freePort()}/oauth/callback`;
  const env: Record<string, string> = {
    ...browser.env,
    HOME: home,
    // Without a terminal it opens no browser, and without a keychain it forgets its tokens.
    MCP_AUTO_OPEN_ENABLED: "true",
    MCP_INSPECTOR_SECRET_STORE: "file",
  };

  /** `answer`: to its question whether to step up. */
  async function run(answer: "y" | "n", method: string, ...more: readonly string[]): Promise<Said> {
    const server = ["--config", config, "--server", "bridge", "--callback-url", callback];
    const args = [INSPECTOR, "--cli", ...server, "--method", method, ...more, "--format", "json"];
    return new Promise((resolve) => {
      const child = execFile(process.execPath, args, { env }, (_, stdout, said) => {
        const envelope = /\{"error":.*\}$/m.exec(said)?.[0];
        const { result } = JSON.parse(stdout === "" ? "{}" : stdout) as { result?: unknown };
        resolve({ result, error: envelope === undefined ? undefined : JSON.parse(envelope).error.message, said });
      });
      child.stdin?.end(`${answer}\n`);
    });
  }

  return {
    run,
    visits: browser.visits,
    tick(scopes: readonly string[]) {
      env["DRAWBRIDGE_TICK"] = scopes.join(" ");
    },
  };
}
