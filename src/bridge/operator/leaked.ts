// What an operator may look up of a leaked token or code without showing it to anybody. Pure.

/** `<subject>:<grant>:<secret>`, in a header line or by itself: without the secret, which is nobody's business. */
export function withoutSecret(text: string): string {
  const [, named] = /(dbr1_[\w-]{22}(?::[\w-]{1,64})?)(?::[\w-]*)?$/.exec(text.trim()) ?? [];
  return named ?? text.trim();
}
