// What tests in workerd need from Node: the D1 migrations, and a GitHub to sign in with.

import { readD1Migrations } from "@cloudflare/vitest-plugin";
import type { TestProject } from "vitest/node";
import { startGithub } from "./github-double.ts";

export default async function provide(project: TestProject): Promise<() => void> {
  const { url, server } = await startGithub();
  project.provide("migrations", await readD1Migrations("migrations"));
  project.provide("githubUrl", url);
  return () => void server.close();
}

declare module "vitest" {
  interface ProvidedContext {
    migrations: Awaited<ReturnType<typeof readD1Migrations>>;
    githubUrl: string;
  }
}
