// The page that a browser shows instead of a bare answer: what is wrong, and a way on. Status and headers are those of the answer.
// What programs read stays as it is. Pure, but for reading the answer's own words.

import type { Settings } from "../settings.ts";
import { createNonce, Layout, type LayoutProps, renderPage } from "./layout.tsx";

export interface ErrorView extends Pick<LayoutProps, "look"> {
  /** Unknown while they are wrong. */
  readonly settings: Settings | undefined;
  /** A provider's answer may have come to something before it failed. */
  readonly maybeDone: boolean;
  readonly id: string;
}

/** Whether a browser shows the answer to somebody; `form`: the path takes forms of our pages. */
export function wantsPage({ method, headers }: Request, form: boolean): boolean {
  const shown = method === "GET" || method === "HEAD" || (method === "POST" && form);
  return shown && (headers.get("accept") ?? "").includes("text/html");
}

/** An answer that went wrong, as a page. */
export async function errorPage(answer: Response, view: ErrorView): Promise<Response> {
  const type = answer.headers.get("content-type") ?? "";
  if (answer.status < 400 || type.includes("text/html")) return answer;
  const said = type.includes("text/plain") ? (await answer.text()).trim() : "";
  const { title, what, next, address, detail } = wordsFor(answer, said, view);
  const nonce = createNonce();
  return renderPage(
    <Layout look={view.look} title={title} nonce={nonce}>
      <div class="lead-in">
        <h1>{title}</h1>
        <p>{what}</p>
      </div>
      <section>
        <h2>What to do</h2>
        <p>{next}</p>
        {address === undefined ? null : (
          <pre>
            <code translate="no">{address}</code>
          </pre>
        )}
        <p>
          <a href={view.settings?.publicUrl.href ?? "/"}>
            {address === undefined ? "Go to the front page" : "How to connect an app"}
          </a>
        </p>
      </section>
      {detail === undefined ? null : (
        <details>
          <summary>For the operator</summary>
          <pre>
            <code translate="no">{detail}</code>
          </pre>
        </details>
      )}
      <p class="small">
        If you ask for help, quote this id: <code translate="no">{view.id}</code>
      </p>
    </Layout>,
    { nonce, status: answer.status, headers: answer.headers },
  );
}

interface Words {
  readonly title: string;
  readonly what: string;
  readonly next: string;
  readonly address?: string | undefined;
  readonly detail?: string;
}

function wordsFor({ status, headers }: Response, said: string, { settings, maybeDone }: ErrorView): Words {
  switch (status) {
    case 401:
      return { ...FOR_APPS, address: settings?.resource };
    case 404:
      return {
        title: "There is no page here",
        what: "The address may be mistyped, or the page is gone.",
        next: "Check the address, or start from the front page.",
      };
    case 405:
      // Where a browser can open something, it came in a way that the page does not take.
      return headers.get("allow")?.includes("GET") === true ? WRONG_WAY : { ...FOR_APPS, address: settings?.resource };
    case 414:
      return {
        title: "The address is too long",
        what: "The address that your browser opened is longer than this service takes.",
        next: "If an app opened this page, close it and tell the app's maker.",
      };
    case 429: {
      const seconds = Number(headers.get("retry-after") ?? 60);
      return {
        title: "Too many requests",
        what: "Too many requests came from your network in a short time, so this one was not taken.",
        next: seconds > 90 ? `Try again in ${Math.ceil(seconds / 60)} minutes.` : "Try again in one minute.",
      };
    }
    case 503:
      return {
        title: "This service does not work at the moment",
        what: maybeDone ? "What you asked for may or may not have been done." : "Nothing was changed.",
        next: `Try again in a minute.${maybeDone ? " Look first whether it was done." : ""}`,
        ...(said !== "" && { detail: said }),
      };
    default:
      return {
        title: "This did not work",
        what: said || "The request was not taken.",
        next: "Go back to where you came from and try again.",
      };
  }
}

const FOR_APPS = {
  title: "This address is for apps",
  what: "Apps send their messages here. There is nothing to see in a browser.",
  next: "To connect an app, give it this address:",
} as const;

const WRONG_WAY = {
  title: "This page cannot be opened this way",
  what: "Your browser sent something that this page does not take. Nothing was changed.",
  next: "Start from the front page.",
} as const;
