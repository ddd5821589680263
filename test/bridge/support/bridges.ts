// Bridges over the fixture, with everything it has and other ways to sign in.

import type { Bindings } from "../../../src/bridge/request/bindings.ts";
import type { SignIn } from "../../../src/bridge/request/sign-in.ts";
import {
  archive,
  consolePages,
  createBridge as create,
  github,
  oidc,
  operatorApi,
  session,
  stateless,
} from "../../../src/bridge/worker.ts";
import { app } from "../fixture/app.ts";

export function createBridge(signIns: readonly SignIn[]) {
  const parts = [consolePages, operatorApi, archive];
  const { worker } = create(app, { signIns, transports: [session, stateless], parts });
  const leftOut = [github, oidc].filter(({ name }) => !signIns.some((signIn) => signIn.name === name));
  const foreign = leftOut.flatMap(({ settings }) => Object.keys(settings?.settings ?? {}));
  const known = new WeakMap<Bindings, Bindings>();
  /** As an adopter would: with a way to sign in, its settings go. */
  const without = (env: Bindings) => {
    const made =
      known.get(env) ?? (Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.includes(name))) as never);
    known.set(env, made);
    return made;
  };
  return {
    fetch: (request, env, ctx) => worker.fetch(request, without(env), ctx),
    scheduled: (event, env) => worker.scheduled(event, without(env)),
  } satisfies ExportedHandler<Bindings>;
}
