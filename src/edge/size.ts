// Bodies are counted as they arrive: Content-Length is a claim, and chunked bodies make none. What passes is held in memory,
// once, so that everything behind this reads the same bytes.

import { refuse } from "./refuse.ts";
import { MAX_URL, type Route } from "./routes.ts";

export function checkUrl(request: Request): Response | undefined {
  return request.url.length > MAX_URL ? refuse(414, "The URL is too long.") : undefined;
}

/** The request with its body read, or the refusal. */
export async function loadBody(request: Request, { maxBody }: Route): Promise<Request | Response> {
  if (request.body === null) return request;
  if (request.method !== "POST") return new Request(request.url, { method: request.method, headers: request.headers });
  const tooLarge = refuse(413, `The body is larger than ${maxBody} bytes.`);
  if (Number(request.headers.get("content-length") ?? 0) > maxBody) return tooLarge;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body) {
    size += chunk.byteLength;
    if (size > maxBody) return tooLarge;
    chunks.push(chunk);
  }
  return new Request(request, { body: await new Blob(chunks).arrayBuffer() });
}
