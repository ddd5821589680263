// JSON of somebody else's, as a value that nobody has looked at yet. Pure.

/** `undefined` when it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
