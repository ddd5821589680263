import { expect, test } from "vitest";
import { examineName, mixesAlphabets } from "../../../src/bridge/oauth/names.ts";

const examine = (name: string, host = "127.0.0.1", domain?: string) => examineName(name, host, domain);

test("K5: ordinary names in one alphabet say nothing against themselves", () => {
  for (const name of ["My notes", "Zürich Café 2", "Мои заметки", "私のノート app", "メモ帳 Pro", "ملاحظات", "הערות"]) {
    expect([name, examine(name).warnings, [...examine(name).suspects]]).toEqual([name, [], []]);
  }
});

test("K5: mixed alphabets, look-alikes, hidden characters, code, links and length are each named", () => {
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

test("C10: the name of a well-known product is labelled, unless the host or the verified domain is its own", () => {
  expect(examine("Claude").warnings).toEqual([expect.stringContaining("well-known product")]);
  expect(examine("Claude", "claude.ai").warnings).toEqual([]);
  expect(examine("Claude", "127.0.0.1", "claude.ai").warnings).toEqual([]);
  expect(examine("\u0421laude", "claude.ai").warnings).not.toEqual([]);
});

test("a host in disguise is labelled", () => {
  expect(examine("Notes", "xn--80ak6aa92e.com").warnings).toEqual([expect.stringContaining("xn--")]);
  expect(examine("Notes", "127.0.0.1", "app.xn--80ak6aa92e.com").warnings).toEqual([expect.stringContaining("xn--")]);
});

test("CJK beside Latin is how people write; Cyrillic or Greek beside Latin is not", () => {
  expect([mixesAlphabets("日本語 notes"), mixesAlphabets("Νotes"), mixesAlphabets("Notеs")]).toEqual([
    false,
    true,
    true,
  ]);
});
