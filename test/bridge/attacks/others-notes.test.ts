// A user who knows the id of somebody else's note: their own yes is worth nothing for it, and the page shows them nothing of it.

import { expect, test } from "vitest";
import { askedIn, ownerOf } from "../support/approvals.ts";
import { openBrowser } from "../support/worker.ts";

test("another's note is neither shown on one's own approval page nor deleted with one's own approval", async () => {
  const [owner, thief] = [await ownerOf(), await ownerOf()];
  const id = askedIn(await thief.erase("stateless", owner.note));
  const browser = openBrowser();
  await browser.signIn(thief.name, `/approvals/${id}`);
  const page = await (await browser.get(`/approvals/${id}`)).text();
  expect(page).toContain("Delete a note that is not there");
  expect(page).not.toContain("Groceries");
  expect(await thief.decide(id)).toBe("approved");
  const answer = await thief.erase("stateless", owner.note);
  expect(answer.result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining("no such note") }] });
  expect([await owner.kept(), await thief.kept()]).toEqual([true, true]);

  const own = askedIn(await thief.erase("stateless"));
  expect(await (await browser.get(`/approvals/${own}`)).text()).toContain("Groceries");
  expect(await thief.decide(own)).toBe("approved");
  await thief.erase("stateless");
  expect([await owner.kept(), await thief.kept()]).toEqual([true, false]);
});
