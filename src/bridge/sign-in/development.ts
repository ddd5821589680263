// Development sign-in: a page that asks which name. For a laptop; anyone who signs in here may hold everything, so it refuses
// any host that is not loopback. It is imported by development.ts only and never in a deployed bundle (a test greps it).

import type { SignIn, SignInResult } from "../request/sign-in.ts";
import type { Settings } from "../settings.ts";
import { developmentPage } from "./development-page.tsx";

/** Looked for in bundles by `npm run deploy`. */
const MARKER = "drawbridge-development-sign-in";

export const development: SignIn = {
  name: "development",
  label: "a name (development)",
  issuer: () => "urn:drawbridge:development",
  configured: ({ loopback }) => loopback,
  entitles: ({ loopback }, scopes) => (loopback ? scopes.all : []),

  async start(_callback, { publicUrl }) {
    const location = (state: string) => new URL(`/sign-in/development?${new URLSearchParams({ state })}`, publicUrl);
    return { data: { marker: MARKER }, location };
  },

  page(request, callback, settings, look) {
    requireLoopback(settings);
    const state = new URL(request.url).searchParams.get("state") ?? "";
    return developmentPage({ look, state, callback: callback.pathname, suggestion: "ada" });
  },

  async finish(callback, _data, settings): Promise<SignInResult> {
    requireLoopback(settings);
    const name = (callback.searchParams.get("name") ?? "").trim();
    if (name === "" || name.length > 64) return { refused: "denied", code: "no-name" };
    const user = { provider: "development", issuer: development.issuer(settings), id: name.toLowerCase(), name };
    return { user, signedInAt: Date.now() };
  },
};

function requireLoopback({ loopback }: Settings): void {
  if (!loopback) throw new Error("development sign-in works on loopback only");
}
