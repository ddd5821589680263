// What can be said of an app's rules without running them. Each finding is one line: what is wrong, and what mends it. Pure.

import type { App } from "../../../src/bridge/app/app.ts";

export function ruleFindings(app: Pick<App, "policy" | "scopes">): readonly string[] {
  const rules = Object.entries(app.policy);
  const unused = app.scopes.all.filter((scope) => !rules.some(([, rule]) => rule.scope === scope));
  return [
    ...unused.map((scope) => `no rule uses the scope ${scope}: name it in a rule, or take it out of the scopes`),
    ...rules.flatMap(([name, rule]) => {
      const found: string[] = [];
      const fits = rule.input.safeParse(rule.example);
      if (rule.example === undefined) found.push("has no example: write arguments that fit its input");
      else if (!fits.success) {
        const [issue] = fits.error.issues;
        found.push(
          `its example does not fit its input, so change one of them: ${[...(issue?.path ?? []), issue?.message].join(" ")}`,
        );
      }
      if (rule.effect === "read" && rule.plan !== undefined)
        found.push(
          'reads, and its tool has a plan: what reads changes nothing, so say effect: "write", or drop the plan',
        );
      return found.map((what) => `${name}: ${what}`);
    }),
  ];
}
