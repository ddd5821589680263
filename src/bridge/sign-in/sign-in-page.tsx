// The page that asks a user to sign in before one of the bridge's own pages, and the page for when that did not work. Says
// nothing of what lies behind it: anyone who is not signed in learns nothing. Pure.

import type { App, Look } from "../app/app.ts";
import { createNonce, Layout, renderPage } from "../pages/layout.tsx";
import { labelOf, type SignIn } from "../request/sign-in.ts";
import type { Settings } from "../settings.ts";

interface Choices {
  readonly app: Pick<App, "look">;
  readonly signIns: readonly SignIn[];
  readonly settings: Settings;
  /** A path of ours. */
  readonly returnTo: string;
  /** True where something may be deleted: the user proves again who they are. */
  readonly fresh?: boolean;
}

export interface SignInView extends Choices {
  readonly title: string;
  readonly why: string;
  /** 403 where a form came without a session: nothing was done. */
  readonly status?: number;
}

export function signInPage({ title, why, status = 200, ...choices }: SignInView): Response {
  const nonce = createNonce();
  return renderPage(
    <Layout look={choices.app.look} title={title} nonce={nonce}>
      <div class="lead-in">
        <h1>{title}</h1>
        <p>{why}</p>
      </div>
      <SignInChoices {...choices} />
    </Layout>,
    { nonce, status, form: true },
  );
}

/** One button for each way to sign in. */
function SignInChoices({ signIns, settings, returnTo, fresh = false }: Choices) {
  return (
    <div class="decide">
      {signIns.map((signIn) => (
        <form method="post" action={`/sign-in/${signIn.name}`}>
          <input type="hidden" name="return" value={returnTo} />
          {fresh ? <input type="hidden" name="fresh" value="1" /> : null}
          <button type="submit">Sign in with {labelOf(signIn, settings)}</button>
        </form>
      ))}
    </div>
  );
}

interface FailedView {
  readonly what: string;
  readonly status: number;
  readonly id: string;
  readonly again?: Choices;
}

export function signInFailed(look: Look, { what, status, id, again }: FailedView): Response {
  const nonce = createNonce();
  return renderPage(
    <Layout look={look} title="This sign-in did not work" nonce={nonce}>
      <div class="lead-in">
        <h1>This sign-in did not work</h1>
        <p>{what}</p>
      </div>
      <section>
        <h2>What to do</h2>
        {again === undefined ? (
          <p>Open the page that you wanted once more, in this browser, and sign in from there.</p>
        ) : (
          <SignInChoices {...again} />
        )}
      </section>
      <p class="small">
        If you ask for help, quote this id: <code translate="no">{id}</code>
      </p>
    </Layout>,
    { nonce, status, form: true },
  );
}
