// What tests in workerd need from Node: providers to sign in with. (The D1 migrations come from vitest.config.ts.)

import type { D1Migration } from "cloudflare:test";
import type { TestProject } from "vitest/node";
import { startGithub } from "./github-double.ts";
import { startOidc } from "./oidc-double.ts";

export default async function provide(project: TestProject): Promise<() => void> {
  const github = await startGithub();
  const oidc = await startOidc();
  project.provide("githubUrl", github.url);
  project.provide("oidcUrl", oidc.url);
  return () => {
    github.server.close();
    oidc.server.close();
  };
}

declare module "vitest" {
  interface ProvidedContext {
    migrations: D1Migration[];
    /** docs/threat-model.md: test/attacks/plain.test.ts holds its table to what it saw. */
    threatModel: string;
    githubUrl: string;
    oidcUrl: string;
  }
}
