// How long tokens live (T1, T2, T3, T6), as their holder sees it.

import { expect, test, vi } from "vitest";
import { call, type Tokens } from "../support/journey.ts";
import { DESTROYS, SCOPES } from "../support/own-app.ts";
import { journey } from "../support/worker.ts";

const seconds = (scope: string) => (DESTROYS.some((name) => scope.split(" ").includes(name)) ? 300 : 900);

test("an access token lives fifteen minutes, or five when its grant can delete things, and not a second longer", {
  timeout: 20_000,
}, async () => {
  for (const ticked of SCOPES) {
    const { client, tokens } = await journey.connect({ name: "lives", scope: SCOPES.join(" "), ticked: [ticked] });
    const next = (await (await journey.refresh(client, tokens.refresh_token)).json()) as Tokens;
    for (const { access_token, expires_in, scope } of [tokens, next]) {
      expect([ticked, expires_in]).toEqual([ticked, seconds(scope)]);
      const use = async () => (await journey.modern(access_token, "tools/list")).status;
      expect(await use()).toBe(200);
      const clock = vi.spyOn(Date, "now").mockReturnValue(Date.now() + (expires_in + 1) * 1000);
      expect(await use()).toBe(401);
      clock.mockRestore();
    }
  }
});

test("each refresh gives a new refresh token; scopes can only get fewer, and a narrowed token stays narrow", async () => {
  const scope = "profile:read notes:read notes:write";
  const { client, tokens } = await journey.connect({ name: "narrow", scope, ticked: ["notes:read", "notes:write"] });
  const refresh = async (token: string, more: Record<string, string> = {}) =>
    (await (await journey.refresh(client, token, more)).json()) as Tokens & { error?: string };
  const narrow = await refresh(tokens.refresh_token, { scope: "profile:read" });
  expect([narrow.scope, narrow.refresh_token === tokens.refresh_token]).toEqual(["profile:read", false]);
  const write = { name: "write_note", arguments: { title: "t", text: "t" } };
  expect((await journey.modern(narrow.access_token, "tools/call", write)).status).toBe(403);
  const whole = await refresh(narrow.refresh_token);
  expect(whole.scope).toBe(scope);
  expect((await journey.modern(whole.access_token, "tools/call", write)).status).toBe(200);
  expect((await refresh(whole.refresh_token, { scope: "admin:all" })).error).toBe("invalid_scope");
});

test("no other grant is given: neither a token for a token, nor for a client alone, a password or a device", async () => {
  const { client, tokens } = await journey.connect({ name: "grants" });
  expect((await journey.legacy(tokens.access_token, call("whoami"))).status).toBe(400); // no session yet: past the door
  const grants = ["token-exchange", "device_code", "jwt-bearer", "saml2-bearer"].map(
    (name) => `urn:ietf:params:oauth:grant-type:${name}`,
  );
  for (const grant_type of [...grants, "client_credentials", "password", "implicit", "__proto__"]) {
    const more = { subject_token: tokens.access_token, assertion: tokens.access_token, username: "a", password: "b" };
    const answer = await journey.token({ grant_type, client_id: client.id, ...more });
    expect([grant_type, answer.status]).toEqual([grant_type, 400]);
    expect(await answer.json()).toMatchObject({
      error: expect.stringMatching(/^(unsupported_grant_type|unauthorized_client)$/),
    });
  }
});
