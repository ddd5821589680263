// Yours: what `npm start` runs, which is the production Worker with development sign-in. Never deployed; it refuses any host but
// loopback.

import { app } from "./app.ts";
import {
  archive,
  consolePages,
  createBridge,
  development,
  github,
  oidc,
  operatorApi,
  session,
  stateless,
} from "./bridge/worker.ts";

const bridge = createBridge(app, {
  signIns: [development, github, oidc],
  transports: [session, stateless],
  parts: [consolePages, operatorApi, archive],
});

export const { Ledger, McpSession } = bridge;
export default bridge.worker;
