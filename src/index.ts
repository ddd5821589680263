// Yours: the production Worker. What is not named here is not in it.

import { app } from "./app.ts";
import { archive, consolePages, createBridge, github, oidc, operatorApi, session, stateless } from "./bridge/worker.ts";

const bridge = createBridge(app, {
  signIns: [github, oidc],
  transports: [session, stateless],
  parts: [consolePages, operatorApi, archive],
});

export const { Ledger, McpSession } = bridge;
export default bridge.worker;
