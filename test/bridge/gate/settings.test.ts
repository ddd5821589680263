// What a bridge takes for its settings: those of its rooms, of what its entry names and of its app. A slip of the pen stops it.

import fc from "fast-check";
import { expect, test } from "vitest";
import { ROOM_SETTINGS } from "../../../src/bridge/fragments.ts";
import { notSetUp } from "../../../src/bridge/pages/out-of-service.ts";
import { BASE, type Problem, readFragment, settingsOver } from "../../../src/bridge/settings.ts";
import { app, FRAGMENTS, loadSettings } from "../support/own-app.ts";

const BINDINGS = ["OAUTH_KV", "CONTROL", "DB", "LEDGER", "RATE_OAUTH", "RATE_MCP", "RATE_GRANT"];
const base = {
  PUBLIC_URL: "https://bridge.test",
  DRAWBRIDGE_SECRET: "a".repeat(32),
  SUBJECT_KEY: "b".repeat(32),
  ...Object.fromEntries(BINDINGS.map((name) => [name, {}])),
};

function said(env: object, load = loadSettings): readonly string[] {
  const loaded = load({ ...base, ...env });
  return "problems" in loaded ? lines(loaded.problems) : [];
}
/** What a deploy refuses, and a bridge that is up logs. */
function passedOver(env: object, load = loadSettings): readonly string[] {
  const loaded = load({ ...base, ...env });
  return "problems" in loaded ? ["it stops"] : lines(loaded.settings.unknown);
}
const lines = (problems: readonly Problem[]) =>
  problems.map(({ setting, problem, fix }) => `${setting} ${problem}: ${fix}`);
const MEND = "mend its name, or take it out of where it is set (docs/operations.md)";

test("a misspelt setting is no default: it is refused by name, with the one that was probably meant", () => {
  expect(said({})).toEqual([]);
  expect(said({ REGISTRATON: "off" })).toEqual([`REGISTRATON is no setting of this bridge, REGISTRATION is: ${MEND}`]);
  expect(said({ registration: "off", SESION: "off", BUDGETFACTOR: 2, REDIRECT_HOST: ["a.example"] })).toEqual([
    `registration is no setting of this bridge, REGISTRATION is: ${MEND}`,
    `SESION is no setting of this bridge, SESSIONS is: ${MEND}`,
    `BUDGETFACTOR is no setting of this bridge, BUDGET_FACTOR is: ${MEND}`,
    `REDIRECT_HOST is no setting of this bridge, REDIRECT_HOSTS is: ${MEND}`,
  ]);
  expect(said({ WEBHOSTS: "docs.example.com" })).toEqual([
    `WEBHOSTS is no setting of this bridge, WEB_HOSTS is: ${MEND}`,
  ]);
});

test("a setting of what the entry does not name does not exist: a bridge that is up says so and goes on", () => {
  const oidc = { OIDC_ISSUER: "https://id.test", OIDC_CLIENT_ID: "bridge", OIDC_CLIENT_SECRET: "secret" };
  const more = { ...oidc, RETENTION_DAYS: "7", SESSIONS: "off" };
  expect(said(more)).toEqual([]);
  const bare = settingsOver(app, ROOM_SETTINGS);
  expect(said({}, bare)).toEqual([]);
  const gone = Object.keys(more).map((name) => `${name} is no setting of this bridge: ${MEND}`);
  expect(passedOver({}, bare)).toEqual([]);
  expect(passedOver(more, bare)).toEqual(gone);
  expect(passedOver({ FAVOURITE_COLOUR: "red" })).toEqual([`FAVOURITE_COLOUR is no setting of this bridge: ${MEND}`]);
  // Where it stops for another reason, all is said at once.
  expect(said({ ...more, PUBLIC_URL: "" }, bare)).toEqual([expect.stringContaining("PUBLIC_URL is missing"), ...gone]);
});

test("what is set to nothing, what tools put there, bindings and what the app names are passed over", () => {
  const tools = { CLOUDFLARE_API_TOKEN: "t", WRANGLER_SEND_METRICS: "false", NODE_ENV: "test", VITE_X: "1", __X: "1" };
  expect(said({ GITHUB_CLIENT_ID: "", REGISTRATON: "", ...tools, QUEUE: {}, WEB_HOSTS: "docs.example.com" })).toEqual(
    [],
  );
});

test("each setting has its words, its place and its remedy, and a faulty value is refused with that remedy", () => {
  const all = [BASE, ...FRAGMENTS].flatMap(({ settings }) => Object.entries(settings));
  expect(all.length).toBeGreaterThan(20);
  expect(all.filter(([, { is, fix }]) => is.length < 10 || fix.length < 10)).toEqual([]);
  expect(said({ REGISTRATION: "of", BUDGET_FACTOR: "0", NOTIFY_URL: "http://x.test", GITHUB_CLIENT_ID: "a" })).toEqual([
    'REGISTRATION is neither "on" nor "off": mend it in wrangler.toml under [vars], or delete it',
    "BUDGET_FACTOR is not positive: mend it in wrangler.toml under [vars], or delete it",
    "NOTIFY_URL is not an https URL: mend it in wrangler.toml under [vars], or delete it",
    "GITHUB_CLIENT_SECRET and GITHUB_CLIENT_ID go together: one of them is missing: make an OAuth app at GitHub, put its id into wrangler.toml and run: npx wrangler secret put GITHUB_CLIENT_SECRET",
  ]);
  expect(said({ SUBJECT_KEY: base.DRAWBRIDGE_SECRET })).toEqual([
    "SUBJECT_KEY is the same as DRAWBRIDGE_SECRET: npm run deploy makes one and leaves a copy in .deploy.vars; keep it safe, for it never changes",
  ]);
  expect(said({ PUBLIC_URL: "" })).toEqual([
    "PUBLIC_URL is missing: set it in wrangler.toml under [vars] to the one https origin people will use",
  ]);
});

test("the settings of a room that is not in the bridge cannot be read by mistake", () => {
  const loaded = settingsOver(app, [])(base);
  if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
  expect(() => loaded.settings.of(FRAGMENTS[0] ?? BASE)).toThrow("JURISDICTION are no settings of this bridge");
  expect(readFragment(BASE, base)).toMatchObject({ values: { PUBLIC_URL: "https://bridge.test" } });
});

test("whatever is set wrongly, the page names the setting, and of a list the position; the value is for the log and a deploy", async () => {
  const canary = fc.constantFrom(..."\u202e\n<\"'é ").map((odd) => `s3cret${odd === " " ? "" : odd}canary`);
  const names = [
    ...FRAGMENTS.flatMap(({ settings }) => Object.keys(settings)),
    "WEB_HOSTS",
    "ENTITLED",
    "REDIRECT_URIS",
  ];
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...names), canary, async (name, value) => {
      const loaded = loadSettings({ ...base, [name]: value });
      if (!("problems" in loaded)) return;
      const page = await notSetUp(loaded.problems).text();
      expect(page).toContain(name);
      expect(page).not.toMatch(/s3cret|canary/);
    }),
    { numRuns: 500 },
  );
  const good = { ENTITLED: "github:1", REDIRECT_URIS: "com.a:/b", WEB_HOSTS: "a.example.com" };
  for (const [name, entry] of Object.entries(good)) {
    const loaded = loadSettings({ ...base, [name]: `${entry} ${entry} s3cret` });
    if (!("problems" in loaded)) throw new Error(`${name} was taken`);
    const found = loaded.problems.filter(({ setting }) => setting === name);
    expect(found).toMatchObject([
      { problem: expect.stringMatching(/^has an entry .*\(entry 3\)$/), value: '"s3cret"' },
    ]);
    expect(await notSetUp(loaded.problems).text()).toContain("(entry 3)");
  }
});
