// An operator who holds a name, a mail or a leaked token finds whose it is, and nobody else's.

import { expect, inject, test } from "vitest";
import { withoutSecret } from "../../../src/bridge/operator/leaked.ts";
import { makeOperatorToken } from "../support/operator-token.ts";
import { signInWith } from "../support/sign-in.ts";
import { bindings, journey, ORIGIN } from "../support/worker.ts";

interface Found {
  readonly subject: string;
  readonly grant?: string;
  readonly connections: readonly { readonly grant: string; readonly client: string }[];
}

async function who(text: string): Promise<{ readonly found?: readonly Found[]; readonly problem?: string }> {
  const headers = { authorization: `Bearer ${await makeOperatorToken()}`, "content-type": "application/json" };
  const body = JSON.stringify({ do: "who", who: text });
  const answer = await journey.fetch(`${ORIGIN}/operator`, { method: "POST", headers, body });
  expect(answer.status).toBe(200);
  return answer.json();
}

async function connect(provider: string, as: string) {
  const { client, location } = await signInWith(journey, provider, { as });
  const answer = await journey.redeem(client, location.searchParams.get("code") ?? "");
  const { access_token: token } = (await answer.json()) as { access_token: string };
  const [subject = "", grant = ""] = token.split(":");
  return { client: client.id, token, subject, grant };
}

test("a number at GitHub, an issuer and subject, a mail, an id and a token lead to the same user and what is connected", async () => {
  const github = await connect("github", "583231");
  const kay = await connect("oidc", "kay");
  const ada = await connect("oidc", "ada-canary");
  for (const [text, { subject, grant, client }] of [
    ["github:583231", github],
    [`oidc:${inject("oidcUrl")}#kay`, kay],
    ["mail:Ada.Canary@example.com", ada],
    [ada.subject, ada],
    [withoutSecret(`Authorization: Bearer ${ada.token}\n`), ada],
  ] as const) {
    const { found } = await who(text);
    expect([text, found?.map((one) => one.subject)]).toEqual([text, [subject]]);
    expect(found?.[0]?.connections).toEqual([expect.objectContaining({ grant, client })]);
  }
  expect((await who(withoutSecret(ada.token))).found?.[0]?.grant).toBe(ada.grant);
  expect(withoutSecret(ada.token)).toBe(`${ada.subject}:${ada.grant}`);
  // As it stands in what it leaked with.
  for (const text of [`{"access_token":"${ada.token}","a":1}`, `curl -H 'Authorization: Bearer ${ada.token}' -v`]) {
    expect(withoutSecret(text)).toBe(`${ada.subject}:${ada.grant}`);
  }
  const rows = await bindings.CONTROL.prepare("SELECT * FROM person").all();
  expect(JSON.stringify(rows.results)).not.toContain("example.com");
});

test("who was never here is found by nothing, no ledger is made for them, and what cannot be looked for is said", async () => {
  for (const text of ["github:2", "mail:nobody@example.com", `oidc:${inject("oidcUrl")}#stranger`]) {
    expect([text, await who(text)]).toEqual([text, { found: [] }]);
  }
  for (const text of ["octocat", "github-org:9919", "mail-domain:example.com", `dbr1_${"A".repeat(22)}`]) {
    expect([text, (await who(text)).problem]).toEqual([text, expect.any(String)]);
  }
});
