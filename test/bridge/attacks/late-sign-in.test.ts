// A sign-in to the bridge's own pages that takes too long, by a browser that keeps its cookies for ever.

import { expect, test, vi } from "vitest";
import { openBrowser } from "../support/worker.ts";

test("a sign-in to a page is over after ten minutes, whatever the browser still sends", async () => {
  const back = async (minutes: number) => {
    const browser = openBrowser();
    const state = (await browser.towards("/console")).searchParams.get("state") ?? "";
    const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + minutes * 60_000);
    const answer = await browser.get(`/sign-in/development/callback?${new URLSearchParams({ state, name: "kim" })}`);
    clock.mockRestore();
    return answer.status;
  };
  expect([await back(9), await back(11)]).toEqual([303, 400]);
});
