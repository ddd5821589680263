import { expect, test } from "vitest";
import { decryptArguments, encryptArguments, randomId } from "../../../src/bridge/seal.ts";

const secrets = { secret: "a-secret-".repeat(4), previousSecret: undefined };
const of = { subject: "dbr1_AAAAAAAAAAAAAAAAAAAAAA", tool: "delete_note" };

test("the arguments of a waiting call open for their user and tool alone, through one rotation, and unaltered", async () => {
  const args = { id: "6b4e2c1a", text: "ünï “quoted”" };
  const sealed = await encryptArguments(secrets, of, args);
  expect(sealed).not.toContain("6b4e2c1a");
  expect(await encryptArguments(secrets, of, args)).not.toBe(sealed);
  expect(await decryptArguments(secrets, of, sealed)).toEqual(args);
  const rotated = { secret: "b-secret-".repeat(4), previousSecret: secrets.secret };
  expect(await decryptArguments(rotated, of, sealed)).toEqual(args);

  const altered = `${sealed.slice(0, -2)}${sealed.endsWith("A") ? "BB" : "AA"}`;
  const attempts = await Promise.allSettled([
    decryptArguments({ ...rotated, previousSecret: undefined }, of, sealed),
    decryptArguments(secrets, { ...of, subject: "dbr1_BBBBBBBBBBBBBBBBBBBBBB" }, sealed),
    decryptArguments(secrets, { ...of, tool: "write_note" }, sealed),
    decryptArguments(secrets, of, altered),
    decryptArguments(secrets, of, "nothing"),
  ]);
  expect(attempts.map(({ status }) => status)).toEqual(attempts.map(() => "rejected"));
});

test("an approval's name is 128 random bits, fit for a URL", () => {
  const ids = Array.from({ length: 100 }, randomId);
  expect(new Set(ids).size).toBe(100);
  for (const id of ids) expect(id).toMatch(/^[\w-]{22}$/);
});
