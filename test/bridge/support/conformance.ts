// The conformance package's command line against a bridge. It has no way to send a header, so a tiny proxy on loopback puts
// the bearer token before the bridge; Host and Origin pass as they came, because scenarios attack with them.

import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";

const require = createRequire(import.meta.url);
const RUNNER = require.resolve("@modelcontextprotocol/conformance/dist/index.js");

export interface Run {
  readonly code: number | null;
  readonly output: string;
}

/** `heard`: each piece of what it prints. */
export async function runConformance(
  args: readonly string[],
  heard: (text: string) => void = () => undefined,
): Promise<Run> {
  const child = spawn(process.execPath, [RUNNER, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const hear = (text: string) => {
    output += text;
    heard(output);
  };
  child.stdout.setEncoding("utf8").on("data", hear);
  child.stderr.setEncoding("utf8").on("data", hear);
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, output })));
}

export async function startBearerProxy(origin: string, token: string) {
  const to = new URL(origin);
  const operatorToken = (incoming: IncomingMessage, answer: ServerResponse) => {
    const mine = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    // Who addressed the proxy meant the bridge; a name of somebody else's stays, and is for the bridge to refuse.
    const [host, from] = [incoming.headers.host ?? "", incoming.headers.origin];
    const headers = {
      ...incoming.headers,
      host: host === mine ? to.host : host,
      ...(from === undefined ? {} : { origin: from === `http://${mine}` ? to.origin : from }),
      authorization: `Bearer ${token}`,
    };
    const options = { host: to.hostname, port: to.port, path: incoming.url, method: incoming.method, headers };
    const outgoing = request(options, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(answer);
    });
    outgoing.once("error", () => answer.destroy());
    incoming.pipe(outgoing);
  };
  const server = createServer(operatorToken);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
