// Bridges over the fixture, with everything it has and other ways to sign in.

import type { SignIn } from "../../../src/bridge/request/sign-in.ts";
import {
  archive,
  consolePages,
  createBridge as create,
  operatorApi,
  session,
  stateless,
} from "../../../src/bridge/worker.ts";
import { app } from "../fixture/app.ts";

export function createBridge(signIns: readonly SignIn[]) {
  return create(app, { signIns, transports: [session, stateless], parts: [consolePages, operatorApi, archive] }).worker;
}
