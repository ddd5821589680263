// The dull answer of every edge guard: a status and one plain line. Pure.

export function refuse(status: number, words: string, headers: HeadersInit = {}): Response {
  return new Response(`${words}\n`, { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers } });
}

/** The answer of every path that does not exist, or that must look as if it did not. */
export function nothingHere(): Response {
  return refuse(404, "There is nothing here.");
}
