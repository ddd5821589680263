// What every page of the bridge keeps, narrow and wide, light and dark, with small letters and large: axe-core's rules of WCAG 2.2 AA
// and of good practice, and that nothing is out of sight to the side.

import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect } from "vitest";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** In the page: each rule that is broken, and where. */
const RUN = `axe.run(document, { runOnly: ${JSON.stringify(RULES)}, resultTypes: ["violations"] }).then(({ violations }) =>
  violations.flatMap(({ id, nodes }) => nodes.map(({ html, any }) => [id, html.slice(0, 160), any[0]?.message ?? ""].join(" | "))))`;

const WIDE = "document.documentElement.scrollWidth > document.documentElement.clientWidth";

/** Looks at the page as it stands, and leaves it as it was. */
export async function expectSound(page: Page, name: string): Promise<void> {
  const before = page.viewportSize() ?? { width: 900, height: 900 };
  await page.evaluate(`typeof axe === "undefined" && (0, eval)(${JSON.stringify(axe.source)})`);
  for (const width of [320, 1100]) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect([name, width, colorScheme, await page.evaluate(RUN)]).toEqual([name, width, colorScheme, []]);
    }
    for (const size of ["200%", ""]) {
      await page.evaluate(`document.documentElement.style.fontSize = "${size}"`);
      expect([name, width, size, await page.evaluate(WIDE)]).toEqual([name, width, size, false]);
    }
  }
  await page.emulateMedia({ colorScheme: null });
  await page.setViewportSize(before);
}
