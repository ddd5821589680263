// The console against everybody else: other users, other sites, forms of another deed, and names that would speak for the page.

import { expect, test } from "vitest";
import { connected, formFor, signedIn, textOf } from "../support/console.ts";
import { bindings, openBrowser } from "../support/worker.ts";

test("another's connection, a made-up one, and a form of another deed, session or site end nothing", async () => {
  const ada = await connected("cleo");
  const [cleo, eve] = [await signedIn("cleo"), await signedIn("eve2")];
  const eves = await connected("eve2");
  const cleoPage = (await textOf(cleo, "/console")).html;
  const evePage = (await textOf(eve, "/console")).html;
  const [hers, mine] = [formFor(cleoPage, "/console/revoke"), formFor(evePage, "/console/revoke")];
  const all = formFor(cleoPage, "/console/revoke-all");
  expect([hers.grant, mine.grant]).toEqual([ada.grant, eves.grant]);
  for (const [browser, fields] of [
    [eve, { grant: ada.grant, form: mine.form }],
    [eve, { grant: ada.grant, form: hers.form }],
    [cleo, { grant: ada.grant, form: all.form }],
    [cleo, { grant: ada.grant }],
    [cleo, { grant: "all", form: all.form }],
    [cleo, { form: hers.form }],
  ] as const) {
    expect((await browser.submit("/console/revoke", fields)).status).toBe(400);
  }
  expect((await cleo.submit("/console/revoke-all", { form: hers.form })).status).toBe(400);
  expect((await cleo.submit("/console/revoke-all", { form: all.form }, { origin: "https://evil.test" })).status).toBe(
    403,
  );
  // Loaded again after it, the address of a form is only the way to its page.
  expect((await cleo.get("/console/revoke-all")).headers.get("location")).toBe("/console");
  expect((await openBrowser().submit("/console/revoke-all", { form: all.form })).status).toBe(403);
  expect((await ada.use()).status).toBe(200);
});

test("two users whose requests interleave at random never see each other's canaries, on any page", async () => {
  const people = await Promise.all(
    ["ivy", "jon"].map(async (name) => {
      const app = await connected(name, `${name}-canary app`, ["notes:read", "notes:write", "notes:delete"]);
      const written = await app.use("write_note", { title: `${name}-canary note`, text: "x" });
      const asked = await app.use("delete_note", { id: String(written.result?.structuredContent?.["id"]) });
      const link = /(\/approvals\/[\w-]{22})/.exec(asked.result?.content?.[0]?.text ?? "")?.[1] ?? "";
      return { name, app, link, browser: await signedIn(name) };
    }),
  );
  const pages = ["/console", "/console/activity", "/console/approvals", "/console/audit-log.jsonl", "own", "other"];
  const visits = Array.from({ length: 80 }, () => {
    const me = people[Math.floor(Math.random() * 2)] ?? people[0];
    const other = people.find((one) => one !== me) ?? people[1];
    return { me, other, page: pages[Math.floor(Math.random() * pages.length)] ?? "/console" };
  });
  const seen = await Promise.all(
    visits.map(async ({ me, other, page }) => {
      if (me === undefined || other === undefined) throw new Error("two people");
      const path = page === "own" ? me.link : page === "other" ? other.link : page;
      const answer = await me.browser.get(path);
      return { me, other, page, status: answer.status, text: await answer.text() };
    }),
  );
  for (const { me, other, page, status, text } of seen) {
    expect([page, status]).toEqual([page, page === "other" ? 404 : 200]);
    for (const canary of [
      `${other.name}-canary`,
      other.app.grant,
      other.app.client.id,
      other.app.token.split(":")[0] ?? "",
      other.link.slice(11),
    ])
      if (!(page === "other" && canary === other.link.slice(11)))
        expect([page, text.includes(canary)]).toEqual([page, false]);
    if (page === "/console") expect(text).toContain(`${me.name}-canary app`);
    if (page === "own") expect(text).toContain(`${me.name}-canary note`);
  }
});

test("names of apps are text; the console alone has COOP, and every page of it is its user's only to keep", async () => {
  const app = await connected("kay");
  const key = `client:${app.client.id}`;
  const stored = (await bindings.OAUTH_KV.get(key, "json")) as Record<string, unknown>;
  const clientName = `"><script>alert(1)</script><img src=x>\u202E&amp;`;
  await bindings.OAUTH_KV.put(key, JSON.stringify({ ...stored, clientName }));
  const browser = await signedIn("kay");
  for (const path of ["/console", "/console/activity", "/console/approvals"]) {
    const answer = await browser.get(path);
    const html = await answer.text();
    expect(html).not.toMatch(/<script|<img/);
    if (path !== "/console/approvals") expect(html).toContain("&lt;script&gt;");
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "cross-origin-opener-policy": "same-origin",
      "cache-control": "no-store",
      "x-frame-options": "DENY",
    });
  }
  const elsewhere = await browser.get(`/approvals/${"a".repeat(22)}`);
  expect(elsewhere.headers.get("cross-origin-opener-policy")).toBeNull();
  expect((await browser.get("/console/")).status).toBe(308);
  expect((await browser.get("/console/people")).status).toBe(404);
});
