// What tests in workerd need from Node: a GitHub to sign in with. (The D1 migrations come from vitest.config.ts.)

import type { D1Migration } from "cloudflare:test";
import type { TestProject } from "vitest/node";
import { startGithub } from "./github-double.ts";

export default async function provide(project: TestProject): Promise<() => void> {
  const { url, server } = await startGithub();
  project.provide("githubUrl", url);
  return () => void server.close();
}

declare module "vitest" {
  interface ProvidedContext {
    migrations: D1Migration[];
    githubUrl: string;
  }
}
