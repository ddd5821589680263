// What a request meets, in order. An entry hands in the app, the ways to sign in, the transports and the parts; what it does not
// name is not there.

import type { App } from "./app/app.ts";
import { approvalRoutes } from "./approvals/endpoint.ts";
import { guard } from "./edge/guards.ts";
import { secure } from "./edge/headers.ts";
import { FREE } from "./edge/rate.ts";
import { ROOM_SETTINGS } from "./fragments.ts";
import { jurisdictionProblem } from "./ledger/jurisdiction.ts";
import { ledgerOver } from "./ledger/ledger.ts";
import { DETAILS, logFailure, logNotSetUp, logRequest, noteCause, showDetails, withRequest } from "./log.ts";
import type { Transport, TransportHandlers } from "./mcp/transports.ts";
import { createAuthorizationServer } from "./oauth/authorization-server.ts";
import { createResourceServer } from "./oauth/resource-server.ts";
import { oauthRoutes } from "./oauth/routes.ts";
import { sweep } from "./oauth/sweep.ts";
import { once } from "./once.ts";
import { shownIn } from "./pages/error-page.tsx";
import { landing } from "./pages/landing-view.ts";
import { broken, NO_SIGN_IN, notSetUp } from "./pages/out-of-service.ts";
import { securityRoutes } from "./pages/security-text.ts";
import type { Bindings } from "./request/bindings.ts";
import type { Context, Deployment } from "./request/context.ts";
import type { Part } from "./request/part.ts";
import { createRouter, PAGE, type Routes } from "./request/route.ts";
import { entitlementBy, type SignIn } from "./request/sign-in.ts";
import { type Problem, type Settings, settingsOver } from "./settings.ts";
import { sessionSubject } from "./sign-in/browser-session.ts";

export interface BridgeParts<T extends readonly Transport[] = readonly Transport[]> {
  readonly signIns: readonly SignIn[];
  readonly transports: T;
  readonly parts: readonly Part[];
}

type ClassesOf<T extends readonly Transport[]> = T[number] extends infer One
  ? One extends Transport<infer Classes>
    ? Classes
    : never
  : never;
type All<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer Both) => void
  ? Both
  : never;

/**
 * The Worker over an app, and the object classes that its entry has to export as wrangler.toml names them.
 * @throws when two parts share a path
 */
export function createBridge<const T extends readonly Transport[]>(
  app: App,
  { signIns, transports, parts }: BridgeParts<T>,
) {
  const named = [...signIns, ...transports, ...parts].flatMap(({ settings }) => settings ?? []);
  const load = settingsOver(app, [...ROOM_SETTINGS, ...named]);
  const made = transports.map((transport) => transport.make(app, load));
  const routeOf = createRouter([
    ...ROUTES,
    ...oauthRoutes,
    ...approvalRoutes,
    ...parts.flatMap(({ routes = [] }) => routes),
  ]);
  const deploy = once((settings: Settings) => {
    const deployment: Deployment = {
      app,
      settings,
      signIns: signIns.filter((signIn) => signIn.configured(settings)),
      entitlement: (user) => entitlementBy(deployment, user),
      connections: parts.find(({ connections }) => connections !== undefined)?.connections,
      isReturnPath: (path) => routeOf(path)?.user === true,
    };
    const openRoute = (path: string) => {
      const route = routeOf(path);
      return route?.off?.(deployment) === true ? undefined : route;
    };
    const handlers: TransportHandlers = Object.assign({}, ...made.map((one) => one.handlers(settings)));
    const authorizationServer = createAuthorizationServer(deployment);
    if (settings.unknown.length > 0) logNotSetUp("(settings)", settings.unknown);
    return {
      ...deployment,
      openRoute,
      authorizationServer,
      resourceServer: createResourceServer(authorizationServer, deployment, handlers),
    };
  });

  const worker = {
    async fetch(incoming, env, ctx) {
      const requestId = crypto.randomUUID();
      return withRequest(requestId, () => serve(incoming, env, ctx, requestId));
    },
    async scheduled(_event, env) {
      const loaded = load(env);
      if ("problems" in loaded) return logNotSetUp("(scheduled)", loaded.problems);
      // All are begun, whatever becomes of the others.
      const chores = [
        sweep(deploy(loaded.settings).authorizationServer, env),
        ...parts.map(({ hourly }) => hourly?.(env, loaded.settings)),
      ];
      for (const chore of await Promise.allSettled(chores)) if (chore.status === "rejected") throw chore.reason;
    },
  } satisfies ExportedHandler<Bindings>;

  async function serve(incoming: Request, env: Bindings, ctx: ExecutionContext, requestId: string): Promise<Response> {
    const started = Date.now();
    const loaded = load(env);
    let route = "none";
    const finish = async (answer: Response, settings: Settings | undefined, form = false) => {
      const { method } = incoming;
      logRequest({ request: requestId, method, route, status: answer.status, ms: Date.now() - started });
      const shown = await shownIn(incoming, answer, { look: app.look, settings, route, form, id: requestId });
      return secure(shown, incoming, requestId, settings);
    };
    const unready = (...problems: readonly Problem[]) => {
      noteCause("not-set-up");
      logNotSetUp(requestId, problems);
      return notSetUp(problems);
    };
    if ("problems" in loaded) return finish(unready(...loaded.problems), undefined);
    const { settings } = loaded;
    showDetails(settings.loopback && settings.of(DETAILS).ERROR_DETAILS === "on");
    const deployed = deploy(settings);
    if (deployed.signIns.length === 0) return finish(unready(NO_SIGN_IN), settings);
    const answer = async () => {
      // 1 edge guards
      const guarded = await guard(incoming, requestId, settings, env, deployed.openRoute, sessionSubject);
      if (guarded instanceof Response) return guarded;
      route = guarded.route.name;
      // A hidden route looks by itself, once it knows that it may show.
      const looks = !FREE.has(route) && guarded.route.hidden !== true;
      const elsewhere = looks ? await jurisdictionProblem(env) : undefined;
      if (elsewhere !== undefined) return unready(elsewhere);
      // 2 authorization server, or 3 to 8 resource server → message → gate → transport → run → capability
      const oauth = deployed.authorizationServer.getOAuthApi(env);
      return guarded.route.serve(guarded.request, { ...deployed, oauth, requestId, env, ctx });
    };
    const response = await answer().catch((error: unknown) => {
      logFailure(requestId, error);
      return broken(requestId);
    });
    // The transport's GET is no page of ours.
    const asked = deployed.openRoute(new URL(incoming.url).pathname);
    return finish(response, settings, asked?.name !== "mcp" && asked?.methods.includes("GET"));
  }

  const Ledger = ledgerOver({ load, chores: parts.flatMap(({ chore }) => chore ?? []) });
  const classes = Object.assign({}, ...made.map((one) => one.classes)) as All<ClassesOf<T>>;
  return Object.assign({ worker, Ledger }, classes);
}

/** Paths of nobody else's. */
export const ROUTES: Routes = [
  ["/", { name: "landing", ...PAGE, serve: (_, context) => landing(context) }],
  ...securityRoutes,
  ["/.well-known/oauth-protected-resource/mcp", { name: "metadata", ...PAGE, serve: asResource }],
  [
    "/mcp",
    { name: "mcp", methods: ["POST", "GET", "DELETE"], maxBody: 128 * 1024, countedLater: true, serve: asResource },
  ],
];

function asResource(request: Request, { resourceServer, env, ctx }: Context): Promise<Response> {
  return resourceServer.fetch(request, env, ctx);
}
