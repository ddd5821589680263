// What tests in workerd need from Node: providers to sign in with, and a webhook. (The D1 migrations come from vitest.config.ts.)

import type { D1Migration } from "cloudflare:test";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestProject } from "vitest/node";
import { startGithub } from "./github-double.ts";
import { startOidc } from "./oidc-double.ts";

export default async function provide(project: TestProject): Promise<() => void> {
  const github = await startGithub();
  const oidc = await startOidc();
  const saying = await startOidc({ claims_supported: ["sub", "auth_time"] });
  project.provide("githubUrl", github.url);
  project.provide("oidcUrl", oidc.url);
  project.provide("sayingUrl", saying.url);
  const notices = createServer((_, response) => response.writeHead(204).end());
  await once(notices.listen(0, "127.0.0.1"), "listening");
  project.provide("noticesUrl", `http://127.0.0.1:${(notices.address() as AddressInfo).port}/notices`);
  return () => {
    for (const server of [github.server, oidc.server, saying.server, notices]) server.close();
  };
}

declare module "vitest" {
  interface ProvidedContext {
    migrations: D1Migration[];
    control: D1Migration[];
    /** Of the app's configuration, by binding. */
    databases: Record<string, D1Migration[]>;
    /** docs/threat-model.md: test/bridge/attacks/plain.test.ts holds its table to what it saw. */
    threatModel: string;
    githubUrl: string;
    oidcUrl: string;
    /** One that claims to say when somebody signed in. */
    sayingUrl: string;
    noticesUrl: string;
  }
}
