// A body that is too large, as a newcomer's client sends it through the proxy of `wrangler dev`: the answer arrives.

import { once } from "node:events";
import { request } from "node:http";
import { expect, inject, test } from "vitest";

const KIB = 1024;
const PIECE = Buffer.alloc(64 * KIB, " ");

/** Status and words, or what went wrong. */
async function send(path: string, bytes: number, sized: boolean): Promise<string> {
  const headers = { "content-type": "application/json", ...(sized ? { "content-length": bytes } : {}) };
  const sending = request(`${inject("bridge")}${path}`, { method: "POST", headers });
  const answer = new Promise<string>((resolve) => {
    sending.on("error", (error) => resolve(String(error)));
    sending.on("response", async (response) => {
      response.setEncoding("utf8");
      resolve(`${response.statusCode} ${(await response.toArray()).join("").trim()}`);
    });
  });
  for (let left = bytes; left > 0 && !sending.destroyed; left -= PIECE.length) {
    if (!sending.write(PIECE.subarray(0, left))) await Promise.race([once(sending, "drain"), answer]);
  }
  sending.end();
  return answer;
}

test("a body of 200 KiB to 8 MiB is told that it is too large, sized or chunked, and the bridge goes on", async () => {
  for (const [path, largest] of [
    ["/mcp", 128 * KIB],
    ["/oauth/register", 8 * KIB],
  ] as const) {
    for (const size of [200, 1024, 4096, 8192]) {
      for (const sized of [true, false]) {
        const answers = await Promise.all([1, 2, 3].map(() => send(path, size * KIB, sized)));
        const expected = `413 The body is larger than ${largest} bytes.`;
        expect([path, size, sized, new Set(answers)]).toEqual([path, size, sized, new Set([expected])]);
      }
    }
  }
  expect(await send("/mcp", 64 * KIB, false)).toMatch(/^401 /);
});
