// What is said of a client's name, for every way to imitate another, and that honest names of any script are left alone.

import fc from "fast-check";
import data from "unhomoglyph/data.json" with { type: "json" };
import { expect, test } from "vitest";
import { examineName, mixesAlphabets } from "../../../src/bridge/oauth/names.ts";

const examine = (name: string, host = "127.0.0.1", domain = host) =>
  examineName({ name, hosts: [host, domain], brand: "Drawbridge" });

/** Of users who mean nothing by it: joined emoji, flags, points on letters, joiners that a script needs, a product's odd spelling. */
const HONEST = [
  "ملاحظات",
  "הערות",
  "שָׁלוֹם",
  "می‌خواهم",
  "क्‍ष",
  "โน้ต",
  "Σημειώσεις",
  "Notes ❤️ and 👩‍👩‍👧 and 🏴󠁧󠁢󠁥󠁮󠁧󠁿 1️⃣",
  "App הערות",
  "Notes ملاحظات 2",
  "โน้ต app",
  "नोट्स Pro",
  "노트 app의",
  "ChatDeepL 3.5",
  "Ærøskøbing Straße",
  "İstanbul",
  "K8s & C++ / C# v2",
  "O'Reilly’s “reader”",
];

test("ordinary names in one alphabet say nothing against themselves", () => {
  for (const name of ["My notes", "Zürich Café 2", "Мои заметки", "私のノート app", "メモ帳 Pro", ...HONEST]) {
    expect([name, examine(name).warnings, [...examine(name).suspects]]).toEqual([name, [], []]);
  }
});

test("mixed alphabets, look-alikes, hidden characters, code, links and length are each named", () => {
  const cases: readonly (readonly [string, RegExp, readonly string[]])[] = [
    ["\u0421laude", /mixes alphabets/, ["\u0421"]],
    ["\u0421laude", /look-alike letters/, ["\u0421"]],
    ["\u0421\u04CF\u0430\u057D\u0501\u0435", /look-alike letters/, ["\u0430"]],
    ["C1aude", /look-alike letters/, []],
    ["\u{1D402}laude", /look-alike letters/, ["\u{1D402}"]],
    ["Cla\u200Bude", /hidden characters/, []],
    ["Notes \u202Egnp.exe", /hidden characters/, []],
    ["Notes\u{E0041}", /hidden characters/, []],
    ["<img src=x onerror=1>", /code or a link/, []],
    ["see https://evil.test", /code or a link/, []],
    ["a".repeat(65), /longer than/, []],
  ];
  for (const [name, warning, suspects] of cases) {
    const found = examine(name);
    expect([name, found.warnings]).toEqual([name, expect.arrayContaining([expect.stringMatching(warning)])]);
    for (const suspect of suspects) expect(found.suspects).toContain(suspect);
  }
});

test("the name of a well-known product is labelled, unless the host or the verified domain is its own", () => {
  expect(examine("Claude").warnings).toEqual([expect.stringContaining("well-known product")]);
  expect(examine("Claude", "claude.ai").warnings).toEqual([]);
  expect(examine("Claude", "127.0.0.1", "claude.ai").warnings).toEqual([]);
  expect(examine("\u0421laude", "claude.ai").warnings).not.toEqual([]);
});

test("a host in disguise is labelled", () => {
  expect(examine("Notes", "xn--80ak6aa92e.com").warnings).toEqual([expect.stringContaining("xn--")]);
  expect(examine("Notes", "127.0.0.1", "app.xn--80ak6aa92e.com").warnings).toEqual([expect.stringContaining("xn--")]);
});

test("CJK beside Latin is how users write; Cyrillic or Greek beside Latin is not", () => {
  expect([mixesAlphabets("日本語 notes"), mixesAlphabets("Νotes"), mixesAlphabets("Notеs")]).toEqual([
    false,
    true,
    true,
  ]);
});

/** Unicode's own data (UTS #39), read anew: for each plain letter what looks like it. */
const DATA: Readonly<Record<string, string>> = data;
const DATA_BY_LETTER = Map.groupBy(
  Object.entries(DATA).filter(([char]) => [...char].length === 1),
  ([, target]) => target.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase(),
);

function imitationsOf(letter: string): readonly string[] {
  const point = letter.charCodeAt(0) - 0x61;
  const row = (first: number) => String.fromCodePoint(first + point);
  const digits: Readonly<Record<string, string>> = {
    o: "0",
    l: "1I|",
    i: "1l|",
    e: "3℮",
    a: "4@",
    s: "5$",
    b: "8",
    t: "7",
  };
  const small = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡxʏᴢ";
  return [
    ...(DATA_BY_LETTER.get(letter) ?? []).map(([char]) => char),
    ...(digits[letter] ?? ""),
    ...(small[point] === "x" ? [] : [small[point] ?? ""]),
    // Enclosed, parenthesised, negative, regional, wide, mathematical.
    ...[
      0x24b6, 0x24d0, 0x249c, 0x1f110, 0x1f130, 0x1f150, 0x1f170, 0x1f1e6, 0xff21, 0xff41, 0x1d400, 0x1d68a, 0x1d586,
    ].map(row),
    `${letter}\u0301`,
    `${letter}\u0335`,
  ].filter((char) => char !== letter && char !== letter.toUpperCase());
}

const IMITATED = [
  "claude",
  "anthropic",
  "chatgpt",
  "openai",
  "cursor",
  "vscode",
  "cloudflare",
  "perplexity",
  "drawbridge",
];
const imitation = fc.constantFrom(...IMITATED).chain((name) => {
  const letters = [...name].map((letter) =>
    fc.oneof(fc.constant(letter), fc.constant(letter.toUpperCase()), fc.constantFrom(...imitationsOf(letter))),
  );
  const places = fc.tuple(...letters).map((chars) => chars.join(""));
  const between = fc.constantFrom("", "", "", " ", "-", "\u200b", "\u00ad");
  return fc.tuple(places, between, fc.constantFrom("", "my ", "The "), fc.constantFrom("", " app", " 2"));
});

test("every letter that looks like another is read as that one: names of products and of this bridge are labelled", () => {
  for (const name of [
    "CIaude",
    "C1aude",
    "Cl4ude",
    "Claud℮",
    "ᴄʟᴀᴜᴅᴇ",
    "Ⓒⓛⓐⓤⓓⓔ",
    "🅒🅛🅐🅤🅓🅔",
    "🅲🅻🅰🆄🅳🅴",
    "Ｃｌａｕｄｅ",
    "ᏟᏞᎪᏌᎠᎬ",
    "Сlаudе",
    "cІaude",
    "CLΛUDE",
    "ClauԀe",
  ]) {
    expect([name, examine(name).warnings.join()]).toEqual([name, expect.stringMatching(/well-known product/)]);
  }
  for (const name of ["Dr4wbridge", "DRAVVBRIDGE", "Drawbrldge", "Ðrawbridge", "ᴅʀᴀᴡʙʀɪᴅɢᴇ", "Drawbridge"]) {
    expect([name, examine(name).warnings.join()]).toEqual([name, expect.stringMatching(/name of this service/)]);
  }
  fc.assert(
    fc.property(imitation, ([written, between, before, after]) => {
      const name = before + [...written].join(between) + after;
      expect(examine(name, "evil.example").warnings.join()).toMatch(/well-known product|name of this service/);
    }),
    { numRuns: 5_000 },
  );
});

test("what imitates is shown with its number, capitals and digits too", () => {
  const of = (name: string) => [...examine(name).suspects].join("");
  expect([of("CIaude"), of("Cl4ude"), of("Claude"), of("AI 4 you"), of("Нotes")]).toEqual(["I", "4", "", "", "Н"]);
});

test("a name of words that imitate nothing is never called an imitation", () => {
  const word = fc.constantFrom(
    "notes",
    "Memo",
    "mail",
    "Büro",
    "team",
    "Kalender",
    "7",
    "AI",
    "tools",
    "Ärzte",
    "reader",
    "日本",
    "заметки",
  );
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
      expect(examine(words.join(" ")).warnings.join()).not.toMatch(/look-alike|well-known|this service|hidden/);
    }),
  );
});

test("any text at all is examined, and a hidden character never passes unsaid", () => {
  const unseen = fc.constantFrom(
    ..."\u0000\u0007\u200b\u200d\u200e\u202e\u2066\u2069\ufeff\u00ad\u2800\u2028\u180e\u{e0041}\ud800",
  );
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", maxLength: 12 }),
      unseen,
      fc.string({ unit: "grapheme", maxLength: 12 }),
      (one, odd, other) => {
        examine(one);
        expect(examine(`${other}a${odd}b`).warnings.join()).toMatch(/hidden characters/);
      },
    ),
  );
});
