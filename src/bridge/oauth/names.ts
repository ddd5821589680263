// What a name that proves nothing pretends: hidden characters, mixed alphabets, letters that look like others (UTS #39), the name
// of a well-known product. Anyone may be called anything: these are sentences for the consent page, never a refusal. Pure.

import { LONGEST_NAME, UNSEEN } from "../pages/foreign-text.tsx";

export interface NameFindings {
  /** Whole sentences. */
  readonly warnings: readonly string[];
  /** Characters to show with their code points. */
  readonly suspects: ReadonlySet<string>;
}

/** Names that people would trust on sight, and the hosts that may bear them without a warning. */
const WELL_KNOWN: readonly { readonly name: RegExp; readonly hosts: readonly string[] }[] = [
  { name: /claude|anthropic/, hosts: ["claude.ai", "claude.com"] },
  { name: /chatgpt|openai/, hosts: ["chatgpt.com"] },
  { name: /cursor/, hosts: ["cursor.com", "www.cursor.com"] },
  { name: /visual ?studio|vs ?code/, hosts: ["vscode.dev", "insiders.vscode.dev"] },
  { name: /playground|cloudflare/, hosts: ["playground.ai.cloudflare.com"] },
];

export function examineName(name: string, redirectHost: string, clientDomain: string | undefined): NameFindings {
  const warnings: string[] = [];
  const mixed = mixesAlphabets(name);
  const letters = [...name].filter((char) => /\p{L}/u.test(char));
  const asRead = skeleton(name);
  const known = WELL_KNOWN.find((entry) => entry.name.test(asRead));
  const disguised = known !== undefined && !known.name.test(name.toLowerCase());
  const own = known?.hosts.includes(redirectHost) === true || known?.hosts.includes(clientDomain ?? "") === true;
  if ([...name].some((char) => UNSEEN.test(char))) {
    warnings.push("The name has hidden characters in it. Each is shown below as its number.");
  }
  if (mixed) warnings.push("The name mixes alphabets. Letters from another one can look just like the usual ones.");
  if (disguised)
    warnings.push("The name is written with look-alike letters to read like the name of a well-known product.");
  else if (known !== undefined && !own) {
    warnings.push("This app uses the name of a well-known product. Nothing proves that it is that product.");
  }
  if (/[<>]|&\w+;|https?:/i.test(name)) warnings.push("The name contains code or a link. It is shown as plain text.");
  if ([...name].length > LONGEST_NAME) warnings.push("The name is longer than what is shown of it.");
  const domains = [redirectHost, ...(clientDomain === undefined ? [] : [clientDomain])];
  if (domains.some((host) => host.split(".").some((label) => label.startsWith("xn--")))) {
    warnings.push(
      "An address below that starts with xn-- is written in another alphabet and may imitate one you know.",
    );
  }
  const strange = (char: string) => !/\p{Script=Latin}/u.test(char) || char.normalize("NFKD") !== char.normalize("NFD");
  return { warnings, suspects: new Set(mixed || disguised ? letters.filter(strange) : []) };
}

/** Alphabets whose letters are taken for each other. Others are named for what they are not: mixed with nothing. */
const ALPHABETS = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
  /\p{Script=Coptic}/u,
  /\p{Script=Lisu}/u,
  /\p{Script=Georgian}/u,
  /\p{Script=Hebrew}/u,
  /\p{Script=Arabic}/u,
  /\p{Script=Thai}/u,
  /\p{Script=Canadian_Aboriginal}/u,
];

export function mixesAlphabets(name: string): boolean {
  return ALPHABETS.filter((alphabet) => alphabet.test(name)).length > 1;
}

/** Letters that look like Latin ones in most typefaces, each after the letter it looks like. */
const LOOK_ALIKES = [
  "aаɑαа",
  "bЬƄ",
  "cсϲᴄ",
  "dԁɗ",
  "eеєҽ",
  "gɡց",
  "hһհ",
  "iіιıⅰ",
  "jјϳ",
  "kκкᴋ",
  "lӏⅼǀ1|",
  "mмᴍ",
  "nոռ",
  "oоοօ0ᴏ",
  "pрρ",
  "qԛզ",
  "rгᴦ",
  "sѕꜱ",
  "tтτ",
  "uυսᴜ",
  "vνѵᴠ",
  "wԝѡᴡ",
  "xхχ",
  "yуγү",
  "zᴢ",
];
const READ_AS = new Map(LOOK_ALIKES.flatMap(([read = "", ...others]) => others.map((char) => [char, read])));

/** How a hurried reader takes it: lower case, without accents, hidden characters or odd alphabets. */
function skeleton(name: string): string {
  const plain = [...name.normalize("NFKD").toLowerCase()].filter(
    (char) => !/[\p{M}\p{P}\s]/u.test(char) && !UNSEEN.test(char),
  );
  return plain.map((char) => READ_AS.get(char) ?? char).join("");
}
