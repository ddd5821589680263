// The second page: who signed in, what the app gets, what it does not get or loses, and why; then Cancel or Continue. Like the
// consent page it decides nothing. The names of the app and of the user are strangers' text. Pure.

import type { Look } from "../app/app.ts";
import { ClientName } from "../pages/client-name.tsx";
import { ForeignText } from "../pages/foreign-text.tsx";
import { Layout, renderPage } from "../pages/layout.tsx";
import { ClockTime } from "../pages/when.tsx";
import type { Dropped } from "./grantable.ts";

export interface ConfirmationView {
  readonly look: Look;
  readonly nonce: string;
  /** The cookie that binds the handle to this browser. */
  readonly headers: Headers;
  readonly handle: string;
  readonly clientName: string;
  readonly clientAddress: string | undefined;
  readonly suspects: ReadonlySet<string>;
  /** ASCII, as on the first page. */
  readonly redirectHost: string;
  readonly userName: string;
  readonly provider: string;
  /** Somebody else was signed in here when the app was allowed in. */
  readonly another: boolean;
  readonly lifetime: string;
  /** Until when this page can be sent, in milliseconds since 1970. */
  readonly until: number;
  readonly left: readonly { readonly scope: string; readonly may: string; readonly deletes: boolean }[];
  readonly dropped: readonly { readonly scope: string; readonly may: string; readonly why: Dropped["why"] }[];
}

const WHY = {
  unentitled: "Your account may not do this here, so you cannot give it.",
  "old-sign-in": "This needs a sign-in of the last five minutes. Connect again from the app to sign in anew.",
  replaced: "The app has this now. You did not tick it this time, so the app loses it.",
} as const;

export function confirmationPage(view: ConfirmationView): Response {
  const lost = !view.another && view.dropped.every(({ why }) => why === "replaced");
  const less = lost ? "This replaces a connection" : "Less than you ticked";
  const title = view.another ? "You signed in as somebody else" : less;
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
          <p>
            {lost
              ? "This app is connected already. Its new access takes the place of what it has now."
              : "Now that you have signed in, only a part of it can be given. Look again before you go on."}
          </p>
        ) : null}
      </div>
      <dl class="facts">
        <div>
          <dt>Signed in as</dt>
          <dd>
            <ForeignText text={view.userName} />
            <span class="small">with {view.provider}</span>
          </dd>
        </div>
        <div>
          <dt>Who asks</dt>
          <dd>
            <ClientName name={view.clientName} address={view.clientAddress} suspects={view.suspects} />
          </dd>
        </div>
        <div>
          <dt>Who receives the access</dt>
          <dd>
            <code class="host" translate="no">
              {view.redirectHost}
            </code>
          </dd>
        </div>
        <div>
          <dt>For how long</dt>
          <dd>{view.lifetime}</dd>
        </div>
      </dl>
      <section>
        <h2>What it may do</h2>
        <ul class="left">
          {view.left.map(({ scope, may, deletes }) => (
            <li>
              <span class="may">{may}</span>
              <span class="meta">
                <code translate="no">{scope}</code>
                {deletes ? <span class="tag care">can delete</span> : null}
              </span>
            </li>
          ))}
        </ul>
      </section>
      {view.dropped.length > 0 ? (
        <section>
          <h2>{lost ? "What it loses" : "What it does not get"}</h2>
          <ul class="left gone">
            {view.dropped.map(({ scope, may, why }) => (
              <li>
                <span class="may">{may}</span>
                <code translate="no">{scope}</code>
                <span class="small">{WHY[why]}</span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      <form method="post" action="/authorize">
        <input type="hidden" name="handle" value={view.handle} />
        <input type="hidden" name="until" value={String(view.until)} />
        <p class="small">
          The app gets nothing until you continue. You can decide until <ClockTime at={view.until} />.
        </p>
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
