// Reads the D1 migrations in Node, so that tests in workerd can apply them.

import { readD1Migrations } from "@cloudflare/vitest-plugin";
import type { TestProject } from "vitest/node";

export default async function provideMigrations(project: TestProject): Promise<void> {
  project.provide("migrations", await readD1Migrations("migrations"));
}

declare module "vitest" {
  interface ProvidedContext {
    migrations: Awaited<ReturnType<typeof readD1Migrations>>;
  }
}
