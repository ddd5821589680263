// What an operator may look up of a leaked token or code without showing it to anybody. Pure.

/** `<subject>:<grant>:<secret>`, by itself or in what it leaked with: without the secret, which must not be stored or logged. */
export function withoutSecret(text: string): string {
  const [named] = /dbr1_[\w-]{22}(?![\w-])(?::[\w-]{1,64})?/.exec(text) ?? [];
  return named ?? text.trim();
}
