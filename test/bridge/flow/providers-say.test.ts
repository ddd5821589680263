// What providers may honestly say, and what is made of it: times, keys, names for users, trouble that passes and trouble that lasts.

import { afterEach, expect, test, vi } from "vitest";
import { USER } from "../../../src/bridge/gate/principal.ts";
import { createSaid, makeKey, NOW_S, published } from "../support/said.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("a time of sign-in with a fraction is rounded down; one that cannot be is none, and keeps nobody out", async () => {
  const said = await createSaid();
  const now = NOW_S();
  for (const [auth_time, expected] of [
    [now - 60, (now - 60) * 1000],
    [now - 60.0019, (now - 61) * 1000 + 998],
    [now - 1 / 3, Math.floor((now - 1 / 3) * 1000)],
    // Milliseconds where seconds belong, no date at all, .NET's first day, and what is no number.
    ...[Date.now(), 1e300, 8.64e12 + 1, 0, -1, -62_135_596_800, null, "", String(now), true, [now], {}].map((odd) => [
      odd,
      undefined,
    ]),
  ]) {
    const result = await said.finishWith({ auth_time });
    expect([auth_time, result]).toEqual([
      auth_time,
      { user: expect.objectContaining({ id: "kay" }), ...(expected === undefined ? {} : { signedInAt: expected }) },
    ]);
    // Where a round trip was made for it, that one counts for a provider that says no time.
    const fresh = await said.finishWith({ auth_time }, { fresh: true });
    expect([auth_time, fresh]).toEqual([
      auth_time,
      expect.objectContaining({ signedInAt: expected ?? expect.any(Number) }),
    ]);
  }
  // A token whose time cannot be is still held to its signature, nonce and audience.
  const forger = await makeKey("first");
  for (const [more, by] of [
    [{}, forger],
    [{ nonce: "other" }, said.key],
    [{ aud: "other" }, said.key],
  ] as const) {
    expect(await said.finishWith({ auth_time: -1, ...more }, { by })).toMatchObject({ refused: "invalid" });
  }
});

test("optional members that say nothing are nothing", async () => {
  const said = await createSaid();
  const silent = { refresh_token: null, scope: null, expires_in: null };
  expect(
    await said.finishWith({ name: null, preferred_username: null, email: null }, { beside: silent }),
  ).toMatchObject({ user: { id: "kay" } });
});

test("a key that the provider began to use a moment ago is fetched; a set that is broken or behind is not kept", async () => {
  const said = await createSaid();
  expect(await said.finishWith()).toMatchObject({ user: { id: "kay" } });
  const second = await makeKey("second");
  const keys = said.at("keys");
  for (const [answer, refused] of [
    [() => Response.json({ keys: [] }), "invalid"],
    [() => Response.json({ keys: "none" }), "unavailable"],
    [() => Response.json({}), "unavailable"],
    [() => new Response("<html>"), "unavailable"],
    [() => new Response("busy", { status: 503 }), "unavailable"],
    [() => Promise.reject(new TypeError("network")), "unavailable"],
  ] as const) {
    said.answers[keys] = answer;
    expect([String(answer), await said.finishWith({}, { by: second })]).toEqual([
      String(answer),
      expect.objectContaining({ refused }),
    ]);
    said.answers[keys] = async () => Response.json({ keys: [await published(said.key), await published(second)] });
    expect(await said.finishWith({}, { by: second })).toMatchObject({ user: { id: "kay" } });
  }
  // What is withdrawn is not trusted any more, at once.
  said.answers[keys] = async () => Response.json({ keys: [await published(second)] });
  expect(await said.finishWith({}, { by: said.key })).toMatchObject({ refused: "invalid" });
});

test("at the token endpoint what passes is passing and what lasts is lasting, in whatever form it is said", async () => {
  const said = await createSaid();
  type Says = readonly [status: number, error: string | undefined, challenge?: string];
  const says =
    (...[status, error, challenge]: Says) =>
    () => {
      const headers = challenge === undefined ? {} : { "www-authenticate": challenge };
      return error === undefined
        ? new Response("<html>", { status, headers })
        : Response.json({ error, error_description: "canary" }, { status, headers });
    };
  const expected: Record<string, readonly Says[]> = {
    unavailable: [
      ...[408, 425, 429, 500, 502, 503, 504].flatMap((status) =>
        [undefined, "invalid_client", "invalid_grant", "server_error", "rate_limited"].map(
          (error) => [status, error] as const,
        ),
      ),
      ...[200, 400, 401, 403].flatMap((status) =>
        ["server_error", "temporarily_unavailable", "slow_down"].map((error) => [status, error] as const),
      ),
      [429, "slow", 'Bearer error="x"'],
    ],
    misconfigured: [
      ...[400, 401, 403].flatMap((status) =>
        ["invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope"].map(
          (error) => [status, error] as const,
        ),
      ),
      [401, undefined, 'Basic realm="x"'],
      [401, "invalid_client", 'Basic realm="x"'],
    ],
    denied: [
      [400, "invalid_grant"],
      [400, "access_denied"],
    ],
  };
  for (const [refused, all] of Object.entries(expected)) {
    for (const one of all) {
      const result = await said.finish(says(...one));
      expect([one, result]).toEqual([one, { refused, code: expect.any(String) }]);
      expect(JSON.stringify(result)).not.toContain("canary");
    }
  }
  expect(await said.finish(() => Promise.reject(new TypeError("network")))).toMatchObject({ refused: "unavailable" });
});

test("a sub that cannot be is lasting and said in the log; whatever else is odd about a user can be kept", async () => {
  const said = await createSaid({ mail: true });
  delete said.answers[said.at("userinfo")];
  for (const sub of [
    "",
    "x".repeat(256),
    "😀".repeat(256),
    "a\u0000b",
    "line\nbreak",
    "\ud800",
    "zero\u200bwidth",
    7,
    null,
    true,
    ["kay"],
    {},
  ]) {
    const result = await said.finishWith({ sub, name: "Kay", email: "a@b.test", email_verified: true });
    expect([sub, result]).toEqual([sub, { refused: "misconfigured", code: "impossible-sub" }]);
  }
  for (const sub of ["x".repeat(255), "a b|c#d", "josé", "0"]) {
    for (const name of ["😀".repeat(300), " ", "", "\ud800", "a".repeat(5000), 7, null, "x@y.test"]) {
      const result = await said.finishWith({
        sub,
        name,
        email: `${"l".repeat(64)}@${"d".repeat(60)}.test`,
        email_verified: true,
      });
      if (!("user" in result)) throw new Error(`${sub} ${name}: ${JSON.stringify(result)}`);
      expect(USER.parse(JSON.parse(JSON.stringify(result.user)))).toEqual(result.user);
      expect(result.user.id).toBe(sub);
    }
  }
});

test("userinfo that cannot be had is no reason to keep anybody out; where a mail is asked for, what passes is passing", async () => {
  const out: [string, () => Response | Promise<Response>, boolean][] = [
    ["busy", () => new Response("busy", { status: 503 }), true],
    ["full", () => new Response("", { status: 429 }), true],
    ["network", () => Promise.reject(new TypeError("network")), true],
    ["forbidden", () => Response.json({ error: "insufficient_scope" }, { status: 403 }), false],
    [
      "challenge",
      () => new Response("", { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } }),
      false,
    ],
    ["gone", () => new Response("", { status: 404 }), false],
    ["signed", () => new Response("a.b.c", { headers: { "content-type": "application/jwt" } }), false],
  ];
  for (const mail of [false, true]) {
    const said = await createSaid({ mail });
    for (const [what, answer, tokens] of out) {
      said.answers[said.at("userinfo")] = answer;
      const result = await said.finishWith({ name: undefined });
      expect([mail, what, result]).toEqual([
        mail,
        what,
        mail && tokens
          ? { refused: "unavailable", code: expect.any(String) }
          : { user: expect.objectContaining({ id: "kay", name: "kay" }), ...(mail ? { lacks: ["mail"] } : {}) },
      ]);
    }
    said.answers[said.at("userinfo")] = () =>
      Response.json({ sub: "another", email: "ada@example.com", email_verified: true });
    expect(await said.finishWith({ name: undefined })).toMatchObject({ refused: "invalid" });
    vi.restoreAllMocks();
  }
});
