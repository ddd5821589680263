// Nothing that a stranger sent comes back as it came: not in a page, an error, a header or a log. And no error says whose a made-up
// token could have been.

import { expect, test } from "vitest";
import { createSubject } from "../../../src/bridge/seal.ts";
import * as attack from "../support/attack.ts";
import { register } from "../support/attack.ts";
import { REDIRECT } from "../support/journey.ts";
import { bindings, journey, ORIGIN } from "../support/worker.ts";

/** Bidi, zero width, controls, line ends, a tag. */
const POINTS = [0x202e, 0x2066, 0x200b, 0x00, 0x85, 0x2028, 0xad, 0xe0041];
const ODD = String.fromCodePoint(...POINTS);
const raw = (text: string) => [...text].some((char) => POINTS.includes(char.codePointAt(0) ?? 0));

test("what a stranger sends is never told as it came, wherever they put it", async () => {
  const { token, session } = await attack.connected("ada");
  const client = await journey.register({});
  const asked = (more: Record<string, string>) =>
    new URLSearchParams({ client_id: client.id, response_type: "code", redirect_uri: REDIRECT, ...more });
  const get = (path: string) => journey.fetch(ORIGIN + path, { redirect: "manual" });
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const call = (name: string, args: object) => ({
    jsonrpc: "2.0",
    id: `1${ODD}`,
    method: "tools/call",
    params: { name, arguments: args },
  });
  const odd = encodeURIComponent(ODD);
  const places: Readonly<Record<string, () => Promise<Response>>> = {
    "a parameter twice": () => get(`/authorize?${asked({})}&x${odd}=1&x${odd}=2`),
    "a response type": () => get(`/authorize?${asked({ response_type: ODD })}`),
    "a challenge method": () => get(`/authorize?${asked({ code_challenge: "x", code_challenge_method: ODD })}`),
    "a client": () => get(`/authorize?${asked({ client_id: ODD })}`),
    "a redirect": () => get(`/authorize?${asked({ redirect_uri: `com.evil:/${ODD}` })}`),
    "a redirect's host": () => get(`/authorize?${asked({ redirect_uri: `https://a${ODD}.evil.example/` })}`),
    "a path": () => get(`/${odd}`),
    "a callback": () => get(`/sign-in/development/callback?state=${odd}&error=${odd}&error_description=${odd}`),
    "a registration": () => register({ redirect_uris: [`https://evil.example/${ODD}`], client_name: ODD }),
    "a registration's method": () => register({ redirect_uris: [REDIRECT], token_endpoint_auth_method: ODD }),
    "a token request": () =>
      journey.fetch(`${ORIGIN}/oauth/token`, {
        method: "POST",
        headers: form,
        body: `grant_type=${odd}&client_id=${client.id}`,
      }),
    "arguments, in a session": () => journey.legacy(token, call("read_note", { [`id${ODD}`]: ODD }), session),
    arguments: () => journey.modern(token, "tools/call", { name: "read_note", arguments: { [`id${ODD}`]: ODD } }),
    "a tool": () => journey.legacy(token, call(`x${ODD}`, {}), session),
    "a method": () => journey.legacy(token, { ...call("x", {}), method: `x${ODD}` }, session),
    "a version": () =>
      journey.legacy(
        token,
        { ...call("x", {}), params: { _meta: { "io.modelcontextprotocol/protocolVersion": ODD } } },
        session,
      ),
  };
  for (const [place, send] of Object.entries(places)) {
    const answer = await send();
    const told = [await answer.text(), ...[...answer.headers].flat()].join("\n");
    expect([place, answer.status < 500, raw(told)]).toEqual([place, true, false]);
    // Nor in the words that a model reads; the id of a request is the client's own.
    expect([place, told.replace(/"id":"[^"]*"/, "").includes("\\u202e")]).toEqual([place, false]);
  }
});

test("a made-up code or token gets one answer, whether or not its subject is one of this bridge", async () => {
  const mine = await createSubject(String(Reflect.get(bindings, "SUBJECT_KEY")), "https://idp.example", "nobody");
  const client = await journey.register({});
  const secret = await journey.register({ token_endpoint_auth_method: "client_secret_post" });
  const ask = async (fields: Record<string, string>) => {
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const answer = await journey.fetch(`${ORIGIN}/oauth/token`, {
      method: "POST",
      headers,
      body: new URLSearchParams(fields),
    });
    return [answer.status, answer.headers.get("www-authenticate"), await answer.text()];
  };
  const forms = (token: string): readonly Record<string, string>[] =>
    [client.id, secret.id].flatMap((client_id) => [
      {
        client_id,
        grant_type: "authorization_code",
        code: token,
        redirect_uri: REDIRECT,
        code_verifier: "v".repeat(43),
      },
      { client_id, grant_type: "authorization_code", code: token },
      { client_id, grant_type: "refresh_token", refresh_token: token },
      { client_id, grant_type: "refresh_token", refresh_token: token, scope: "nope" },
      { client_id, token },
      { token },
    ]);
  const [ours, others] = [mine, `dbr1_${"A".repeat(22)}`].map((subject) =>
    forms(`${subject}:grant-1:${"x".repeat(32)}`),
  );
  for (const [at, fields] of (ours ?? []).entries()) {
    expect([fields, await ask(fields)]).toEqual([fields, await ask(others?.[at] ?? {})]);
  }
  const mcp = async (subject: string) => {
    const answer = await journey.modern(`${subject}:grant-1:${"x".repeat(32)}`, "tools/list");
    return [answer.status, answer.headers.get("www-authenticate"), await answer.text()];
  };
  expect(await mcp(mine)).toEqual(await mcp(`dbr1_${"A".repeat(22)}`));
});
