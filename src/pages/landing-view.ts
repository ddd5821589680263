// What the landing page says, from the policy itself, so that it cannot say anything else. Pure.

import type { Settings } from "../env.ts";
import { policy } from "../policy.ts";
import type { SignIn } from "../sign-in/sign-in.ts";
import { landingPage } from "./landing.tsx";

export function landing({ publicUrl, resource, loopback }: Settings, signIns: readonly SignIn[]): Response {
  return landingPage({
    publicUrl: publicUrl.origin,
    resource,
    deployed: !loopback,
    signIns: signIns.map(({ label }) => label),
    tools: Object.entries(policy).map(([name, { title, description, scope, effect }]) => ({
      name,
      title,
      description,
      scope,
      effect,
    })),
  });
}
