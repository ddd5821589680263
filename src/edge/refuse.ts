// The dull answer of every edge guard: a status and one plain line. Pure.

export function refuse(status: number, words: string, headers: HeadersInit = {}): Response {
  return new Response(`${words}\n`, { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers } });
}
