// Shows that `npm ci` installs the same tree on every platform: each package that another one names as optional (the binaries of
// workerd, esbuild, biome, Node itself and so on, one package a platform) is in package-lock.json, everything has a checksum, and
// package.json pins exact versions. npm writes an incomplete lockfile without a word when it is made from a half-installed tree.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

interface Package extends Manifest {
  readonly link?: boolean;
  readonly integrity?: string;
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, string>>;
}

const root = dirname(import.meta.dirname);
const { packages }: { readonly packages: Readonly<Record<string, Package>> } = read("package-lock.json");
const manifest: Manifest = read("package.json");

const problems = [...missingBinaries(), ...missingChecksums(), ...looseVersions(), ...drifted()];
for (const problem of problems) console.error(problem);
if (problems.length > 0) {
  console.error("To make a whole lockfile: rm -rf node_modules package-lock.json && npm install");
  process.exitCode = 1;
}

function missingBinaries(): readonly string[] {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !isLocked(path, name))
      .map(
        ([name, version]) =>
          `package-lock.json lacks ${name}@${version}, which ${path || "package.json"} needs on one platform.`,
      ),
  );
}

/** Looks where Node would: below the package itself, then below each folder above it. */
function isLocked(path: string, name: string): boolean {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf("node_modules/") - 1))) {
    if (`${at === "" ? "" : `${at}/`}node_modules/${name}` in packages) return true;
    if (at === "") return false;
  }
}

function missingChecksums(): readonly string[] {
  return Object.entries(packages)
    .filter(([path, { link, integrity }]) => path !== "" && link !== true && integrity === undefined)
    .map(([path]) => `package-lock.json has no integrity for ${path}.`);
}

function looseVersions(): readonly string[] {
  const { dependencies, devDependencies, optionalDependencies, overrides } = manifest;
  return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies, ...overrides })
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name, version]) => `package.json asks for ${name} "${version}": pin one exact version.`);
}

/** Where the lockfile was made from another package.json. */
function drifted(): readonly string[] {
  const pinsOf = ({ dependencies, devDependencies, optionalDependencies }: Manifest = {}) =>
    ({ ...dependencies, ...devDependencies, ...optionalDependencies }) as Readonly<Record<string, string>>;
  const [here, locked] = [pinsOf(manifest), pinsOf(packages[""])];
  return Object.keys({ ...locked, ...here })
    .filter((name) => here[name] !== locked[name])
    .map((name) => `package.json and package-lock.json differ: npm ci refuses ${name}. Run npm install.`);
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(join(root, name), "utf8"));
}
