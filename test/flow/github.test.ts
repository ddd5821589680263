import { expect, inject, test } from "vitest";
import { answerOf, call } from "../support/journey.ts";
import { bindings, journey, ORIGIN } from "../support/worker.ts";

/** From the consent page to GitHub, where the person says who they are, and back with the browser's cookie. */
async function signInAs(person: string, cookie?: string) {
  const client = await journey.register();
  const page = await journey.openConsent(client);
  const allowed = await journey.postConsent(page, { decision: "allow:github" });
  const atGithub = new URL(allowed.headers.get("location") ?? "");
  const sent = await fetch(`${atGithub.href}&as=${person}`, { redirect: "manual" });
  const callback = sent.headers.get("location") ?? "";
  const own = allowed.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  const back = await journey.fetch(callback, { headers: { cookie: cookie ?? own }, redirect: "manual" });
  return { client, atGithub, callback, back, location: new URL(back.headers.get("location") ?? ORIGIN) };
}

test("U3, U4: a listed person signs in with GitHub, is known by number, and GitHub's token is kept nowhere", async () => {
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
  expect(location.searchParams.get("error_description")).toContain("not listed");
  expect([
    location.searchParams.get("state"),
    location.searchParams.get("iss"),
    location.searchParams.get("code"),
  ]).toEqual(["state-1", ORIGIN, null]);
});

test("a person who says no at GitHub, and a GitHub that is down, are told apart; neither makes a grant", async () => {
  const no = await signInAs("nobody");
  expect(no.location.searchParams.get("error")).toBe("access_denied");
  const down = await signInAs("500");
  expect(down.location.searchParams.get("error")).toBe("temporarily_unavailable");
});

test("U1: GitHub's answer is worth nothing in another browser, nor twice, nor at another way to sign in", async () => {
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
