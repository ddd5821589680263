// How parameters of an OAuth request are read, where the library is more lenient or stricter than it should be. Pure.

/**
 * RFC 6749 §3.1: a parameter without a value counts as omitted. The library refuses some, such as `resource=`;
 * test/bridge/attacks/token-parameters.test.ts says when this can go.
 */
export function withoutEmpty(parameters: URLSearchParams): URLSearchParams {
  return new URLSearchParams([...parameters].filter(([, value]) => value !== ""));
}

/**
 * RFC 9700 §2.1.1: PKCE for every client, also one with a secret, of which the library does not ask it. It has refused every
 * method but S256 already, whose challenge is 43 letters; any other could never be met.
 */
export function hasChallenge({ codeChallenge }: { readonly codeChallenge?: string | undefined }): boolean {
  return codeChallenge !== undefined && /^[\w-]{43}$/.test(codeChallenge);
}
