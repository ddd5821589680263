// The headers of a request that a lane may see, by name. The bearer token, cookies and whatever else came in are not among them.

export function forwarded(request: Request, names: readonly string[]): Headers {
  const headers = new Headers();
  for (const name of names) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  return headers;
}
