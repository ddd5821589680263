// Each rule of an app, called over each transport with tokens for sets of its scopes: it is let in exactly when the token carries the
// rule's scope. Over the wire, as a client would.

import type { App } from "../../../src/bridge/app/app.ts";
import { answerOf, call, type Journey } from "../support/journey.ts";

/** More scopes than these are tried one missing at a time. */
const ALL_SUBSETS = 5;

const MEND =
  "see that the entry serves this policy and that the example can run; if both are so, report it to the bridge";

export async function gateFindings(
  { policy, scopes }: Pick<App, "policy" | "scopes">,
  on: Journey,
): Promise<readonly string[]> {
  const all = scopes.all;
  const { client, tokens } = await on.connect({ name: "check-app", scope: all.join(" "), ticked: [...all] });
  const session = await on.openSession(tokens.access_token);
  const findings: string[] = [];
  let refreshToken = tokens.refresh_token;
  for (const held of setsOf(all)) {
    const answer = await on.refresh(client, refreshToken, { scope: held.join(" ") });
    const fresh = (await answer.json()) as { readonly access_token: string; readonly refresh_token: string };
    refreshToken = fresh.refresh_token;
    for (const [name, rule] of Object.entries(policy)) {
      const args = rule.example as Record<string, unknown>;
      const message = { name, arguments: args };
      const answers = {
        session: await on.legacy(fresh.access_token, call(name, args), session),
        stateless: await on.modern(fresh.access_token, "tools/call", message),
      };
      for (const [transport, answer] of Object.entries(answers)) {
        const { status, result } = await answerOf(answer);
        const told = result?._meta ?? {};
        // It ran, or its user is asked: both are past the scope.
        const letIn = "drawbridge/audit" in told || "drawbridge/approval" in told;
        if (letIn === held.includes(rule.scope)) continue;
        const what = letIn ? "is let in" : `is refused (${status})`;
        findings.push(
          `${name} over ${transport}: a token for ${held.join(" ")} ${what}, and its rule names ${rule.scope}: ${MEND}`,
        );
      }
    }
  }
  return findings;
}

/** Each set but the empty one; of many scopes all, and all but each one. */
function setsOf(all: readonly string[]): readonly (readonly string[])[] {
  const sets =
    all.length > ALL_SUBSETS
      ? [all, ...all.map((one) => all.filter((other) => other !== one))]
      : Array.from({ length: 2 ** all.length }, (_, bits) => all.filter((_one, place) => (bits >> place) % 2 === 1));
  return sets.filter((set) => set.length > 0);
}
