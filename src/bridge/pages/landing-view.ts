// What the landing page says, from the policy itself, so that it cannot say anything else. Pure.

import type { Deployment } from "../request/context.ts";
import { labelOf } from "../request/sign-in.ts";
import { landingPage } from "./landing.tsx";

export function landing({ app, settings, signIns, connections }: Deployment): Response {
  const { publicUrl, resource, loopback } = settings;
  return landingPage({
    publicUrl: publicUrl.origin,
    resource,
    deployed: !loopback,
    look: app.look,
    scopes: app.scopes,
    connections,
    signIns: signIns.map((signIn) => labelOf(signIn, settings)),
    tools: Object.entries(app.policy).map(([name, { title, description, scope, effect, reaches }]) => ({
      name,
      title,
      description,
      scope,
      effect,
      egress: reaches === "outside",
    })),
  });
}
