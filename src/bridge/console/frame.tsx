// What every page of the console has in common: who is signed in, and the way to its three pages. Pure.

import type { Child } from "hono/jsx";
import { ForeignText } from "../pages/foreign-text.tsx";
import { type AccountView, userPage } from "../sign-in/account.tsx";
import { consoleStyle } from "./style.ts";

const PAGES = {
  "/console": "Connections",
  "/console/activity": "Activity",
  "/console/approvals": "Approvals",
} as const;

export interface ConsolePage {
  readonly title: string;
  readonly account: AccountView;
  /** How many approvals wait for the user. */
  readonly waiting: number;
  /** Which of the pages this is; none after something was done. */
  readonly at?: keyof typeof PAGES;
  readonly status?: number;
  readonly children: Child;
}

export function consolePage({ at, waiting, children, ...page }: ConsolePage): Response {
  return userPage({
    ...page,
    wide: true,
    style: consoleStyle,
    above: (
      <nav aria-label="Your pages">
        {Object.entries(PAGES).map(([path, label]) => (
          <a href={path} {...(path === at ? { "aria-current": "page" } : {})}>
            {label}
            {path === "/console/approvals" && waiting > 0 ? <span class="count"> {waiting} waiting</span> : null}
          </a>
        ))}
      </nav>
    ),
    children,
  });
}

/** After something was done, or could not be. */
export interface ConsoleMessage extends Omit<ConsolePage, "children"> {
  readonly what: string;
  /** Of an app that this is about. */
  readonly app?: string;
}

export function consoleMessage({ what, app, ...page }: ConsoleMessage): Response {
  return consolePage({
    ...page,
    children: (
      <>
        <div class="lead-in">
          <h1>{page.title}</h1>
          {app === undefined ? null : <ForeignText text={app} />}
          <p>{what}</p>
        </div>
        <p>
          <a href="/console">Back to your connections</a>
        </p>
      </>
    ),
  });
}
