// One bridge for all client tests that need no bridge of their own. They share it as strangers do: each brings its own user.

import type { TestProject } from "vitest/node";
import { startBridge } from "./bridge-process.ts";

export default async function shareBridge(project: TestProject): Promise<() => Promise<void>> {
  const bridge = await startBridge();
  project.provide("bridge", bridge.origin);
  return async () => {
    await bridge.stop();
    const failures = bridge
      .output()
      .split("\n")
      .filter((line) => line.includes('"at":"failure"'));
    if (failures.length > 0) throw new Error(`the bridge logged failures:\n${failures.join("\n")}`);
  };
}

declare module "vitest" {
  interface ProvidedContext {
    /** The origin of the shared bridge. */
    bridge: string;
  }
}
