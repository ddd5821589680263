// What got past the scanner or the cleaner once, each in the form in which it did.

import { expect, test } from "vitest";
import { outputLeaving, wordsLeaving } from "../../../src/bridge/text/leaving.ts";
import { redact } from "../../../src/bridge/text/redact.ts";
import { clean } from "../../../src/bridge/text/untrusted.ts";

const BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7";

test("a code or token of ours is taken out as it stands in an address, too", () => {
  const [subject, grant, secret] = [`dbr1_${"a".repeat(22)}`, "grant-01", "s3cret".repeat(5)];
  expect(redact([subject, grant, secret].join(":"))).toBe("(drawbridge:redacted)");
  const { search } = new URL(`http://127.0.0.1/?${new URLSearchParams({ code: [subject, grant, secret].join(":") })}`);
  expect(search).toContain("%3A");
  expect(redact(`http://127.0.0.1/callback${search}&state=x`)).toBe(
    "http://127.0.0.1/callback?code=(drawbridge:redacted)&state=x",
  );
  expect(redact([subject, grant, secret].join("%3a"))).toBe("(drawbridge:redacted)");
  for (const honest of [`${subject}%3A${grant}`, "time=10%3A00%3A00.000000Z", "urn%3Aexample%3Athing%3Aand-more"]) {
    expect(redact(honest)).toBe(honest);
  }
});

test("a private key goes with its header lines, and its body is not left behind them", () => {
  const encrypted = ["Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,0A1B2C3D4E5F60718293A4B5C6D7E8F9", "", BODY];
  const pgp = ["Version: GnuPG v2.0.22 (GNU/Linux)", "Comment: https://gpgtools.org", "", BODY, "=njUN"];
  for (const [kind, lines] of [
    ["RSA PRIVATE KEY", encrypted],
    ["PGP PRIVATE KEY BLOCK", pgp],
  ] as const) {
    const whole = [`-----BEGIN ${kind}-----`, ...lines, `-----END ${kind}-----`];
    for (const end of ["\n", "\r\n", "\\n", "\\r\\n"]) {
      const left = redact(`my key: ${whole.join(end)}`);
      expect([kind, left.includes(BODY)]).toEqual([kind, false]);
      expect(left).toMatch(/^my key: \(drawbridge:redacted\)/);
    }
  }
  const prose = "-----BEGIN PRIVATE KEY-----\nNote: this is how one begins. It has more lines.";
  expect(redact(prose)).toContain("It has more lines.");
});

test("signs that print nothing although they are letters or symbols are hidden too", () => {
  for (const blank of [0x1d159, 0x13441, 0x13442, 0x16fe4, 0xfffc]) {
    const char = String.fromCodePoint(blank);
    expect([blank.toString(16), clean(`de${char}lete`)]).toEqual([blank.toString(16), "delete"]);
  }
});

test("a credential leaves in no result and no words, of whomever, also where an escape of a terminal hides it", () => {
  const token = `ghp_${"a1B2".repeat(9)}`;
  const hidden = `${token.slice(0, 8)}\u001b[0m${token.slice(8)}`;
  const left = [
    outputLeaving({ text: token, in: [{ deep: token }] }, [], "b").text,
    outputLeaving({ text: hidden }, ["a page"], "b").text,
    wordsLeaving(token, []),
    wordsLeaving(hidden, ["a page"]),
  ];
  for (const text of left) {
    expect(text).toContain("(drawbridge:redacted)");
    expect(text).not.toContain(token.slice(8));
  }
});
