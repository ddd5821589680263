// The headers of a request that a transport may see, by name. The bearer token, cookies and whatever else came in are not among them;
// what the client accepts is seen to by mcp/accept.ts.

import { ACCEPT_BOTH } from "../mcp/accept.ts";

export function forwarded(request: Request, names: readonly string[]): Headers {
  const headers = new Headers({ accept: ACCEPT_BOTH });
  for (const name of names) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return headers;
}
