// Versions of the bridge, and what src/bridge/CHANGELOG.md (Keep a Changelog) says of each. Pure.

const VERSION = /^(\d+)\.(\d+)\.(\d+)(?:-([\w.-]+))?$/;

export function isVersion(text: string): boolean {
  return VERSION.test(text);
}

/** Below zero: `a` is the older. A pre-release is older than its release. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [VERSION.exec(a), VERSION.exec(b)];
  if (left === null || right === null) throw new Error(`${left === null ? a : b} is no version`);
  for (const part of [1, 2, 3]) {
    const difference = Number(left[part]) - Number(right[part]);
    if (difference !== 0) return difference;
  }
  const [before, after] = [left[4], right[4]];
  if (before === undefined || after === undefined) return Number(before === undefined) - Number(after === undefined);
  return before.localeCompare(after, "en", { numeric: true });
}

export interface Release {
  readonly version: string;
  /** By the heading of a section, such as `Security`: its entries, each in one line. */
  readonly entries: Readonly<Record<string, readonly string[]>>;
}

/** Newest first, as they stand. What is not released yet is left out. */
export function releasesOf(changelog: string): readonly Release[] {
  const parts = changelog.replaceAll("\r", "").split(/^## /m).slice(1);
  return parts.flatMap((part) => {
    const version = /^\[?([^\s\]]+)/.exec(part)?.[1] ?? "";
    if (!isVersion(version)) return [];
    const sections = part.split(/^### /m).slice(1);
    const entries = sections.map((section) => [section.split("\n", 1)[0]?.trim() ?? "", entriesOf(section)] as const);
    return [{ version, entries: Object.fromEntries(entries) }];
  });
}

function entriesOf(section: string): readonly string[] {
  const entries = section.split(/^[-*] /m).slice(1);
  return entries.map((entry) => (entry.split(/\n\s*\n|\n\[/, 1)[0] ?? "").replace(/\s+/g, " ").trim());
}

export function releasesBetween(changelog: string, old: string, fresh: string): readonly Release[] {
  return releasesOf(changelog).filter(
    ({ version }) => compareVersions(version, old) > 0 && compareVersions(version, fresh) <= 0,
  );
}
