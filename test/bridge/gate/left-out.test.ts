import { expect, test } from "vitest";
import * as locales from "../../../src/bridge/left-out/locales.ts";
import * as never from "../../../src/bridge/left-out/never.ts";
import { NO_SCHEMAS } from "../../../src/bridge/transports/no-schemas.ts";

test("anyone who comes to a part that was left out of the bundle is told, and nothing is done", () => {
  const { default: compiler, createMimeMessage, newWebSocketRpcSession, RpcTarget, ...rest } = never;
  expect(Object.keys(rest)).toEqual([]);
  for (const part of [compiler, createMimeMessage, newWebSocketRpcSession]) expect(part).toThrow("left out");
  expect(() => new RpcTarget()).toThrow("left out");
  expect(() => Reflect.construct(compiler, [])).toThrow("left out");
  expect(() => NO_SCHEMAS.getValidator()).toThrow("no JSON Schema");
  expect(locales.en().localeError).toBeTypeOf("function");
});
