// Contrast as WCAG 2.2 measures it (1.4.3), of every piece of text that a page shows, against what is painted behind it.

import type { Page } from "playwright-core";

/** Runs in the page. Text in words, its ratio, and what AA asks of text of its size. */
const MEASURE = `(() => {
  const channels = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const color = channels(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const text = node.textContent.trim();
    const element = node.parentElement;
    if (text === "" || element.checkVisibility?.() === false || ["STYLE", "OPTION"].includes(element.tagName)) continue;
    const style = getComputedStyle(element);
    const [one, two] = [light(channels(style.color)), light(ground(element))];
    const size = Number.parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    found.push({ text: text.slice(0, 40), ratio: (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05), least: large ? 3 : 4.5 });
  }
  return found;
})()`;

export interface Measured {
  readonly text: string;
  readonly ratio: number;
  readonly least: number;
}

export async function measureContrast(page: Page): Promise<readonly Measured[]> {
  return page.evaluate<readonly Measured[]>(MEASURE);
}
