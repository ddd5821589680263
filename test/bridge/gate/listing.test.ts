import { expect, test } from "vitest";
import type { Entitlement } from "../../../src/bridge/app/app.ts";
import { entitlementOf, factsNeeded } from "../../../src/bridge/app/entitlements.ts";
import { parseListing, parseMail } from "../../../src/bridge/app/listing.ts";
import type { User } from "../../../src/bridge/gate/principal.ts";
import { labelOf } from "../../../src/bridge/request/sign-in.ts";
import { settingsOver } from "../../../src/bridge/settings.ts";
import { OIDC, oidc as signIn } from "../../../src/bridge/sign-in/oidc.ts";
import { app, loadSettings, SCOPES } from "../support/own-app.ts";

const listings = (...texts: readonly string[]) => texts.flatMap((text) => parseListing(text) ?? []);
const octocat: User = { provider: "github", issuer: "https://github.com", id: "583231", name: "octocat" };
const ada: User = { provider: "oidc", issuer: "https://id.test", id: "a#b", name: "Ada", mail: "ada@example.com" };

/** Whether `who` alone lets this user in. */
const enters = (who: string, user: User) => entitlementOf(user, { entitled: listings(who) }, app).length > 0;

const base = {
  PUBLIC_URL: "https://bridge.test",
  DRAWBRIDGE_SECRET: "a".repeat(32),
  SUBJECT_KEY: "b".repeat(32),
  OAUTH_KV: {},
  CONTROL: {},
  DB: {},
  LEDGER: {},
  RATE_OAUTH: {},
  RATE_MCP: {},
  RATE_GRANT: {},
};

test("each form names exactly whom it says", () => {
  const cases: readonly (readonly [string, User, boolean])[] = [
    ["github:583231", octocat, true],
    ["github:583231", { ...octocat, provider: "oidc" }, false],
    ["github:58323", octocat, false],
    ["github-org:9919", { ...octocat, orgs: ["9919"] }, true],
    ["github-org:9919", { ...octocat, orgs: [] }, false],
    ["github-org:9919", octocat, false],
    ["github-org:9919", { ...ada, orgs: ["9919"] }, false],
    ["oidc:https://id.test#a#b", ada, true],
    ["oidc:https://id.test/#a#b", ada, false],
    ["oidc:https://id.test#a", ada, false],
    ["oidc:https://id.test#583231", { ...octocat, issuer: "https://id.test" }, false],
    ["mail:ADA@Example.com", ada, true],
    ["mail:ada@example.com", { ...ada, mail: undefined }, false],
    ["mail-domain:EXAMPLE.com", ada, true],
    ["mail-domain:example.com", { ...ada, mail: "ada@sub.example.com" }, false],
    ["mail-domain:example.com", { ...ada, mail: "ada@example.com.evil.test" }, false],
    ["mail-domain:example.com", { ...ada, mail: "ada@evilexample.com" }, false],
    ["mail-domain:example.com", { ...ada, mail: undefined }, false],
  ];
  for (const [who, user, expected] of cases) expect([who, enters(who, user)]).toEqual([who, expected]);
});

test("what cannot be read is a named problem, never an entry that is passed over", () => {
  const wrong = [
    "octocat",
    "github:octocat",
    "github:0",
    "github:583231x",
    "github-org:github",
    "oidc:id.test#a",
    "oidc:https://id.test",
    "oidc:https://id.test#",
    "oidc:https://id.test?x=1#a",
    "mail:ada",
    "mail:ada@localhost",
    "mail:a@b@example.com",
    "mail:adа@example.com",
    "mail-domain:*.example.com",
    "mail-domain:@example.com",
    "mail-domain:.example.com",
    "mail-domain:com",
    "gitlab:5",
    "*",
  ];
  expect("settings" in loadSettings({ ...base, ENTITLED: "github:1, mail:ada@example.com" })).toBe(true);
  for (const entry of wrong) {
    const loaded = loadSettings({ ...base, ENTITLED: `github:1 ${entry}` });
    if (!("problems" in loaded)) throw new Error(`ENTITLED took ${entry}`);
    expect(loaded.problems).toMatchObject([
      { setting: "ENTITLED", problem: "has an entry that cannot be read (entry 2)", value: JSON.stringify(entry) },
    ]);
  }
});

test("only the case of ASCII letters is nothing: no other letter becomes part of somebody's address", () => {
  const turned: string[] = [];
  for (let point = 0x80; point <= 0x10ffff; point += 1) {
    const letter = String.fromCodePoint(point);
    const plain = [letter.toLowerCase(), letter.toUpperCase(), letter.normalize("NFKC")];
    if (plain.some((text) => /^[\x21-\x7e]/.test(text))) turned.push(letter);
  }
  expect(turned).toEqual(expect.arrayContaining(["\u212a", "\u017f", "\u0130", "\uff41"]));
  const taken = turned.filter((letter) => {
    const forms = [
      `mi${letter}e@listed.test`,
      `mike@lis${letter}ed.test`,
      `mike@listed.test${letter}`,
      `${letter}mike@listed.test`,
    ];
    return forms.some((form) => parseMail(form) !== undefined || parseListing(`mail:${form}`) !== undefined);
  });
  expect(taken).toEqual([]);
  expect(parseMail("MIKE@Listed.TEST")).toBe("mike@listed.test");
});

test("the first line that names somebody decides", () => {
  const people = [
    { who: "mail:ada@example.com", may: ["profile:read"] },
    { who: "mail-domain:example.com", may: ["profile:read", "notes:read"] },
  ];
  const over = (who: readonly Entitlement[]) => ({
    ...app,
    people: who,
    listings: who.map((line) => parseListing(line.who)),
  });
  const lists = { ENTITLED: listings("github:583231") };
  const entitled = lists.ENTITLED;
  expect(entitlementOf(ada, { entitled }, over(people))).toEqual(["profile:read"]);
  expect(entitlementOf({ ...ada, mail: "bob@example.com" }, { entitled }, over(people))).toEqual([
    "profile:read",
    "notes:read",
  ]);
  expect(entitlementOf(octocat, { entitled }, over(people))).toEqual(SCOPES);
  expect(entitlementOf(ada, { entitled }, app)).toEqual([]);
  const faulty = settingsOver(over([...people, { who: "ada", may: [] }]), [])(base);
  expect("problems" in faulty && faulty.problems).toMatchObject([
    { setting: "PEOPLE", problem: "has an entry that cannot be read (entry 3)", value: '"ada"' },
  ]);
  expect(factsNeeded(lists, over([]))).toEqual({ mail: false, orgs: [] });
  expect(factsNeeded(lists, over([{ who: "github-org:9919", may: [] }, ...people]))).toEqual({
    mail: true,
    orgs: ["9919"],
  });
});

test("an OpenID provider is set up whole or not at all, over https, and every fault is named", () => {
  const oidc = { OIDC_ISSUER: "https://id.test/", OIDC_CLIENT_ID: "bridge", OIDC_CLIENT_SECRET: "secret" };
  const named = (more: Readonly<Record<string, string>>) => {
    const loaded = loadSettings({ ...base, ...oidc, ...more });
    if ("problems" in loaded) return loaded.problems.map(({ setting }) => setting);
    const { settings } = loaded;
    const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: clientId, OIDC_CLIENT_SECRET: clientSecret } = settings.of(OIDC);
    if (!signIn.configured(settings)) return undefined;
    return { issuer, clientId, clientSecret, label: labelOf(signIn, settings) };
  };
  expect(named({})).toEqual({
    issuer: "https://id.test/",
    clientId: "bridge",
    clientSecret: "secret",
    label: "id.test",
  });
  expect(named({ OIDC_LABEL: "Example ID" })).toMatchObject({ label: "Example ID" });
  expect(named({ OIDC_ISSUER: "", OIDC_CLIENT_ID: "", OIDC_CLIENT_SECRET: "" })).toBeUndefined();
  expect(named({ OIDC_CLIENT_SECRET: "" })).toEqual(["OIDC_CLIENT_SECRET"]);
  expect(named({ OIDC_ISSUER: "", OIDC_CLIENT_ID: "" })).toEqual(["OIDC_ISSUER", "OIDC_CLIENT_ID"]);
  for (const OIDC_ISSUER of [
    "id.test",
    "http://id.test",
    "https://id.test/?a=1",
    "https://u:p@id.test",
    "http://127.0.0.1:1",
  ]) {
    expect([OIDC_ISSUER, named({ OIDC_ISSUER })]).toEqual([OIDC_ISSUER, ["OIDC_ISSUER"]]);
  }
  expect(named({ OIDC_ISSUER: "http://127.0.0.1:1", PUBLIC_URL: "http://127.0.0.1:8787" })).toMatchObject({
    issuer: "http://127.0.0.1:1",
  });
  for (const OIDC_LABEL of ["x".repeat(33), "a\u202Eb", " lead"]) expect(named({ OIDC_LABEL })).toEqual(["OIDC_LABEL"]);
});
