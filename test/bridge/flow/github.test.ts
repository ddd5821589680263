import { expect, inject, test } from "vitest";
import { callbackUrl } from "../../../src/bridge/request/sign-in.ts";
import type { Settings } from "../../../src/bridge/settings.ts";
import { github } from "../../../src/bridge/sign-in/github.ts";
import { oidc } from "../../../src/bridge/sign-in/oidc.ts";
import { answerOf, call, type Journey, type Tokens } from "../support/journey.ts";
import { loadSettings } from "../support/own-app.ts";
import { ownBridge } from "../support/own-bridge.ts";
import { signInWith } from "../support/sign-in.ts";
import { bindings, journey, ORIGIN } from "../support/worker.ts";

const signInAs = async (as: string, cookie?: string) => {
  const trip = await signInWith(journey, "github", { as }, cookie === undefined ? {} : { cookie });
  return { ...trip, atGithub: trip.sent };
};

test("a listed user signs in with GitHub, is known by number, and GitHub's token is kept nowhere", async () => {
  const { client, atGithub, location } = await signInAs("583231");
  expect(atGithub.origin).toBe(inject("githubUrl"));
  expect(Object.fromEntries(atGithub.searchParams)).toMatchObject({
    redirect_uri: `${ORIGIN}/sign-in/github/callback`,
    code_challenge_method: "S256",
  });
  expect(location.searchParams.get("iss")).toBe(ORIGIN);
  const tokens = (await (await journey.redeem(client, location.searchParams.get("code") ?? "")).json()) as {
    access_token: string;
  };
  const session = await journey.openSession(tokens.access_token);
  const who = await answerOf(await journey.legacy(tokens.access_token, call("whoami"), session));
  expect(who.result?.structuredContent).toMatchObject({ name: "octocat", scopes: ["profile:read", "notes:read"] });

  const { keys } = await bindings.OAUTH_KV.list();
  const stored = await Promise.all(keys.map(async ({ name }) => `${name} ${await bindings.OAUTH_KV.get(name)}`));
  expect(stored.length).toBeGreaterThan(0);
  for (const canary of ["gho_canary", "octocat", "583231", tokens.access_token])
    expect(stored.join("\n")).not.toContain(canary);
});

test("nobody enters unlisted: a stranger whom GitHub vouches for is sent back with access_denied and no grant", async () => {
  const { location } = await signInAs("2");
  expect(location.searchParams.get("error")).toBe("access_denied");
  expect(location.searchParams.get("error_description")).toContain("may not use this service");
  expect([
    location.searchParams.get("state"),
    location.searchParams.get("iss"),
    location.searchParams.get("code"),
  ]).toEqual(["state-1", ORIGIN, null]);
});

test("a user who says no at GitHub, and a GitHub that is down, are told apart; neither makes a grant", async () => {
  const no = await signInAs("nobody");
  expect(no.location.searchParams.get("error")).toBe("access_denied");
  const down = await signInAs("500");
  expect(down.location.searchParams.get("error")).toBe("temporarily_unavailable");
});

test("GitHub's answer is worth nothing in another browser, nor twice, nor at another way to sign in", async () => {
  const stolen = await signInAs("583231", "other=browser");
  expect(stolen.back.status).toBe(400);
  expect(stolen.back.headers.get("location")).toBeNull();

  const client = await journey.register();
  const allowed = await journey.postConsent(await journey.openConsent(client), { decision: "allow:github" });
  const cookie = allowed.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  const state = new URL(allowed.headers.get("location") ?? "").searchParams.get("state") ?? "";
  const elsewhere = `${ORIGIN}/sign-in/development/callback?${new URLSearchParams({ state, name: "ada" })}`;
  const mixed = await journey.fetch(elsewhere, { headers: { cookie }, redirect: "manual" });
  expect([mixed.status, mixed.headers.get("location")]).toEqual([400, null]);
});

test("a member of a listed organisation and the holder of a primary, verified mail enter; other mails fit nobody", async () => {
  for (const as of ["3", "4"]) expect((await signInAs(as)).location.searchParams.get("code"), as).toBeTruthy();
  // At the listed domain have, the one a secondary and an unverified address, the other a primary one that is not verified.
  for (const as of ["2", "5"]) {
    expect((await signInAs(as)).location.searchParams.get("error"), as).toBe("access_denied");
  }
});

test("GitHub is asked for mails and organisations only when a list asks about them", async () => {
  const scopeWith = async (lists: Readonly<Record<string, string>>) => {
    const loaded = loadSettings({ ...bindings, ENTITLED: "", ...lists });
    if ("problems" in loaded) throw new Error(JSON.stringify(loaded.problems));
    const settings: Settings = loaded.settings;
    const started = await github.start(callbackUrl(github, settings), settings, { fresh: false });
    return started.location("s").searchParams.get("scope");
  };
  expect(await scopeWith({ ENTITLED: "github:583231" })).toBeNull();
  expect(await scopeWith({ ENTITLED: "github-org:9919" })).toBe("read:org");
  expect(await scopeWith({ ENTITLED: "mail:ada@example.com" })).toBe("user:email");
});

test("the same number at another GitHub, or the same mail at another provider, is another user", async () => {
  const connected = async (provider: string, there: Record<string, string>) => {
    const { client, location } = await signInWith(journey, provider, there);
    const tokens = await (await journey.redeem(client, location.searchParams.get("code") ?? "")).json();
    return { client, tokens: tokens as Tokens };
  };
  const moved = {
    github: ownBridge([github, oidc], { GITHUB_URL: "https://ghe.example", GITHUB_API_URL: "https://ghe.example/api" }),
    oidc: ownBridge([github, oidc], { OIDC_ISSUER: "https://other.example" }),
  };
  const people = { github: { as: "583231" }, oidc: { as: "grace" } };
  for (const provider of ["github", "oidc"] as const) {
    const { client, tokens } = await connected(provider, people[provider]);
    const use = async (bridge: Journey) => (await bridge.modern(tokens.access_token, "tools/list")).status;
    expect([provider, await use(journey), await use(moved[provider])]).toEqual([provider, 200, 401]);
    const renewed = await moved[provider].refresh(client, tokens.refresh_token);
    expect([provider, renewed.status, await renewed.json()]).toMatchObject([provider, 400, { error: "invalid_grant" }]);
  }
});
