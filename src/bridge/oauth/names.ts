// What a name that proves nothing pretends: hidden characters, mixed alphabets, letters that look like others (UTS #39), the name
// of a well-known product or of this bridge. Anyone may be called anything: these are sentences for pages, never a denial. Pure.

import { charactersOf, LONGEST_NAME } from "../pages/foreign-text.tsx";
import { LOOK_ALIKES } from "./look-alikes.ts";

export interface NameFindings {
  /** Whole sentences. */
  readonly warnings: readonly string[];
  /** Characters to show with their code points. */
  readonly suspects: ReadonlySet<string>;
}

/** Names that users would trust on sight, and the hosts that may bear them without a warning. */
const WELL_KNOWN: readonly (readonly [names: string, hosts: string])[] = [
  ["claude anthropic", "claude.ai claude.com"],
  ["chatgpt openai codex", "chatgpt.com"],
  ["cursor", "cursor.com www.cursor.com"],
  ["visualstudio vscode copilot github microsoft", "vscode.dev insiders.vscode.dev"],
  ["playground cloudflare", "playground.ai.cloudflare.com"],
  ["perplexity", "www.perplexity.ai enterprise.perplexity.ai"],
  ["mistral lechat", "callback.mistral.ai"],
  ["gemini google antigravity", "antigravity.google"],
  ["windsurf raycast", ""],
];

export interface Named {
  readonly name: string;
  /** Where its redirect leads, and the domain of its document where it has one. */
  readonly hosts: readonly string[];
  /** How this bridge is called. */
  readonly brand: string;
}

export function examineName({ name, hosts, brand }: Named): NameFindings {
  const warnings: string[] = [];
  const characters = charactersOf(name);
  const mixed = mixesAlphabets(name);
  const own = pretends(name, [brand]);
  const known = WELL_KNOWN.map(([names, owners]) => ({ owners, how: pretends(name, names.split(" ")) }));
  const disguised = own === "disguised" || known.some(({ how }) => how === "disguised");
  if (characters.some(({ hidden }) => hidden)) {
    warnings.push("The name has hidden characters in it. Each is shown below as its number.");
  }
  if (mixed) warnings.push("The name mixes alphabets. Letters from another one can look just like the usual ones.");
  if (own === "disguised") {
    warnings.push("The name is written with look-alike letters to read like the name of this service.");
  } else if (own === "plain") {
    warnings.push("The name contains the name of this service. Nothing proves that the app belongs to it.");
  }
  if (known.some(({ how }) => how === "disguised")) {
    warnings.push("The name is written with look-alike letters to read like the name of a well-known product.");
  } else if (
    known.some(({ how, owners }) => how === "plain" && !owners.split(" ").some((host) => hosts.includes(host)))
  ) {
    warnings.push("This app uses the name of a well-known product. Nothing proves that it is that product.");
  }
  if (/[<>]|&\w+;|https?:/i.test(name)) warnings.push("The name contains code or a link. It is shown as plain text.");
  if (characters.length > LONGEST_NAME) warnings.push("The name is longer than what is shown of it.");
  if (hosts.some((host) => host.split(".").some((label) => label.startsWith("xn--")))) {
    warnings.push(
      "An address below that starts with xn-- is written in another alphabet and may imitate one you know.",
    );
  }
  const suspect = (char: string) => (mixed && imitates(char) && !/[ -~]/.test(char)) || (disguised && imitates(char));
  return { warnings, suspects: new Set(characters.map(({ text }) => text).filter(suspect)) };
}

/** Scripts that UTS #39 §5.2 lets stand beside Latin; in one word with it they are no honest name either. */
const BESIDE_LATIN =
  "Arabic Hebrew Thai Devanagari Bengali Gujarati Gurmukhi Kannada Khmer Lao Malayalam Myanmar Oriya Sinhala Tamil Telugu Thaana Tibetan Ethiopic";
/** Written together, and with Latin, in one word too. */
const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u;
const SCRIPTS = ["Latin", "Cyrillic", "Greek", ...BESIDE_LATIN.split(" ")].map(
  (script) => [script, new RegExp(`\\p{Script=${script}}`, "u")] as const,
);
const MODERATE: ReadonlySet<string> = new Set([...BESIDE_LATIN.split(" "), "CJK"]);

/** More restrictive than "moderately restrictive": whatever else stands beside Latin is named. */
export function mixesAlphabets(name: string): boolean {
  const all = scriptsOf(name);
  if (all.size > 2 || (all.size === 2 && !all.has("Latin"))) return true;
  if ([...all].some((script) => script !== "Latin" && !MODERATE.has(script))) return all.size > 1;
  return name.split(/[^\p{L}\p{M}\p{N}]+/u).some((word) => {
    const scripts = scriptsOf(word);
    return scripts.size > 1 && !scripts.has("CJK");
  });
}

function scriptsOf(text: string): ReadonlySet<string> {
  const letters = [...text].filter((char) => /[^\P{L}\p{Script=Common}\p{Script=Inherited}]/u.test(char));
  return new Set(
    letters.map((char) =>
      CJK.test(char) ? "CJK" : (SCRIPTS.find(([, script]) => script.test(char))?.[0] ?? "another"),
    ),
  );
}

/** What the data of confusables lacks: letters that are turned, or of another sound and like shape, and signs in their place. */
const MORE: readonly (readonly [string, string])[] = [
  ["a", "ΛλΔɅɐ∀@"],
  ["b", "ßβв฿"],
  ["c", "©"],
  ["e", "əǝɛЄєξΣ€ɘ"],
  ["i", "!¡"],
  ["l", "ℓ£"],
  ["n", "ИиЙйΠπПп"],
  ["r", "ЯяГг®"],
  ["s", "$§"],
  ["t", "†‡"],
  ["u", "µЦцμ"],
  ["w", "ШшЩщωΨ"],
  ["y", "Ψψ"],
];
const READ_AS = new Map(
  [...MORE, ...LOOK_ALIKES].flatMap(([read, chars]) => [...chars].map((char) => [char, read] as const)),
);
/** White letters on black, in a circle or a square, and those of flags: three alphabets in order. */
const ENCLOSED = [0x1f150, 0x1f170, 0x1f1e6];

/** What plain letters a character reads like, in lower case; itself when it reads like none. */
function readAs(char: string): string {
  const point = char.codePointAt(0) ?? 0;
  const start = ENCLOSED.find((first) => point >= first && point < first + 26);
  if (start !== undefined) return String.fromCodePoint(0x61 + point - start);
  return READ_AS.get(char) ?? READ_AS.get(char.toLowerCase()) ?? char.toLowerCase();
}

/** It is no small or large Latin letter, and reads like one. A capital I is one, and reads like an l. */
function imitates(char: string): boolean {
  return !/^[A-HJ-Za-z]/.test(char.normalize("NFD")) && /^[a-z]+$/.test(skeleton(char));
}

/** One letter for all that a hurried reader does not tell apart, digits included. */
const ALIKE: readonly (readonly [RegExp, string])[] = [
  [/[i1|]/g, "l"],
  [/0/g, "o"],
  [/2/g, "z"],
  [/3/g, "e"],
  [/4/g, "a"],
  [/5/g, "s"],
  [/[68]/g, "b"],
  [/7/g, "t"],
  [/9/g, "g"],
  [/rn/g, "m"],
  [/vv/g, "w"],
  [/cl/g, "d"],
];

/** How a hurried reader takes it: without accents, spaces, signs, hidden characters or odd alphabets. */
function skeleton(name: string): string {
  const known = [...name].map((char) => READ_AS.get(char) ?? char).join("");
  const read = [...known.normalize("NFKD")].map((char) => (/\p{M}/u.test(char) ? "" : readAs(char))).join("");
  const letters = read.normalize("NFKD").replace(/[^\p{L}\p{N}|]/gu, "");
  return ALIKE.reduce((rest, [alike, one]) => rest.replace(alike, one), letters);
}

/** Whether it has one of these names in it: as it is, or only for a hurried reader. */
function pretends(name: string, others: readonly string[]): "plain" | "disguised" | undefined {
  const bare = (text: string) => text.toLowerCase().replace(/[\p{P}\p{Z}]/gu, "");
  const named = others.filter((other) => bare(other) !== "");
  if (named.some((other) => bare(name).includes(bare(other)))) return "plain";
  return named.some((other) => skeleton(name).includes(skeleton(other))) ? "disguised" : undefined;
}
