// /approvals/ID: where a user decides about one call. A guard and no part of the console: it stays when that is
// removed. Whose approval it is needs no check: the ledger asked is that of the user who is signed in.

import { type AppHost, appHost } from "../app/store.ts";
import { type Approval, isFresh, type Plan } from "../gate/approval.ts";
import { PRINCIPAL } from "../gate/principal.ts";
import { type Rule, ruleOf } from "../gate/rule.ts";
import { ledgerOf } from "../ledger/address.ts";
import { loadClientName } from "../oauth/client-names.ts";
import { placeOf } from "../pages/when.tsx";
import type { Bindings } from "../request/bindings.ts";
import type { Context } from "../request/context.ts";
import type { Routes } from "../request/route.ts";
import { labelOf } from "../request/sign-in.ts";
import { decryptArguments, sha256 } from "../seal.ts";
import { accountOf, userMessage, userPage } from "../sign-in/account.tsx";
import { type BrowserSession, checkFormToken, formToken, loadBrowserSession } from "../sign-in/browser-session.ts";
import { signInPage } from "../sign-in/sign-in-page.tsx";
import { ApprovalQuestion } from "./approval-page.tsx";

export const approvalRoutes: Routes = [
  [
    /^\/approvals\/[\w-]{16,64}$/,
    { name: "approvals", methods: ["GET", "POST"], maxBody: 1024, user: true, ownForms: true, serve: serveApproval },
  ],
];

async function serveApproval(request: Request, context: Context): Promise<Response> {
  const path = new URL(request.url).pathname;
  const session = await loadBrowserSession(request, context);
  if (session === undefined) {
    const choices = { returnTo: path, fresh: true, ...context };
    if (request.method === "POST") {
      const why = "You were signed out before you decided. Sign in, look at it again, and decide then.";
      return signInPage({ title: "Nothing was decided", why, status: 403, ...choices });
    }
    const why = "An app of yours asks for something that needs your own yes. Sign in to see what it is.";
    return signInPage({ title: "Sign in to decide", why, ...choices });
  }
  const id = path.slice("/approvals/".length);
  if (request.method === "POST") return decideApproval(request, id, session, context);
  return showApproval(id, session, context);
}

async function showApproval(id: string, session: BrowserSession, context: Context): Promise<Response> {
  const approval = await ledgerOf(context.env, session.subject).approval(id);
  if (approval === undefined) return notFound(session, context);
  if (approval.state === "waiting") return question(approval, session, context);
  const title = ruleOf(context.app.policy, approval.tool)?.title ?? approval.tool;
  return said({ ...standing(approval, title), status: 200 }, session, context);
}

/** How an approval stands that is over, or waits for its app. */
function standing({ state, decided }: Pick<Approval, "state" | "decided">, title: string): Words {
  switch (state) {
    case "approved":
      return {
        title: "Approved",
        what: `You approved “${title}”. Nothing has happened yet.`,
        next: "Go back to your app within five minutes and tell it to continue. Then it happens, once.",
      };
    case "used":
      return {
        title: "Approved and used",
        what: `You approved “${title}”, and your app has used that.`,
        next: NOTHING_LEFT,
      };
    case "refused":
      return {
        title: "Refused",
        what: `You refused “${title}”. Nothing was done.`,
        next: "You can close this page. Your app is told that you refused. If you did not expect this question, look at what that app did, or disconnect it.",
      };
    default:
      return {
        title: "This request has run out",
        what:
          decided === null
            ? `“${title}” was not decided in time, or the app was disconnected. Nothing was done.`
            : `You approved “${title}”, and your app did not go on in time. Nothing was done.`,
        next: "If you still want it, ask your app to try again.",
      };
  }
}

async function question(approval: Approval, session: BrowserSession, context: Context): Promise<Response> {
  const { settings, signIns } = context;
  const deed = await deedOf(approval, session, context);
  if (deed === undefined) return notFound(session, context);
  const { rule, args, plan, seen } = deed;
  const path = `/approvals/${approval.id}`;
  const now = Date.now();
  const signIn = signIns.find(({ name }) => name === session.user.provider);
  const fresh = session.signedInAt !== null && isFresh(session.signedInAt, now);
  return userPage({
    title: "An app asks for your approval",
    account: await accountOf(session, context),
    children: ApprovalQuestion({
      approval,
      tool: { title: rule.title, name: approval.tool, egress: rule.reaches === "outside" },
      plan,
      args: spelled(args),
      client: await loadClientName(context.oauth, approval.client, context.app.look),
      token: `${await formToken(session, `${path} ${seen}`, settings)}.${seen}`,
      again: fresh || signIn === undefined ? undefined : { name: signIn.name, label: labelOf(signIn, settings) },
      path,
      place: placeOf(approval.where, settings.loopback),
      now,
    }),
  });
}

/** What it is about. Undefined: the tool was taken out since, or this user may not use it any more, so it cannot run. */
export async function deedOf(approval: Approval, session: BrowserSession, { app, settings, env }: Context) {
  const { tool, args: sealed } = approval;
  const rule = ruleOf(app.policy, tool);
  if (rule === undefined || sealed === null || !session.entitled.includes(rule.scope)) return undefined;
  const args = await decryptArguments(settings, { subject: session.subject, tool }, sealed);
  const plan = await planOf(rule, approval, args, session, env);
  return { rule, args, plan, seen: await sha256(plan ?? null) };
}

/** Looked up now, so that what is shown is what would be lost now. */
async function planOf(
  rule: Rule<AppHost>,
  { client, grant }: Approval,
  args: unknown,
  { subject, entitled, user }: BrowserSession,
  env: Bindings,
): Promise<Plan | undefined> {
  const principal = PRINCIPAL.parse({ subject, client, grant, step: 0, held: entitled, entitled, name: user.name });
  return rule.plan?.(appHost(env), principal, args);
}

function spelled(args: unknown): readonly (readonly [string, string])[] {
  const entries = typeof args === "object" && args !== null ? Object.entries(args) : [];
  return entries.map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]);
}

async function decideApproval(
  request: Request,
  id: string,
  session: BrowserSession,
  context: Context,
): Promise<Response> {
  const fields = await request.formData().catch(() => undefined);
  const decision = fields?.get("decision");
  const [token, seen = "", ...more] = String(fields?.get("form") ?? "").split(".");
  const sealed = await checkFormToken(session, `/approvals/${id} ${seen}`, token, context.settings);
  const ours = sealed && more.length === 0;
  if (!ours || (decision !== "approve" && decision !== "refuse")) {
    const what = "The form did not arrive whole, or was made for another sign-in. Nothing was decided.";
    const next = "Open the link from your app again.";
    return said({ title: "Nothing was decided", what, next, status: 400 }, session, context);
  }
  const ledger = ledgerOf(context.env, session.subject);
  const approval = await ledger.approval(id);
  if (approval === undefined) return notFound(session, context);
  const yes = decision === "approve";
  const open = yes && approval.state === "waiting";
  const deed = open ? await deedOf(approval, session, context) : undefined;
  if (open && deed?.seen !== seen) {
    const what = "What this is about has changed since you looked at it. Nothing was decided.";
    const next = "Open the link from your app again and look anew.";
    return said({ title: "Not approved", what, next, status: 409 }, session, context);
  }
  const version = deed?.plan?.version ?? null;
  const decided = await ledger.decideApproval(id, yes, session.signedInAt ?? 0, version);
  if (decided === "old-sign-in") {
    const next = "Open the link from your app again and sign in from there.";
    const what = "Your sign-in is more than five minutes ago.";
    return said({ title: "Not approved", what, next, status: 403 }, session, context);
  }
  if (decided === "switched-off") {
    const what = "The operator of this service has stopped what this is about.";
    return said(
      { title: "Not approved", what, next: "Ask the operator, or try again later.", status: 409 },
      session,
      context,
    );
  }
  // How it stands now is a page that can be loaded again.
  return new Response(null, { status: 303, headers: { location: `/approvals/${id}` } });
}

const NOTHING_LEFT = "There is nothing to do here. You can close this page.";

/** One answer for what never was and what is somebody else's. */
function notFound(session: BrowserSession, context: Context): Promise<Response> {
  const what = "There is nothing to approve here for you.";
  const next =
    "Go back to your app and ask it to try again. If you use several accounts, look above which one this is.";
  return said({ title: "Not found", what, next, status: 404 }, session, context);
}

interface Words {
  readonly title: string;
  readonly what: string;
  readonly next: string;
}

async function said(words: Words & { readonly status: number }, session: BrowserSession, context: Context) {
  const { connections } = context;
  const link = connections && { path: connections, words: "See what your apps did, or disconnect one" };
  return userMessage({ ...words, account: await accountOf(session, context), ...(link && { link }) });
}
