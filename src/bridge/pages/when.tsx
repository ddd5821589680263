// Times and places as users say them: how long ago and exactly when, in UTC, because a server does not know where its reader is;
// and where a request came from, as coarse as it was kept. Pure.

import type { Where } from "../gate/where.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function When({ at, now }: { readonly at: number; readonly now: number }) {
  const iso = new Date(at).toISOString();
  return (
    <time datetime={iso}>
      {relative(at, now)} <span class="soft">({iso.slice(0, 16).replace("T", " ")} UTC)</span>
    </time>
  );
}

/** "14:03 UTC": until when something can be done. */
export function ClockTime({ at }: { readonly at: number }) {
  const iso = new Date(at).toISOString();
  return <time datetime={iso}>{`${iso.slice(11, 16)} UTC`}</time>;
}

function relative(at: number, now: number): string {
  const distance = Math.abs(now - at);
  if (distance < 45_000) return at > now ? "in a moment" : "just now";
  const [count, unit] =
    distance < HOUR
      ? [Math.round(distance / MINUTE), "minute"]
      : distance < DAY
        ? [Math.round(distance / HOUR), "hour"]
        : [Math.round(distance / DAY), "day"];
  const words = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return at > now ? `in ${words}` : `${words} ago`;
}

const COUNTRIES = new Intl.DisplayNames(["en"], { type: "region", fallback: "none" });
/** What Cloudflare says when it is no country: unknown, and the Tor network. */
const NOWHERE: Readonly<Record<string, string>> = { XX: "an unknown place", T1: "the Tor network" };

/** "Germany, network AS3320, with mcp-remote". @param loopback the bridge runs on the user's own computer */
export function placeOf({ country, asn, agent }: Where, loopback: boolean): string {
  const place = loopback ? "this computer" : (NOWHERE[country] ?? countryName(country));
  const network = asn === 0 ? "" : `, network AS${asn}`;
  return `${place}${network}${agent === "other" ? "" : `, with ${AGENTS[agent] ?? agent}`}`;
}

/** Families of programs whose own word for themselves would be taken for something else. */
const AGENTS: Readonly<Record<string, string>> = { mozilla: "a web browser", node: "a Node program", python: "Python" };

function countryName(country: string): string {
  return COUNTRIES.of(country) ?? country;
}
