// Under which names a deployment can be reached: a bridge on a domain of its own leaves no second door at workers.dev, and a preview
// of other code must never stand beside the storage of this one. Pure.

import type { Problem } from "../src/bridge/settings.ts";

export interface Names {
  readonly workers_dev?: boolean | undefined;
  readonly preview_urls?: boolean | undefined;
  /** PUBLIC_URL, when it is set. */
  readonly publicUrl: string | undefined;
}

export function checkNames({ workers_dev, preview_urls, publicUrl }: Names): readonly Problem[] {
  const problems: Problem[] = [];
  if (preview_urls !== false) {
    const problem = "is not false: previews of other code would run on this bridge's storage and secrets";
    problems.push({ setting: "preview_urls", problem, fix: "set it to false in wrangler.toml" });
  }
  const ownDomain = publicUrl !== undefined && URL.canParse(publicUrl) && !isWorkersDev(new URL(publicUrl).hostname);
  if (ownDomain && workers_dev !== false) {
    const problem = "is not false, although PUBLIC_URL is a domain of your own";
    problems.push({ setting: "workers_dev", problem, fix: "set it to false in wrangler.toml" });
  }
  return problems;
}

function isWorkersDev(hostname: string): boolean {
  return hostname.endsWith(".workers.dev");
}
