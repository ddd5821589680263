// Colours as far as they decide whether letters can be told from what is behind them (WCAG 2.2, relative luminance). Only opaque
// ones that are known for certain: a colour that is not read here counts as hiding. Pure.

/** Below this nobody reads letters without looking for them. */
export const INVISIBLE_CONTRAST = 2;

const NAMED: Readonly<Record<string, string>> = {
  black: "000000",
  white: "ffffff",
  red: "ff0000",
  green: "008000",
  blue: "0000ff",
  navy: "000080",
  maroon: "800000",
  purple: "800080",
  teal: "008080",
  olive: "808000",
  gray: "808080",
  grey: "808080",
  silver: "c0c0c0",
  yellow: "ffff00",
  lime: "00ff00",
  aqua: "00ffff",
  fuchsia: "ff00ff",
  orange: "ffa500",
  brown: "a52a2a",
  crimson: "dc143c",
  darkred: "8b0000",
  darkgreen: "006400",
  darkblue: "00008b",
  darkorange: "ff8c00",
  dimgray: "696969",
  lightgray: "d3d3d3",
  lightyellow: "ffffe0",
  whitesmoke: "f5f5f5",
};

/** Its relative luminance; undefined when it is not known, or lets something through. */
export function asColour(text: string): number | undefined {
  const word = text.trim().toLowerCase();
  const hex = Object.hasOwn(NAMED, word) ? NAMED[word] : /^#([\da-f]{3}|[\da-f]{6})$/.exec(word)?.[1];
  if (hex !== undefined) {
    const digits = hex.length === 3 ? [...hex].map((each) => each + each).join("") : hex;
    return luminance([0, 2, 4].map((at) => Number.parseInt(digits.slice(at, at + 2), 16)));
  }
  const parts = /^rgb\((\d{1,3}), ?(\d{1,3}), ?(\d{1,3})\)$/.exec(word);
  return parts === null ? undefined : luminance(parts.slice(1).map((part) => Math.min(255, Number(part))));
}

function luminance(channels: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = channels.map((channel) => {
    const part = channel / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

export function contrast(one: number, other: number): number {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}
