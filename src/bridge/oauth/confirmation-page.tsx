// The second page: who signed in, what of the ticks is left for the app, what is not and why; then Cancel or Continue. Like the
// consent page it decides nothing. The app's and the person's names are strangers' text. Pure.

import type { Look } from "../app/app.ts";
import { ForeignText } from "../pages/foreign-text.tsx";
import { Layout, renderPage } from "../pages/layout.tsx";
import type { Dropped } from "./grantable.ts";

export interface ConfirmationView {
  readonly look: Look;
  readonly nonce: string;
  /** The cookie that binds the handle to this browser. */
  readonly headers: Headers;
  readonly handle: string;
  readonly clientName: string;
  readonly suspects: ReadonlySet<string>;
  /** ASCII, as on the first page. */
  readonly redirectHost: string;
  readonly personName: string;
  readonly provider: string;
  /** Somebody else was signed in here when the app was allowed in. */
  readonly another: boolean;
  readonly left: readonly { readonly scope: string; readonly may: string }[];
  readonly dropped: readonly { readonly scope: string; readonly may: string; readonly why: Dropped["why"] }[];
}

const WHY = {
  unentitled: "You do not hold this on this bridge, so you cannot give it.",
  "old-sign-in": "This needs a sign-in of the last five minutes. Connect again from the app to sign in anew.",
} as const;

export function confirmationPage(view: ConfirmationView): Response {
  const title = view.another ? "You signed in as somebody else" : "Less than you ticked";
  return renderPage(
    <Layout look={view.look} title={title} nonce={view.nonce}>
      <div class="lead-in">
        <h1>{title}</h1>
        {view.another ? (
          <p>
            Another user was signed in here when you allowed this app. Go on only if the app may act for the user below.
          </p>
        ) : null}
        {view.dropped.length > 0 ? (
          <p>Now that you have signed in, only a part of it can be given. Look again before you go on.</p>
        ) : null}
      </div>
      <dl class="facts">
        <div>
          <dt>Signed in as</dt>
          <dd>
            <ForeignText text={view.personName} />
            <span class="small">with {view.provider}</span>
          </dd>
        </div>
        <div>
          <dt>Who asks</dt>
          <dd>
            <ForeignText text={view.clientName} suspects={view.suspects} />
          </dd>
        </div>
        <div>
          <dt>Where access is sent</dt>
          <dd>
            <code class="host">{view.redirectHost}</code>
          </dd>
        </div>
      </dl>
      <section>
        <h2>What it may do</h2>
        <ul class="left">
          {view.left.map(({ scope, may }) => (
            <li>
              <span class="may">{may}</span>
              <code>{scope}</code>
            </li>
          ))}
        </ul>
      </section>
      {view.dropped.length > 0 ? (
        <section>
          <h2>What it does not get</h2>
          <ul class="left gone">
            {view.dropped.map(({ scope, may, why }) => (
              <li>
                <span class="may">{may}</span>
                <code>{scope}</code>
                <span class="small">{WHY[why]}</span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      <form method="post" action="/authorize">
        <input type="hidden" name="handle" value={view.handle} />
        <div class="decide">
          <button type="submit" name="confirm" value="cancel" class="deny">
            Cancel
          </button>
          <button type="submit" name="confirm" value="continue">
            Continue
          </button>
        </div>
      </form>
    </Layout>,
    { nonce: view.nonce, headers: view.headers, form: true },
  );
}
