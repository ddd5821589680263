// What `npm run parts` asks of a bridge without its console: there are no such pages and no link to them, and a user still
// signs in and approves a call, which then runs.

import { createBrowsing, hidden } from "../test/bridge/support/browsing.ts";
import { answerOf, type Journey } from "../test/bridge/support/journey.ts";
import { check } from "./parts-check.ts";

export async function withoutConsole(journey: Journey): Promise<void> {
  for (const path of ["/console", "/console/activity", "/console/audit-log.jsonl"]) {
    const answer = await journey.fetch(journey.origin + path);
    check(answer.status === 404, `${path}: ${answer.status}`);
  }
  const consent = await journey.openConsent(await journey.register());
  const landing = await (await journey.fetch(journey.origin)).text();
  check(![consent.html, landing].some((html) => html.includes("/console")), "no page links to one of them");

  const ticked = ["notes:read", "notes:write", "notes:delete"];
  const { tokens } = await journey.connect({ ticked });
  const call = async (name: string, args: Record<string, unknown>) =>
    answerOf(await journey.modern(tokens.access_token, "tools/call", { name, arguments: args }));
  const written = await call("write_note", { title: "Old list", text: "milk" });
  const note = { id: written.result?.structuredContent?.["id"] };
  const refused = await call("delete_note", note);
  const [, link = ""] = /http:\/\/[^/\s]+(\/approvals\/[\w-]+)/.exec(refused.result?.content?.[0]?.text ?? "") ?? [];
  check(link !== "", "delete_note is refused with a link to its approval", refused);

  const browser = createBrowsing(journey.fetch, journey.origin);
  await browser.signIn("ada", link);
  const page = await (await browser.get(link)).text();
  const form = hidden(page.slice(page.indexOf("<main>")), "form");
  const approved = await (await browser.submit(link, { form, decision: "approve" })).text();
  check(
    page.includes("Old list") && approved.includes("tell it to continue"),
    "its user signs in and approves it",
    approved,
  );
  const done = await call("delete_note", note);
  check(done.result?.structuredContent?.["deleted"] === note.id, "the same call runs", done);
}
