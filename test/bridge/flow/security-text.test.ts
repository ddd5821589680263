import { expect, test } from "vitest";
import { development } from "../../../src/bridge/sign-in/development.ts";
import { loadSettings } from "../support/own-app.ts";
import { ownBridge } from "../support/own-bridge.ts";
import { bindings, journey, ORIGIN } from "../support/worker.ts";

const PATH = `${ORIGIN}/.well-known/security.txt`;

test("security.txt says whom to tell, for a month, when the operator has said so, and is not there otherwise", async () => {
  expect((await journey.fetch(PATH)).status).toBe(404);
  const answer = await ownBridge([development], { SECURITY_CONTACT: "mailto:security@example.com" }).fetch(PATH);
  expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/plain; charset=utf-8"]);
  const fields = new Map(
    (await answer.text())
      .trim()
      .split("\n")
      .map((line) => line.split(": ") as [string, string]),
  );
  expect([...fields.keys()]).toEqual(["Contact", "Expires", "Canonical", "Preferred-Languages"]);
  expect([fields.get("Contact"), fields.get("Canonical")]).toEqual(["mailto:security@example.com", PATH]);
  const days = (Date.parse(fields.get("Expires") ?? "") - Date.now()) / 86_400_000;
  expect([days > 29, days < 32]).toEqual([true, true]);
});

test("a contact that is none is a named problem", () => {
  const problems = (SECURITY_CONTACT: string) => {
    const loaded = loadSettings({ ...bindings, SECURITY_CONTACT });
    return "problems" in loaded ? loaded.problems.map(({ setting }) => setting) : [];
  };
  for (const fine of ["", "mailto:a.b+c@example.com", "https://example.com/report"]) expect(problems(fine)).toEqual([]);
  for (const odd of [
    "security@example.com",
    "http://example.com",
    "mailto:x",
    "https://example.com/a\nContact: b",
    "tel:1",
  ])
    expect([odd, problems(odd)]).toEqual([odd, ["SECURITY_CONTACT"]]);
});
