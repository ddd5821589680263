// What a request meets, in order. index.ts and development.ts differ only in the ways to sign in that they hand in here.

import { entitlementOf } from "../people.ts";
import type { Scope } from "../scopes.ts";
import { serveApproval } from "./approvals/endpoint.ts";
import { serveConsole } from "./console/app.tsx"; // console
import { guard } from "./edge/guards.ts";
import { secure } from "./edge/headers.ts";
import { nothingHere } from "./edge/refuse.ts";
import type { Person } from "./gate/principal.ts";
import { logFailure, logRequest } from "./log.ts";
import type { AuthorizeContext } from "./oauth/answers.ts";
import { createAuthorizationServer } from "./oauth/authorization-server.ts";
import { decideConsent, showConsent } from "./oauth/authorize.ts";
import { createRegistrar, serveRegistration } from "./oauth/registration.ts";
import { createResourceServer } from "./oauth/resource-server.ts";
import { sweep } from "./oauth/sweep.ts";
import { serveToken } from "./oauth/token-endpoint.ts";
import { finishSignIn } from "./oauth/way-back.ts";
import { logActs } from "./operator/acts.ts"; // operator
import { serveOperator } from "./operator/endpoint.ts"; // operator
import { landing } from "./pages/landing-view.ts";
import { broken, NO_SIGN_IN, notSetUp } from "./pages/out-of-service.ts";
import { securityText } from "./pages/security-text.ts";
import type { Bindings } from "./request/bindings.ts";
import { loadSettings, type Settings } from "./settings.ts";
import { finishBrowserSignIn, isBrowserSignIn, startBrowserSignIn } from "./sign-in/round-trip.ts";
import { callbackUrl, type SignIn } from "./sign-in/sign-in.ts";
import { signOut } from "./sign-in/sign-out.ts";

export function createBridge(signIns: readonly SignIn[]): ExportedHandler<Bindings> {
  const assemble = once((settings: Settings) => assembleParts(settings, signIns));
  return {
    async scheduled(_event, env) {
      const loaded = loadSettings(env);
      if ("problems" in loaded) return;
      // Both are begun, whatever becomes of the other.
      const chores = [
        sweep(assemble(loaded.settings).authorizationServer, env),
        logActs(env.DB, loaded.settings, Date.now()), // operator
      ];
      for (const chore of await Promise.allSettled(chores)) if (chore.status === "rejected") throw chore.reason;
    },
    async fetch(incoming, env, ctx) {
      const started = Date.now();
      const requestId = crypto.randomUUID();
      const loaded = loadSettings(env);
      if ("problems" in loaded) return secure(notSetUp(loaded.problems), incoming, requestId, undefined);
      const { settings } = loaded;
      const parts = assemble(settings);
      if (parts.signIns.length === 0) return secure(notSetUp([NO_SIGN_IN]), incoming, requestId, settings);
      let route = "none";
      const answer = async () => {
        // 1 edge guards
        const guarded = await guard(incoming, requestId, settings, env);
        if (guarded instanceof Response) return guarded;
        route = guarded.route.name;
        // 2 authorization server, or 3 to 8 resource server → message → gate → lane → run → capability
        return dispatch(guarded.request, guarded.route.name, { ...parts, requestId, settings, env, ctx });
      };
      const response = await answer().catch((error: unknown) => {
        logFailure(requestId, error);
        return broken(incoming, requestId);
      });
      const { status } = response;
      logRequest({ request: requestId, method: incoming.method, route, status, ms: Date.now() - started });
      return secure(response, incoming, requestId, settings);
    },
  };
}

function assembleParts(settings: Settings, all: readonly SignIn[]) {
  const signIns = all.filter((signIn) => signIn.configured(settings));
  // Whoever signed in by a way, or at an issuer, that is no longer there is nobody.
  const entitlement = (person: Person): readonly Scope[] => {
    const signIn = signIns.find(({ name }) => name === person.provider);
    if (signIn === undefined || signIn.issuer(settings) !== person.issuer) return [];
    return signIn.entitles?.(settings) ?? entitlementOf(person, settings);
  };
  const policy = { settings, entitlement };
  const authorizationServer = createAuthorizationServer(policy);
  return {
    authorizationServer,
    registrar: createRegistrar(policy),
    resourceServer: createResourceServer(authorizationServer, policy),
    signIns,
    entitlement,
  };
}

interface Dispatch extends ReturnType<typeof assembleParts> {
  readonly requestId: string;
  readonly settings: Settings;
  readonly env: Bindings;
  readonly ctx: ExecutionContext;
}

async function dispatch(request: Request, route: string, parts: Dispatch): Promise<Response> {
  const { authorizationServer, resourceServer, settings, env, ctx } = parts;
  const url = new URL(request.url);
  if (route === "security") return securityText(settings, Date.now());
  if (route === "landing") return landing(settings, parts.signIns);
  if (route === "mcp" || url.pathname.includes("protected-resource")) return resourceServer.fetch(request, env, ctx);
  const oauth = () => authorizationServer.getOAuthApi(env);
  if (route === "operator") return serveOperator(request, { requestId: parts.requestId, env, settings, grants: oauth }); // operator
  const context = (): AuthorizeContext => ({ ...parts, oauth: oauth() });
  if (route === "authorize")
    return request.method === "POST" ? decideConsent(request, context()) : showConsent(request, context());
  if (route === "sign-in") {
    const [, , name = "", callback] = url.pathname.split("/");
    if (request.method === "POST") return startBrowserSignIn(request, name, parts);
    if (callback !== undefined && isBrowserSignIn(url)) return finishBrowserSignIn(request, name, parts);
    if (callback !== undefined) return finishSignIn(request, name, context());
    const signIn = parts.signIns.find((entry) => entry.name === name);
    return signIn?.page?.(request, callbackUrl(signIn, settings), settings) ?? nothingHere();
  }
  if (route === "approvals") return serveApproval(request, context());
  if (route === "console") return serveConsole(request, context()); // console
  if (route === "sign-out") return signOut(request, parts);
  if (route === "token")
    return serveToken(request, { server: authorizationServer, settings, env, ctx, requestId: parts.requestId });
  if (route === "register") return serveRegistration(request, parts.registrar, { settings, env, ctx, now: Date.now() });
  return authorizationServer.fetch(request, env, ctx);
}

function once<Input extends object, Output>(make: (input: Input) => Output): (input: Input) => Output {
  const made = new WeakMap<Input, Output>();
  return (input) => {
    const known = made.get(input) ?? make(input);
    made.set(input, known);
    return known;
  };
}
