// An operator's pass, made as `npm run guard` makes it: its hash, end and purpose are written into D1.

import { hashPass, PASS_MS } from "../../../src/bridge/operator/pass.ts";
import { bindings } from "./worker.ts";

export async function makePass(may = "read", expires = Date.now() + PASS_MS): Promise<string> {
  const pass = `dbop_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "")}`;
  await bindings.CONTROL.prepare("INSERT INTO operator_pass (hash, expires, may) VALUES (?, ?, ?)")
    .bind(await hashPass(pass), expires, may)
    .run();
  return pass;
}
