// The pins that travel with the bridge (src/bridge/package.json), and an adopter's own package.json. Pure.

/** The parts of a package.json that the bridge has a word in. */
const SECTIONS = [
  "dependencies",
  "devDependencies",
  "optionalDependencies",
  "overrides",
  "scripts",
  "engines",
] as const;
type Section = (typeof SECTIONS)[number];
/** A package stands in one of these. */
const INSTALLED: readonly Section[] = ["dependencies", "devDependencies", "optionalDependencies"];

export type Manifest = Readonly<Record<string, unknown>>;

function entriesOf(manifest: Manifest, section: Section): Readonly<Record<string, unknown>> {
  const entries = manifest[section];
  return typeof entries === "object" && entries !== null ? { ...entries } : {};
}

function pinOf(manifest: Manifest, section: Section, name: string): unknown {
  const entries = entriesOf(manifest, section);
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
const shown = (pin: unknown) => (typeof pin === "string" ? pin : (JSON.stringify(pin) ?? "absent"));

/** Where an adopter's package.json says something else than the bridge's own: their choice, or something forgotten. */
export function differencesOf(bridge: Manifest, own: Manifest): readonly string[] {
  return SECTIONS.flatMap((section) =>
    Object.entries(entriesOf(bridge, section)).flatMap(([name, pin]) => {
      const sections = INSTALLED.includes(section) ? [section, ...INSTALLED] : [section];
      const here = sections.map((one) => pinOf(own, one, name)).find((one) => one !== undefined);
      return same(here, pin) ? [] : [`${section}: ${name} is ${shown(here)} and the bridge's is ${shown(pin)}`];
    }),
  );
}

export interface Merged {
  readonly manifest: Manifest;
  /** What was changed, in words. */
  readonly changed: readonly string[];
  /** What the bridge changed and the adopter had chosen for themselves. */
  readonly kept: readonly string[];
}

/** Three ways: what the bridge had, what it has, and what stands here. What the adopter chose stays. */
export function mergePins(was: Manifest, is: Manifest, own: Manifest): Merged {
  const manifest: Record<string, unknown> = { ...own };
  const changed: string[] = [];
  const kept: string[] = [];
  for (const section of SECTIONS) {
    const entries: Record<string, unknown> = { ...entriesOf(own, section) };
    for (const name of Object.keys({ ...entriesOf(was, section), ...entriesOf(is, section) })) {
      const [old, fresh, here] = [was, is, own].map((one) => pinOf(one, section, name));
      if (same(old, fresh) || same(here, fresh)) continue;
      if (!same(here, old) || chosenElsewhere(was, own, section, name)) {
        kept.push(`${section}: ${name} stays ${shown(here)}, as you have it; the bridge has ${shown(fresh)}`);
        continue;
      }
      if (fresh === undefined) delete entries[name];
      else entries[name] = fresh;
      changed.push(`${section}: ${name} ${shown(old)} → ${shown(fresh)}`);
    }
    if (!same(entries, entriesOf(own, section))) {
      manifest[section] = INSTALLED.includes(section) ? sorted(entries) : entries;
    }
  }
  return { manifest, changed, kept };
}

/** What the bridge newly installs may stand in another section here, put there by the adopter. */
function chosenElsewhere(was: Manifest, own: Manifest, section: Section, name: string): boolean {
  if (!INSTALLED.includes(section) || pinOf(own, section, name) !== undefined) return false;
  return INSTALLED.some((other) => {
    const here = pinOf(own, other, name);
    return here !== undefined && !same(here, pinOf(was, other, name));
  });
}

/** As npm sorts them. */
function sorted(entries: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(entries).sort(([a], [b]) => a.localeCompare(b, "en")));
}

/** The text of a package.json, indented as it was. */
export function withManifest(text: string, manifest: Manifest): string {
  const indent = /^\{\r?\n([ \t]+)/.exec(text)?.[1] ?? 2;
  const made = `${JSON.stringify(manifest, null, indent)}${text.endsWith("\n") ? "\n" : ""}`;
  return text.includes("\r\n") ? made.replaceAll("\n", "\r\n") : made;
}
