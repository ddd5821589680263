// Content negotiation (RFC 9110 §12.5.1). MCP asks clients to accept application/json and text/event-stream; many send a wildcard, one
// of the two, or nothing. Each transport is handed what it wants to see, and its answer is written as the client reads it.

import { errorResponse } from "./wire.ts";

/** What the client reads: both, only one of the two, or none of them. */
export type Reads = "both" | "json" | "events" | "none";

const JSON_TYPE = "application/json";
const EVENTS_TYPE = "text/event-stream";
/** What a transport is told instead of the client's own header. */
export const ACCEPT_BOTH = `${JSON_TYPE}, ${EVENTS_TYPE}`;

interface MediaRange {
  readonly type: string;
  readonly accepted: boolean;
}

export function readsOf(accept: string | null): Reads {
  // No header accepts everything; so does an empty one, which clients send that mean none.
  const ranges = accept === null || accept.trim() === "" ? [{ type: "*/*", accepted: true }] : rangesOf(accept);
  const json = accepts(ranges, [JSON_TYPE, "application/*", "*/*"]);
  const events = accepts(ranges, [EVENTS_TYPE, "text/*", "*/*"]);
  // Who accepts everything gets the plainer one: a client that reads events says so.
  const named = accepts(ranges, [EVENTS_TYPE, "text/*"]);
  if (json) return events && named ? "both" : "json";
  return events ? "events" : "none";
}

function rangesOf(accept: string): readonly MediaRange[] {
  return accept.split(",").flatMap((part) => {
    const [type = "", ...parameters] = part.split(";").map((word) => word.trim().toLowerCase());
    const weight = parameters.find((parameter) => /^q\s*=/.test(parameter));
    // A weight that is no number says nothing.
    const refused = weight !== undefined && /^q\s*=\s*0(\.0*)?$/.test(weight);
    return type === "" ? [] : [{ type: type === "*" ? "*/*" : type, accepted: !refused }];
  });
}

/** The most specific range decides; of two that are alike, the one that accepts. */
function accepts(ranges: readonly MediaRange[], fromSpecific: readonly string[]): boolean {
  const deciding = fromSpecific.find((type) => ranges.some((range) => range.type === type));
  return ranges.some(({ type, accepted }) => type === deciding && accepted);
}

/** A transport's answer in a type that the client reads. Errors are JSON in any case, as is what has no body. */
export async function answerAs(reads: Reads, answer: Response): Promise<Response> {
  const type = answer.headers.get("content-type") ?? "";
  if (reads === "json" && type.startsWith(EVENTS_TYPE)) return fromEvents(answer);
  if (reads === "events" && answer.status === 200 && type.startsWith(JSON_TYPE)) {
    return dressed(answer, `event: message\ndata: ${await answer.text()}\n\n`, EVENTS_TYPE);
  }
  return answer;
}

/** The one message that ends a stream of events. What came before it (progress) has no place in a single answer. */
async function fromEvents(answer: Response): Promise<Response> {
  const events = (await answer.text()).split(/\r?\n\r?\n/);
  const data = events.map((event) =>
    event
      .split(/\r?\n/)
      .filter((line) => line.startsWith("data:"))
      .map((line) => line.slice(5).trimStart())
      .join("\n"),
  );
  const last = data.findLast((text) => text !== "");
  if (last === undefined) return errorResponse(500, -32603, "The answer was lost.", undefined);
  return dressed(answer, last, JSON_TYPE);
}

function dressed({ status, headers: given }: Response, body: string, type: string): Response {
  const headers = new Headers(given);
  headers.set("content-type", type);
  headers.delete("content-length");
  return new Response(body, { status, headers });
}
