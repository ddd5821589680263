// What the landing page says, from the policy itself, so that it cannot say anything else. Pure.

import { policy } from "../../policy.ts";
import type { Settings } from "../settings.ts";
import { labelOf, type SignIn } from "../sign-in/sign-in.ts";
import { landingPage } from "./landing.tsx";

export function landing(settings: Settings, signIns: readonly SignIn[]): Response {
  const { publicUrl, resource, loopback } = settings;
  return landingPage({
    publicUrl: publicUrl.origin,
    resource,
    deployed: !loopback,
    connections: "/console", // console
    signIns: signIns.map((signIn) => labelOf(signIn, settings)),
    tools: Object.entries(policy).map(([name, { title, description, scope, effect, egress }]) => ({
      name,
      title,
      description,
      scope,
      effect,
      egress,
    })),
  });
}
