// A user of whom the app's `users` say that they may hold less (the fixture: GitHub's 99), over both transports: they are granted, shown
// and let run what they are entitled to, whatever their client asks for and whatever their token carries.

import { expect, test } from "vitest";
import { development } from "../../../src/bridge/sign-in/development.ts";
import { github } from "../../../src/bridge/sign-in/github.ts";
import { app } from "../fixture/app.ts";
import { people } from "../fixture/people.ts";
import { policy } from "../fixture/policy.ts";
import { askedIn } from "../support/approvals.ts";
import { createBrowsing } from "../support/browsing.ts";
import { answerOf, call, type Journey, type Tokens } from "../support/journey.ts";
import { SCOPES } from "../support/own-app.ts";
import { ownBridge } from "../support/own-bridge.ts";
import { signInWith } from "../support/sign-in.ts";
import { auditLogOf, journey, ORIGIN } from "../support/worker.ts";

const MAY: readonly string[] = people[0]?.may ?? [];
const RULES = Object.entries(policy);
const within = RULES.filter(([, { scope }]) => MAY.includes(scope));
const beyond = RULES.filter(([name]) => !within.some(([inside]) => inside === name));
const all = { scope: SCOPES.join(" "), ticked: SCOPES };
const UNKNOWN = { code: -32602, message: "Unknown tool. tools/list shows the tools there are." };

/** As 99 comes back from GitHub: the second page, if there is one, and what they are granted when they go on. */
async function connect(on: Journey) {
  const { client, back, location, cookie } = await signInWith(on, "github", { as: "99" }, all);
  const page = back.status === 200 ? await back.text() : "";
  const handle = /name="handle" value="([^"]+)"/.exec(page)?.[1] ?? "";
  const headers = { "content-type": "application/x-www-form-urlencoded", cookie, origin: ORIGIN };
  const body = new URLSearchParams({ handle, confirm: "continue" }).toString();
  const decided = await on.fetch(`${ORIGIN}/authorize`, { method: "POST", headers, body, redirect: "manual" });
  const end = page === "" ? location : new URL(decided.headers.get("location") ?? ORIGIN);
  const tokens = (await (await on.redeem(client, end.searchParams.get("code") ?? "")).json()) as Tokens;
  return { client, page, tokens };
}

/** What both transports list, and answer to each rule. */
async function seen(token: string) {
  const session = await journey.openSession(token);
  const over = async (message: { readonly method: string; readonly params: Record<string, unknown> }) => {
    const answers = [
      await answerOf(await journey.legacy(token, message, session)),
      await answerOf(await journey.modern(token, message.method, message.params)),
    ];
    return answers;
  };
  const lists = await over({ ...call(""), method: "tools/list", params: {} });
  const beyondThem = await Promise.all(
    beyond.map(([name, { example }]) => over(call(name, example as Record<string, unknown>))),
  );
  return { over, lists: lists.map(({ result }) => result?.tools?.map(({ name }) => name)), beyondThem };
}

test("a narrowed user who ticks everything is told what is left, is granted that, and no refresh widens it", async () => {
  expect(app.people).toBe(people);
  const { client, page, tokens } = await connect(journey);
  const [kept = "", lost = ""] = page.split("What it does not get");
  for (const scope of SCOPES)
    expect([scope, (MAY.includes(scope) ? kept : lost).includes(scope)]).toEqual([scope, true]);
  for (const scope of MAY) expect(lost).not.toContain(scope);
  expect(tokens.scope).toBe(MAY.join(" "));
  const wider = await journey.refresh(client, tokens.refresh_token, { scope: all.scope });
  expect([wider.status, await wider.json()]).toMatchObject([200, { scope: MAY.join(" ") }]);
});

test("a narrowed user is listed and let run what they may, over both transports; the rest reads like nothing, and is written down", async () => {
  const { tokens } = await connect(journey);
  const { over, lists, beyondThem } = await seen(tokens.access_token);
  const names = within.map(([name]) => name);
  expect(lists).toEqual([names, names]);
  expect(beyondThem.flat().map(({ error }) => error)).toEqual(beyondThem.flat().map(() => UNKNOWN));
  for (const { result } of await over(call("whoami"))) expect(result?.structuredContent).toMatchObject({ scopes: MAY });
  const denials = (await auditLogOf(tokens.access_token)).flatMap((event) =>
    event.kind === "denial" ? [`${event.tool} ${event.reason}`] : [],
  );
  expect(new Set(denials)).toEqual(new Set(beyond.map(([name]) => `${name} unknown-tool`)));
});

test("a token that carries more than its user may hold now lets nothing more run, and shows nothing more", async () => {
  const before = ownBridge([{ ...github, entitles: () => SCOPES }]);
  const { page, tokens } = await connect(before);
  expect([page, tokens.scope]).toEqual(["", all.scope]);
  const { lists, beyondThem } = await seen(tokens.access_token);
  expect(lists[0]).toEqual(within.map(([name]) => name));
  expect(lists[1]).toEqual(lists[0]);
  expect(beyondThem.flat().map(({ error }) => error)).toEqual(beyondThem.flat().map(() => UNKNOWN));
});

test("a question about what its user may no longer do is not shown to them", async () => {
  const [wide, narrow] = [SCOPES, ["profile:read"]].map((may) => ownBridge([{ ...development, entitles: () => may }]));
  if (wide === undefined || narrow === undefined) throw new Error("two bridges");
  const { tokens } = await wide.connect({ name: "ida", ...all });
  const message = call("destroy_account", { text: "all of it" });
  const id = askedIn(await answerOf(await wide.modern(tokens.access_token, "tools/call", message.params)));
  const pageOf = async (on: Journey) => {
    const browser = createBrowsing((url, init) => on.fetch(url, init), ORIGIN);
    await browser.signIn("ida", `/approvals/${id}`);
    const page = await browser.get(`/approvals/${id}`);
    return [page.status, (await page.text()).includes("all of it")];
  };
  expect([await pageOf(wide), await pageOf(narrow)]).toEqual([
    [200, true],
    [404, false],
  ]);
});
