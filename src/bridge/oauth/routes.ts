// The paths of the authorization server and of sign-in, and what each meets, in the order of a connection: discovery →
// registration → consent → sign-in → the way back (and, when less is left than was ticked, a second page) → token → revocation.

import { nothingHere } from "../edge/refuse.ts";
import type { Context } from "../request/context.ts";
import { FORM, PAGE, type Routes } from "../request/route.ts";
import { callbackUrl } from "../request/sign-in.ts";
import { finishBrowserSignIn, isBrowserSignIn, startBrowserSignIn } from "../sign-in/round-trip.ts";
import { signOut } from "../sign-in/sign-out.ts";
import { decideConsent, showConsent } from "./authorize.ts";
import { serveRegistration } from "./registration.ts";
import { OAUTH } from "./settings.ts";
import { serveToken } from "./token-endpoint.ts";
import { finishSignIn } from "./way-back.ts";

const METADATA = { name: "metadata", ...PAGE } as const;

export const oauthRoutes: Routes = [
  [
    "/.well-known/oauth-authorization-server",
    {
      ...METADATA,
      serve: (request, { authorizationServer, env, ctx }) => authorizationServer.fetch(request, env, ctx),
    },
  ],
  [
    "/oauth/register",
    {
      name: "register",
      methods: ["POST"],
      maxBody: 8 * 1024,
      off: ({ settings }) => settings.of(OAUTH).REGISTRATION === "off",
      serve: (request, context) => serveRegistration(request, { ...context, now: Date.now() }),
    },
  ],
  [
    "/authorize",
    {
      name: "authorize",
      methods: ["GET", "POST"],
      maxBody: 16 * 1024,
      serve: (request, context) =>
        request.method === "POST" ? decideConsent(request, context) : showConsent(request, context),
    },
  ],
  [
    /^\/sign-in\/[a-z]{1,16}$/,
    {
      name: "sign-in",
      methods: ["GET", "POST"],
      maxBody: 1024,
      ownForms: true,
      serve: (request, context) =>
        request.method === "POST"
          ? startBrowserSignIn(request, nameIn(request), context)
          : signInPageOf(request, nameIn(request), context),
    },
  ],
  [
    /^\/sign-in\/[a-z]{1,16}\/callback$/,
    {
      name: "sign-in",
      methods: ["GET"],
      maxBody: 0,
      serve: (request, context) =>
        isBrowserSignIn(new URL(request.url))
          ? finishBrowserSignIn(request, nameIn(request), context)
          : finishSignIn(request, nameIn(request), context),
    },
  ],
  ["/sign-out", { name: "sign-out", ...FORM, methods: ["GET", "HEAD", "POST"], serve: signOut }],
  ["/oauth/token", { name: "token", methods: ["POST"], maxBody: 16 * 1024, countedLater: true, serve: serveToken }],
];

function nameIn(request: Request): string {
  return new URL(request.url).pathname.split("/")[2] ?? "";
}

/** A provider that is no other site has a page here. */
function signInPageOf(request: Request, name: string, { app, settings, signIns }: Context): Response {
  const signIn = signIns.find((entry) => entry.name === name);
  return signIn?.page?.(request, callbackUrl(signIn, settings), settings, app.look) ?? nothingHere();
}
