// An operator token, made as `npm run guard` makes it: its hash, end and purpose are written into D1.

import { hashToken, OPERATOR_TOKEN_MS } from "../../../src/bridge/operator/operator-token.ts";
import { bindings } from "./worker.ts";

export async function makeOperatorToken(may = "read", expires = Date.now() + OPERATOR_TOKEN_MS): Promise<string> {
  const operatorToken = `dbop_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "")}`;
  await bindings.CONTROL.prepare("INSERT INTO operator_pass (hash, expires, may) VALUES (?, ?, ?)")
    .bind(await hashToken(operatorToken), expires, may)
    .run();
  return operatorToken;
}
