// What a test of a real client saw, as a row of docs/clients.md. A row is put down last, when everything in it has been asserted.

import type { TestContext } from "vitest";

export interface ClientRow {
  /** As its users know it, with the setting that matters. */
  readonly client: string;
  /** The package whose version was driven. */
  readonly package: string;
  /** The protocol version that was spoken. */
  readonly version: string;
  /** What the first list showed. */
  readonly tools: Readonly<Record<string, "open" | "locked">>;
  /** What happened to a write that the token did not cover. */
  readonly refused: string;
  /** How many consent pages its user saw until the write was done. */
  readonly consents: number;
}

declare module "vitest" {
  interface TaskMeta {
    client?: ClientRow;
  }
}

export function putDown({ task }: TestContext, row: ClientRow): void {
  task.meta.client = row;
}
