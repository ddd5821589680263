import { expect, test } from "vitest";
import {
  checkHead,
  checkSeal,
  createSeal,
  decryptCookie,
  encryptCookie,
  randomToken,
  sameText,
  signHead,
} from "../../../src/bridge/seal.ts";

const secrets = { secret: "a-secret-".repeat(4), previousSecret: undefined };

test("what a browser keeps for us opens for its own purpose alone, through one rotation, and unaltered", async () => {
  const sealed = await encryptCookie(secrets, "browser-session", "who it is");
  expect(await decryptCookie(secrets, "browser-session", sealed)).toBe("who it is");
  expect(await decryptCookie(secrets, "browser-sign-in", sealed)).toBeUndefined();
  const rotated = { secret: "b-secret-".repeat(4), previousSecret: secrets.secret };
  expect(await decryptCookie(rotated, "browser-session", sealed)).toBe("who it is");
  expect(await decryptCookie({ ...rotated, previousSecret: undefined }, "browser-session", sealed)).toBeUndefined();
  const altered = `${sealed.slice(0, -3)}${sealed.at(-3) === "A" ? "B" : "A"}${sealed.slice(-2)}`;
  for (const odd of [altered, `${sealed}.x`, sealed.replace(".", ""), "", "."]) {
    expect(await decryptCookie(secrets, "browser-session", odd)).toBeUndefined();
  }
});

test("a form's token is no pass and no session's seal", async () => {
  const parts = ["id", "deed"];
  const seals = await Promise.all(
    (["form", "pass", "session", "notify"] as const).map((p) => createSeal(secrets, p, parts)),
  );
  expect(new Set(seals).size).toBe(4);
});

test("a seal has one spelling: letters that decode to the same bytes, padding and white space are another text", async () => {
  const seal = await createSeal(secrets, "session", ["id"]);
  const check = (text: string) => checkSeal(secrets, "session", ["id"], text);
  expect(await check(seal)).toBe(true);
  // The last of 43 letters carries four bits of its six.
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = letters.indexOf(seal.at(-1) ?? "");
  const twins = [1, 2, 3].map((bits) => seal.slice(0, -1) + letters[last ^ bits]);
  for (const twin of [...twins, `${seal}=`, ` ${seal}`, `${seal}\n`])
    expect([twin, await check(twin)]).toEqual([twin, false]);
});

test("texts are the same or not, whatever their length; tokens are 256 random bits", async () => {
  expect([
    await sameText("a", "a"),
    await sameText("a", "b"),
    await sameText("a", "ab"),
    await sameText("", ""),
  ]).toEqual([true, false, false, true]);
  expect(randomToken()).toMatch(/^[\w-]{43}$/);
});

test("a head that this bridge signed is told from any other", async () => {
  const signature = await signHead("k".repeat(40), "head");
  expect(await checkHead("k".repeat(40), "head", signature)).toBe(true);
  expect(await checkHead("k".repeat(40), "another", signature)).toBe(false);
  expect(await checkHead("j".repeat(40), "head", signature)).toBe(false);
});
