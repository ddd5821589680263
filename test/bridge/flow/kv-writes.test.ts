// What a grant writes to KV. A free plan of Cloudflare has a thousand writes a day; docs/limits.md says how far they go.

import { expect, test, vi } from "vitest";
import { bindings, journey } from "../support/worker.ts";

test("a new client costs six writes to KV, a consent page one of them, a refresh two, an operation none", async () => {
  const put = vi.spyOn(bindings.OAUTH_KV, "put");
  const writes = async <T>(work: () => Promise<T>): Promise<readonly [T, number]> => {
    const before = put.mock.calls.length;
    return [await work(), put.mock.calls.length - before];
  };
  const [client, registered] = await writes(() => journey.register());
  const [, shown] = await writes(() => journey.openConsent(client, {}));
  const [{ tokens }, connected] = await writes(() => journey.connect({ name: "ada", client }));
  const [refreshed, renewed] = await writes(() => journey.refresh(client, tokens.refresh_token));
  const whoami = { name: "whoami", arguments: {} };
  const [called, ran] = await writes(() => journey.modern(tokens.access_token, "tools/call", whoami));
  expect([refreshed.status, called.status]).toEqual([200, 200]);
  expect({ connected: registered + connected, shown, renewed, ran }).toEqual({
    connected: 6,
    shown: 1,
    renewed: 2,
    ran: 0,
  });
});
