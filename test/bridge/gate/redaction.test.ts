// The scanner, for every kind of credential, wherever it stands, and with letters inside that nobody sees.

import fc from "fast-check";
import { expect, test } from "vitest";
import { REDACTED, redact } from "../../../src/bridge/text/redact.ts";

const from = (alphabet: string, least: number, most = least) =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: least, maxLength: most });
const HEX = "0123456789abcdef";
const WORD = "ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz0123456789";
const URLSAFE = `${WORD}-_`;

const prefixed = (prefix: string, rest: fc.Arbitrary<string>) => rest.map((tail) => prefix + tail);
const jose = (...parts: fc.Arbitrary<string>[]) =>
  fc.tuple(...parts).map((rest) => ["eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0", ...rest].join("."));
const pem = (open: string, close: string, between: string) =>
  from(`${WORD}+/`, 64, 600).map((body) => [open, ...(body.match(/.{1,64}/g) ?? []), close].join(between));

/** Everything after the prefix is what may not be left. */
const SECRETS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  "operator's token of ours": prefixed("dbop_", from(URLSAFE, 43)),
  "token of ours": fc.tuple(from(URLSAFE, 22), from(WORD, 16), from(WORD, 32)).map((p) => `dbr1_${p.join(":")}`),
  "JWE with a key": jose(from(WORD, 40), from(WORD, 16), from(WORD, 40, 80), from(WORD, 22)),
  "JWE without one": jose(fc.constant(""), from(WORD, 16), from(WORD, 40, 80), from(WORD, 22)),
  JWS: jose(from(WORD, 20, 60), from(WORD, 43)),
  "JWS, detached": jose(fc.constant(""), from(WORD, 43)),
  AWS: prefixed("AKIA", from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)),
  "AWS secret": prefixed("aws_secret_access_key = 7", from(`${WORD}+/`, 39)),
  Azure: prefixed("AccountName=x;AccountKey=7", from(`${WORD}+/`, 85)).map((key) => `${key}==`),
  "OAuth secret": prefixed('"client_secret": "7', from(URLSAFE, 32)),
  "Google OAuth": prefixed("GOCSPX-", from(WORD, 28)),
  "GitHub app": prefixed("ghs_", from(WORD, 36)),
  "GitLab runner": prefixed("glrt-", from(WORD, 20)),
  "GitLab deploy": prefixed("gldt-", from(WORD, 20)),
  "Slack refresh": prefixed("xoxe-1-", from(WORD, 40)),
  "Slack webhook": prefixed("https://hooks.slack.com/services/T00000000/B00000000/", from(WORD, 24)),
  "Stripe webhook": prefixed("whsec_", from(WORD, 32)),
  DigitalOcean: prefixed("dop_v1_", from(HEX, 64)),
  Shopify: prefixed("shpat_", from(HEX, 32)),
  Vault: prefixed("hvs.", from(WORD, 90)),
  Databricks: prefixed("dapi", from(HEX, 32)),
  Docker: prefixed("dckr_pat_", from(WORD, 27)),
  Grafana: prefixed("glsa_", from(WORD, 32)),
  Groq: prefixed("gsk_", from(WORD, 52)),
  Linear: prefixed("lin_api_", from(WORD, 40)),
  Telegram: prefixed("110201543:", from(WORD, 35)),
  age: prefixed("AGE-SECRET-KEY-1", from("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)),
  JWK: prefixed('{"kty":"OKP","crv":"Ed25519","d":"', from(URLSAFE, 43)),
  "JWK in JSON": prefixed('{\\"kty\\":\\"oct\\",\\"k\\":\\"', from(URLSAFE, 43)),
  "HTTP basic": prefixed("Basic 7", from(WORD, 40)),
  PKCS8: pem("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "\n"),
  OpenSSH: pem("-----BEGIN OPENSSH PRIVATE KEY-----", "-----END OPENSSH PRIVATE KEY-----", "\\n"),
  "quoted key": pem("> -----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----", "\n> "),
  "key as a list": pem('["-----BEGIN EC PRIVATE KEY-----', "-----END EC PRIVATE KEY-----", '",\n "'),
  "small letters": pem("-----begin private key-----", "-----end private key-----", "\n"),
  "SSH2 key": pem("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----", "---- END SSH2 ENCRYPTED PRIVATE KEY ----", "\n"),
  PuTTY: pem("Private-Lines: 8", "Private-MAC", "\n"),
};

/** The end of every part that is secret: of a token each part, and of what stands in lines each line. */
function endsOf(kind: string, plain: string): readonly string[] {
  const parts = /^JW[ES]|token/.test(kind) ? plain.split(/[.:]/).slice(1) : [];
  const [line = plain] = plain.match(/[A-Za-z0-9+/]{30,}/) ?? [plain.slice(-16)];
  return [line, ...parts.filter((part) => part.length >= 12)].map((part) => part.slice(-12));
}

const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}\u2800]/gu;
/** Of every kind that prints nothing. */
const unseen = fc.constantFrom(
  ..."\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u061c\u115f\u17b4\u180e\u202e\u2066\u3164\uffa0\ufe0f\u2800\u0001\u007f\u0301",
  "\u{e0041}",
  "\u{e0100}",
  "\u{1d173}",
);
const around = fc.constantFrom("%", "token=%&x", "key: %\nnext", "https://x.test/?a=%", "(%)", "`%`", "über %!", "❤️ %");

/** Nothing, or something unseen after every so many letters. */
const salted = (secret: string) =>
  fc.option(fc.tuple(unseen, fc.integer({ min: 1, max: 12 })), { nil: undefined }).map((salt) => {
    if (salt === undefined) return secret;
    const [grain, every] = salt;
    return [...secret].map((char, at) => (at % every === every - 1 ? char + grain : char)).join("");
  });

test("every kind of credential is taken out, wherever it stands and whatever unseen letters are in it", () => {
  for (const [kind, secret] of Object.entries(SECRETS)) {
    const placed = secret.chain((plain) => fc.tuple(fc.constant(plain), salted(plain), around));
    fc.assert(
      fc.property(placed, ([plain, written, frame]) => {
        const left = redact(frame.replace("%", () => written));
        const read = left.replace(INVISIBLE, "").normalize("NFD").replace(/\p{M}/gu, "");
        expect([kind, left, endsOf(kind, plain).filter((end) => read.includes(end))]).toEqual([kind, left, []]);
        expect(left).toContain(REDACTED);
        expect(redact(left)).toBe(left);
      }),
      { numRuns: 60 },
    );
  }
});

test("wide and styled letters are read as plain ones", () => {
  const wide = [..."AKIAIOSFODNN7EXAMPLE"].map((c) => String.fromCodePoint((c.codePointAt(0) ?? 0) + 0xfee0)).join("");
  expect(redact(`key ${wide}.`)).toBe("key (drawbridge:redacted).");
});

test("what is no credential stays letter for letter, unseen letters and all", () => {
  const honest = [
    "fam\u200bily 👩‍👩‍👧, ❤️, שָׁלוֹם, क्षि, a\u00adb, dbop_short, hvs.short, gsk_no, eyJ.b.c.d.e",
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n-----END PUBLIC KEY-----",
    '{"kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"short"}',
    "basic knowledge of internationalization-questions, client_secret: see the-handbook-for-operators",
    "the sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08, 2026-07-28T10:00:00.000Z",
  ];
  for (const text of honest) expect(redact(text)).toBe(text);
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 15 }), (text) => {
      expect(redact(text)).toBe(text);
    }),
  );
});

test("a long text is read once, whatever it repeats: going back over it would take minutes", {
  timeout: 60_000,
}, () => {
  const bricks = [
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN PRIVATE KEY-----\\n",
    "-----BEGIN A PRIVATE KEY-----Comment: a",
    "Private-Lines: 1 ",
    '"d":"',
    "client_secret=",
    "api_key:",
    "eyJhbGciOiJ.",
    "dbr1_",
    "a.",
    "Bearer ",
    "\u200b",
    "ａ",
    "----",
  ];
  for (const brick of bricks) redact(brick.repeat(4_000_000 / brick.length));
});

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const KEYS = fc.constantFrom(
  "client_secret=",
  '"api_key": "',
  "ACCESS_TOKEN: ",
  "refreshToken => ",
  "AccountKey=",
  "password: ",
);
const HEADERS = fc.constantFrom(
  "Bearer ",
  "Authorization: Bearer ",
  "authorization: basic ",
  '"Authorization":"Bearer ',
  "Basic ",
);

test("a secret that has no digit is taken out under the name of a key and in a header", () => {
  const letters = fc.oneof(from(LETTERS, 20, 64), from(`${LETTERS}-_`, 32, 64), from(`${LETTERS}+/`, 32, 64));
  const small = from("abcdefghijklmnopqrstuvwxyz", 20, 64);
  fc.assert(
    fc.property(fc.oneof(fc.tuple(fc.oneof(KEYS, HEADERS), letters), fc.tuple(KEYS, small)), ([before, secret]) => {
      // One that begins or ends with what is no letter may keep that.
      const [core = ""] = secret.match(/[A-Za-z]{6,}/) ?? [];
      const left = redact(`x ${before}${secret}\nnext`);
      expect([before, secret, left]).toEqual([before, secret, expect.stringContaining(REDACTED)]);
      if (core !== "") expect(left).not.toContain(core);
    }),
    { numRuns: 3_000 },
  );
});

const WORDS =
  "access account address authorization bearer basic between calendar certificate connection credentials development document environment expiration handbook however information installation knowledge management operators organization password permission production questions refresh registration repository responsibilities secretariat security service settings should something telecommunications therefore together understanding verification whatever without yesterday".split(
    " ",
  );

test("prose about secrets stays, word for word", () => {
  const word = fc.constantFrom(...WORDS);
  const compound = fc
    .tuple(fc.array(word, { minLength: 2, maxLength: 5 }), fc.constantFrom("-", "_", ".", "/"))
    .map(([parts, joint]) => parts.join(joint));
  const long = fc.constantFrom(
    "internationalization",
    "responsibilities",
    "telecommunications",
    "counterrevolutionaries",
    "incomprehensibilities",
  );
  const sentences = fc.oneof(
    fc.tuple(fc.constantFrom("bearer ", "basic ", "Bearer "), fc.oneof(long, compound)),
    fc.tuple(fc.constantFrom("client_secret: ", "api_key = ", "the access_token: ", "password: "), compound),
    fc.tuple(
      fc.constantFrom("client_secret: ", "api key: ", "bearer of ", "basic "),
      fc.array(word, { maxLength: 8 }).map((all) => all.join(" ")),
    ),
  );
  fc.assert(
    fc.property(sentences, ([before, after]) => {
      const text = `A ${before}${after}, and so on`;
      expect(redact(text)).toBe(text);
    }),
    { numRuns: 3_000 },
  );
});
