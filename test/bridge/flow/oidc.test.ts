// Sign-in with an OpenID provider (U2, U3, U4, U5), against a double that can be told to lie.

import { expect, inject, test, vi } from "vitest";
import { oidc } from "../../../src/bridge/sign-in/oidc.ts";
import { answerOf, call, type Journey } from "../support/journey.ts";
import type { Lie } from "../support/oidc-double.ts";
import { ownBridge } from "../support/own-bridge.ts";
import { signInWith } from "../support/sign-in.ts";
import { bindings, journey, ledgerOf, ORIGIN } from "../support/worker.ts";

const signInAs = (as: string, wrong?: Lie) => signInWith(journey, "oidc", wrong === undefined ? { as } : { as, wrong });

test("a user signs in by a verified mail; no mail, name or subject is in a token, a code, a key or a log line", async () => {
  const log = vi.spyOn(console, "log");
  const { client, sent, location } = await signInAs("ada-canary");
  expect(sent.origin).toBe(inject("oidcUrl"));
  expect(Object.fromEntries(sent.searchParams)).toMatchObject({
    response_type: "code",
    redirect_uri: `${ORIGIN}/sign-in/oidc/callback`,
    scope: "openid profile email",
    code_challenge_method: "S256",
    nonce: expect.stringMatching(/^[\w-]{43}$/),
  });
  const code = location.searchParams.get("code") ?? "";
  const tokens = (await (await journey.redeem(client, code)).json()) as { access_token: string };
  const session = await journey.openSession(tokens.access_token);
  const who = await answerOf(await journey.legacy(tokens.access_token, call("whoami"), session));
  expect(who.result?.structuredContent).toMatchObject({ name: "Ada Canary" });
  expect(tokens.access_token).toMatch(/^dbr1_[\w-]{22}:/);

  const { keys } = await bindings.OAUTH_KV.list();
  const stored = await Promise.all(keys.map(async (key) => [key, await bindings.OAUTH_KV.get(key.name)]));
  const events = await ledgerOf(tokens.access_token).events();
  const seen = JSON.stringify([stored, events, log.mock.calls, code, tokens, location.href]).toLowerCase();
  expect(keys.length).toBeGreaterThan(2);
  expect(log.mock.calls.length).toBeGreaterThan(2);
  for (const canary of ["example.com", "canary"]) expect(seen).not.toContain(canary);
});

test("listed by mail, mail domain or issuer and subject; unverified, borrowed and look-alike mails fit nobody", async () => {
  for (const as of ["ada-canary", "grace", "kay"]) {
    expect((await signInAs(as)).location.searchParams.get("code"), as).toBeTruthy();
  }
  for (const as of ["unverified", "claimed", "word", "below", "beside", "twice", "stranger"]) {
    const { location } = await signInAs(as);
    expect([as, location.searchParams.get("error"), location.searchParams.get("code")]).toEqual([
      as,
      "access_denied",
      null,
    ]);
  }
});

test("an answer with a foreign issuer, nonce, audience, signature or subject is refused here and sent nowhere", async () => {
  expect((await signInAs("kay")).back.status).toBe(302);
  const lies: readonly Lie[] = [
    "iss",
    "nonce",
    "audience",
    "issuer",
    "expired",
    "signature",
    "userinfo",
    "no-id-token",
  ];
  const answers: unknown[] = [];
  for (const wrong of lies) {
    const { back } = await signInAs("kay", wrong);
    const words = (await back.text()).includes("does not fit this sign-in");
    answers.push([wrong, back.status, back.headers.get("location"), words]);
  }
  expect(answers).toEqual(lies.map((wrong) => [wrong, 400, null, true]));
});

test("a user who says no there, and a provider that is down, are told apart; the log has a code, and nothing is granted", async () => {
  const log = vi.spyOn(console, "log");
  expect((await signInAs("nobody")).location.searchParams.get("error")).toBe("access_denied");
  const { location } = await signInAs("kay", "down");
  expect(location.searchParams.get("error")).toBe("temporarily_unavailable");
  expect(location.searchParams.get("state")).toBe("state-1");
  const lines = log.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('"at":"sign-in"'));
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { provider: "oidc", refused: "denied", code: "OAUTH_AUTHORIZATION_RESPONSE_ERROR" },
    { provider: "oidc", refused: "unavailable", code: "OAUTH_RESPONSE_IS_NOT_CONFORM" },
  ]);
});

test("the provider's answer is worth nothing in another browser, nor twice", async () => {
  const stolen = await signInWith(journey, "oidc", { as: "kay" }, { cookie: "other=browser" });
  expect([stolen.back.status, stolen.back.headers.get("location")]).toEqual([400, null]);
  const honest = await signInAs("kay");
  const again = await journey.fetch(honest.callback, { headers: { cookie: honest.cookie }, redirect: "manual" });
  expect([again.status, again.headers.get("location")]).toEqual([400, null]);
});

test("a provider that is not there, or calls itself otherwise, costs nobody anything: the app is told to try again", async () => {
  const log = vi.spyOn(console, "log");
  for (const OIDC_ISSUER of ["http://127.0.0.1:9", `${inject("oidcUrl")}/`]) {
    const wrong = ownBridge([oidc], { OIDC_ISSUER });
    const allowed = await wrong.postConsent(await wrong.openConsent(await wrong.register()), {
      decision: "allow:oidc",
    });
    const told = new URL(allowed.headers.get("location") ?? "").searchParams;
    expect([told.get("error"), told.get("state"), told.get("iss")]).toEqual([
      "temporarily_unavailable",
      "state-1",
      ORIGIN,
    ]);
  }
  const lines = log.mock.calls.map(([line]) => String(line)).filter((line) => line.includes('"at":"sign-in"'));
  expect(lines.at(-1)).toContain('"code":"WrongProvider"');
});

test("a client secret that the provider refuses, in a body or in a challenge, is the operator's trouble; a full provider is not", async () => {
  const wrong = ownBridge([oidc], { OIDC_CLIENT_SECRET: "another" });
  const { location } = await signInWith(wrong, "oidc", { as: "kay" });
  expect(location.searchParams.get("error")).toBe("server_error");
  expect(location.searchParams.get("error_description")).toContain("Only its operator can mend that");

  const honest = globalThis.fetch;
  const answers: unknown[] = [];
  for (const [status, error, challenge] of [
    [401, "invalid_client", 'Basic realm="token"'],
    [429, "rate_limited", undefined],
    [400, "temporarily_unavailable", undefined],
    [400, "invalid_grant", undefined],
  ] as const) {
    const spy = vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      if (!url.endsWith("/token")) return honest(input, init);
      const headers = challenge === undefined ? {} : { "www-authenticate": challenge };
      return Response.json({ error }, { status, headers });
    });
    answers.push([status, error, (await signInAs("kay")).location.searchParams.get("error")]);
    spy.mockRestore();
  }
  expect(answers).toEqual([
    [401, "invalid_client", "server_error"],
    [429, "rate_limited", "temporarily_unavailable"],
    [400, "temporarily_unavailable", "temporarily_unavailable"],
    [400, "invalid_grant", "access_denied"],
  ]);
});

test("where a provider never says when somebody signed in, a round trip made for it counts; one that claims to say is held to it", async () => {
  const asked = { scope: "profile:read notes:delete", ticked: ["notes:delete"] };
  const trip = (at: Journey, wrong: Lie) => signInWith(at, "oidc", { as: "kay", wrong }, asked);
  for (const wrong of ["no-auth-time", "odd-auth-time"] as const) {
    const { sent, location } = await trip(journey, wrong);
    expect([sent.searchParams.get("max_age"), sent.searchParams.get("prompt")]).toEqual(["300", "select_account"]);
    // All that was ticked is given: no second page, straight back to the client.
    expect([wrong, location.searchParams.has("code")]).toEqual([wrong, true]);
  }
  const OIDC_ISSUER = inject("sayingUrl");
  const held = ownBridge([oidc], { OIDC_ISSUER, ENTITLED: `oidc:${OIDC_ISSUER}#kay` });
  const honest = await trip(held, "odd-auth-time");
  expect([honest.sent.searchParams.get("prompt"), honest.location.searchParams.has("code")]).toEqual([null, true]);
  // Or who takes max_age out of the link would make an old sign-in a fresh one.
  const { back, location } = await trip(held, "no-auth-time");
  expect([location.searchParams.has("code"), back.status]).toEqual([false, 200]);
  expect(await back.text()).toContain("Less than you ticked");
});
