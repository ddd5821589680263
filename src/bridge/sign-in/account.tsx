// Who is signed in, and the button that ends it: at the top of each page of a signed-in user. The name is what their provider
// calls them, so it is a stranger's text.

import type { Child } from "hono/jsx";
import type { Look } from "../app/app.ts";
import { ForeignText } from "../pages/foreign-text.tsx";
import { createNonce, Layout, renderPage } from "../pages/layout.tsx";
import type { MessageView } from "../pages/message.tsx";
import type { RequestContext } from "../request/context.ts";
import { labelOf } from "../request/sign-in.ts";
import { type BrowserSession, formToken } from "./browser-session.ts";

export interface AccountView {
  readonly look: Look;
  readonly name: string;
  readonly provider: string;
  /** For the form that signs out. */
  readonly token: string;
}

export async function accountOf(session: BrowserSession, context: RequestContext): Promise<AccountView> {
  const { app, settings, signIns } = context;
  const signIn = signIns.find(({ name }) => name === session.user.provider);
  return {
    look: app.look,
    name: session.user.name,
    provider: signIn === undefined ? session.user.provider : labelOf(signIn, settings),
    token: await formToken(session, "sign-out", settings),
  };
}

function Account({ name, provider, token }: AccountView) {
  return (
    <form class="account" method="post" action="/sign-out">
      <input type="hidden" name="form" value={token} />
      <span>
        <span class="soft">Signed in as</span> <ForeignText text={name} /> <span class="soft">with {provider}</span>
      </span>
      <button type="submit" class="quiet">
        Sign out
      </button>
    </form>
  );
}

export interface UserPage {
  /** Our own words only. */
  readonly title: string;
  readonly account: AccountView;
  readonly status?: number;
  readonly wide?: boolean;
  readonly style?: string;
  /** Stands above the sheet. */
  readonly above?: Child;
  readonly children: Child;
}

/** A page for this user alone. */
export function userPage({ title, account, status = 200, children, ...frame }: UserPage): Response {
  const nonce = createNonce();
  return renderPage(
    <Layout look={account.look} title={title} nonce={nonce} {...frame} aside={<Account {...account} />}>
      {children}
    </Layout>,
    { nonce, status, form: true },
  );
}

interface UserMessage extends Pick<UserPage, "title" | "account" | "status">, Pick<MessageView, "link"> {
  readonly what: string;
  readonly next: string;
}

export function userMessage({ what, next, link, ...page }: UserMessage): Response {
  return userPage({
    ...page,
    children: (
      <>
        <div class="lead-in">
          <h1>{page.title}</h1>
          <p>{what}</p>
        </div>
        <section>
          <h2>What to do</h2>
          <p>{next}</p>
          {link === undefined ? null : (
            <p>
              <a href={link.path}>{link.words}</a>
            </p>
          )}
        </section>
      </>
    ),
  });
}
