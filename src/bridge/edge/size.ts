// Bodies are counted as they arrive: Content-Length is a claim, and chunked bodies make none. What passes is held in memory,
// once, so that everything behind this reads the same bytes.

import type { Route } from "../request/route.ts";
import { refuse } from "./refuse.ts";

/** Largest URL, in characters. */
const MAX_URL = 8 * 1024;

export function checkUrl(request: Request): Response | undefined {
  return request.url.length > MAX_URL ? refuse(414, "The URL is too long.") : undefined;
}

export type Body = Uint8Array<ArrayBuffer> | null;

/** The bytes of the body (null: there is none, or none that anybody reads), or the denial. */
export async function loadBody({ body, method, headers }: Request, { maxBody }: Route): Promise<Body | Response> {
  if (body === null || method !== "POST") return null;
  const claimed = Number(headers.get("content-length") ?? maxBody);
  if (!(claimed >= 0 && claimed <= maxBody)) return tooLarge(maxBody);
  // One read, of one byte more than there may be: whatever is longer than allowed, or than it said, shows.
  const size = claimed + 1;
  const reader = body.getReader({ mode: "byob" });
  const { value } = await reader.readAtLeast(size, new Uint8Array(size));
  if (value === undefined || value.byteLength < size) return value ?? new Uint8Array(0);
  reader.releaseLock();
  await drain(body.getReader());
  return tooLarge(maxBody);
}

/** How much of an unwanted body is taken before it is cut off. */
const MAX_DRAINED = 16 * 1024 * 1024;

/**
 * Reads the rest and forgets it. Who is still sending does not see an answer: where the body is cut off, the proxy of `wrangler dev`
 * answers 500 by itself, or resets the connection.
 */
async function drain(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  for (let drained = 0; drained < MAX_DRAINED; ) {
    const { done, value } = await reader.read();
    if (done) return;
    drained += value.byteLength;
  }
  await reader.cancel();
}

function tooLarge(maxBody: number): Response {
  return refuse(413, `The body is larger than ${maxBody} bytes.`);
}
