// /console: what a signed-in user sees of their own, and the buttons that end it. A part: approvals and `npm run guard` work without
// it. Another's page does not exist here: nothing names a user.

import { Hono } from "hono";
import * as z from "zod";
import { deedOf } from "../approvals/endpoint.ts";
import { nothingHere } from "../edge/refuse.ts";
import type { ClientId, GrantId } from "../gate/principal.ts";
import { ruleOf } from "../gate/rule.ts";
import { ledgerOf } from "../ledger/address.ts";
import { loadClientNames } from "../oauth/client-names.ts";
import { revokeGrants } from "../oauth/grants.ts";
import { messagePage } from "../pages/message.tsx";
import type { Context } from "../request/context.ts";
import type { Part } from "../request/part.ts";
import { FORM, PAGE } from "../request/route.ts";
import { accountOf } from "../sign-in/account.tsx";
import {
  type BrowserSession,
  browserRequest,
  checkFormToken,
  formToken,
  loadBrowserSession,
  sessionSubject,
} from "../sign-in/browser-session.ts";
import { signInPage } from "../sign-in/sign-in-page.tsx";
import { loadActivity } from "./activity.ts";
import { ActivityList } from "./activity-page.tsx";
import { Approvals } from "./approvals-page.tsx";
import { auditLogFile } from "./audit-file.ts";
import { Connections } from "./connections-page.tsx";
import { consoleMessage, consolePage } from "./frame.tsx";
import { namesOf } from "./names.ts";

const GRANT = z
  .string()
  .regex(/^[\w-]{8,64}$/)
  .transform((text) => text as GrantId);
/** What does not fit is as if it were not given. */
const FILTER = z.object({
  before: z.coerce.number().int().positive().optional().catch(undefined),
  tool: z.string().max(128).optional().catch(undefined),
  decision: z.enum(["admitted", "refused"]).optional().catch(undefined),
  client: z.string().min(1).max(2048).optional().catch(undefined),
});

const app = new Hono<{ Bindings: Context; Variables: { session: BrowserSession; form: FormData } }>();

async function serve(request: Request, context: Context): Promise<Response> {
  return app.fetch(request, context);
}

export const consolePages: Part = {
  name: "console",
  connections: "/console",
  routes: [
    ["/console", { name: "console", ...PAGE, user: true, serve }],
    ["/console/activity", { name: "console", ...PAGE, user: true, serve }],
    ["/console/approvals", { name: "console", ...PAGE, user: true, serve }],
    ["/console/audit-log.jsonl", { name: "console", ...PAGE, serve }],
    ["/console/revoke", { name: "console", ...FORM, methods: ["GET", "HEAD", "POST"], serve }],
    ["/console/revoke-all", { name: "console", ...FORM, methods: ["GET", "HEAD", "POST"], serve }],
    ["/console/ended", { name: "console", ...PAGE, serve }],
  ],
};

// What fails is logged and answered by the bridge, and a path that is not here is one that is nowhere.
app.onError((error) => {
  throw error;
});
app.notFound(() => nothingHere());

app.use(async (c, next) => {
  const session = await loadBrowserSession(c.req.raw, c.env);
  if (c.req.path === "/console/ended" && session === undefined) await next();
  else if (c.req.path === "/console/ended") c.res = c.redirect("/console", 303);
  else if (session === undefined && c.req.method === "POST") {
    const why =
      "You were signed out before you pressed it, so your apps are still connected. Sign in and press it again.";
    c.res = signInPage({ title: "Nothing was disconnected", why, status: 403, returnTo: "/console", ...c.env });
  } else if (session === undefined) {
    const why = "You see which apps are connected in your name, what they did, and you can end it.";
    const returnTo = c.env.isReturnPath(c.req.path) ? c.req.path : "/console";
    c.res = signInPage({ title: "Sign in to see your connections", why, returnTo, ...c.env });
  } else {
    c.set("session", session);
    await next();
  }
  // On the console only: an app that opened consent or an approval in a window has to learn when that is closed.
  c.res.headers.set("cross-origin-opener-policy", "same-origin");
});

/** What stands around each page. */
async function frameOf(session: BrowserSession, context: Context) {
  const approvals = await ledgerOf(context.env, session.subject).approvals();
  const waiting = approvals.filter(({ state }) => state === "waiting").length;
  return { account: await accountOf(session, context), waiting };
}

app.get("/console/revoke", (c) => c.redirect("/console", 303));
app.get("/console/revoke-all", (c) => c.redirect("/console", 303));

app.get("/console", async (c) => {
  const { session } = c.var;
  const { settings, oauth } = c.env;
  const { alive, stolen } = await ledgerOf(c.env.env, session.subject).connections();
  const one = new Map<GrantId, string>();
  for (const { grant } of alive) one.set(grant, await formToken(session, `revoke ${grant}`, settings));
  const clients = await loadClientNames(
    oauth,
    [...alive, ...stolen].map(({ client }) => client),
    c.env.app.look,
  );
  const tokens = { one, all: await formToken(session, "revoke-all", settings) };
  const frame = await frameOf(session, c.env);
  const view = {
    alive,
    stolen,
    // Only this page's own form can say so: a link from elsewhere could claim it of an app that goes on.
    ended: await checkFormToken(session, `ended ${c.req.query("ended")}`, c.req.query("form"), settings),
    clients,
    names: namesOf(c.env.app, c.env.settings),
    tokens,
    resource: settings.resource,
    now: Date.now(),
  };
  return consolePage({ title: "Connections", at: "/console", ...frame, children: Connections(view) });
});

app.get("/console/activity", async (c) => {
  const { session } = c.var;
  const asked = FILTER.parse(c.req.query());
  const { policy } = c.env.app;
  // A tool that is not there is as if it were not given.
  const filter = { ...asked, tool: asked.tool !== undefined && ruleOf(policy, asked.tool) ? asked.tool : undefined };
  const ledger = ledgerOf(c.env.env, session.subject);
  const { alive } = await ledger.connections();
  const activity = await loadActivity(ledger, filter, c.env.settings.subjectKey);
  const named = [...alive, ...activity.rows.map(({ event }) => event)];
  const known = named.flatMap((one) => ("client" in one && "grant" in one ? [[one.grant, one.client] as const] : []));
  const choices = [...new Set(known.map(([, client]) => client))];
  const view = {
    names: namesOf(c.env.app, c.env.settings),
    activity,
    filter,
    tools: Object.entries(policy).map(([name, { title }]) => ({ name, title })),
    choices,
    clients: await loadClientNames(c.env.oauth, choices, c.env.app.look),
    holders: new Map<string, ClientId>(known),
    now: Date.now(),
  };
  const frame = await frameOf(session, c.env);
  return consolePage({ title: "Activity", at: "/console/activity", ...frame, children: ActivityList(view) });
});

app.get("/console/audit-log.jsonl", (c) =>
  auditLogFile(c.var.session.subject, ledgerOf(c.env.env, c.var.session.subject)),
);

app.get("/console/approvals", async (c) => {
  const { session } = c.var;
  const approvals = await ledgerOf(c.env.env, session.subject).approvals();
  const clients = await loadClientNames(
    c.env.oauth,
    approvals.map(({ client }) => client),
    c.env.app.look,
  );
  const frame = await frameOf(session, c.env);
  const wills = new Map<string, string>();
  for (const approval of approvals) {
    if (approval.state !== "waiting") continue;
    const deed = await deedOf(approval, session, c.env);
    if (deed?.plan !== undefined) wills.set(approval.id, deed.plan.will);
  }
  const view = { approvals, wills, clients, names: namesOf(c.env.app, c.env.settings), now: Date.now() };
  return consolePage({ title: "Approvals", at: "/console/approvals", ...frame, children: Approvals(view) });
});

app.post("/console/revoke", async (c) => {
  const { session } = c.var;
  const { settings, env, oauth } = c.env;
  const fields = await c.req.raw.formData().catch(() => undefined);
  const grant = GRANT.safeParse(fields?.get("grant"));
  const frame = await frameOf(session, c.env);
  if (!grant.success || !(await checkFormToken(session, `revoke ${grant.data}`, fields?.get("form"), settings))) {
    const what = "The form did not arrive whole, or was made for another sign-in.";
    return consoleMessage({ title: "Nothing was changed", what, ...frame, status: 400 });
  }
  if ((await revokeGrants(env, oauth, session.subject, grant.data)) === 0) {
    return consoleMessage({
      title: "Not found",
      what: "There is no such connection of yours any more.",
      ...frame,
      status: 404,
    });
  }
  const form = await formToken(session, `ended ${grant.data}`, settings);
  return c.redirect(`/console?${new URLSearchParams({ ended: grant.data, form })}`, 303);
});

app.post("/console/revoke-all", async (c) => {
  const { session } = c.var;
  const { settings, env, oauth } = c.env;
  const fields = await c.req.raw.formData().catch(() => undefined);
  if (!(await checkFormToken(session, "revoke-all", fields?.get("form"), settings))) {
    const what = "The form did not arrive whole, or was made for another sign-in.";
    return consoleMessage({
      title: "Nothing was changed",
      what,
      ...(await frameOf(session, c.env)),
      status: 400,
    });
  }
  const ledger = ledgerOf(env, session.subject);
  await ledger.revoke("all");
  await ledger.endBrowserSessions("all", browserRequest(c.req.raw, c.env));
  // Only now what takes longer and may fail: nothing that is stored elsewhere counts any more.
  await revokeGrants(env, oauth, session.subject, "all");
  return c.redirect("/console/ended", 303);
});

// Its browser sessions ended too, so who this was is read from the cookie's seal alone, and asked is only whether anything is left.
app.get("/console/ended", async (c) => {
  const subject = await sessionSubject(c.req.raw, c.env.settings);
  if (subject === undefined || (await ledgerOf(c.env.env, subject).connections()).alive.length > 0) {
    return c.redirect("/console", 303);
  }
  return messagePage(c.env.app.look, {
    title: "Everything is disconnected",
    what: "No app is connected in your name any more, and you are signed out of these pages in every browser.",
    next: "If you think that somebody else uses your account, change your password where you sign in. Then tell the operator of this service.",
    status: 200,
  });
});
