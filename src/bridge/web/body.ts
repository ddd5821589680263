// An answer's body, read with its bytes counted as they arrive: no more than `max` is ever held, whatever the host claims or
// sends. For hosts that are not ours.

export type Body = { readonly bytes: Uint8Array } | { readonly failed: "too-large" | "cut-off" };

/** Ends when the signal does, even when the host keeps the line open. */
export async function readBody({ body }: Response, max: number, signal: AbortSignal): Promise<Body> {
  if (body === null) return { bytes: new Uint8Array() };
  const reader = body.getReader();
  const { promise: aborted, resolve } = Promise.withResolvers<"aborted">();
  const abort = () => resolve("aborted");
  signal.addEventListener("abort", abort);
  if (signal.aborted) abort();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const read = await Promise.race([reader.read(), aborted]);
      if (read === "aborted") return { failed: "cut-off" };
      if (read.done) return { bytes: joined(chunks, size) };
      size += read.value.byteLength;
      if (size > max) return { failed: "too-large" };
      chunks.push(read.value);
    }
  } catch {
    return { failed: "cut-off" };
  } finally {
    signal.removeEventListener("abort", abort);
    reader.cancel().catch(() => undefined);
  }
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return all;
}
