// The page of development sign-in: type any name and be that user. It proves nothing about anybody, which is why it
// exists on a laptop only and says so. Not the check that keeps it there: that is development.ts beside it. Pure.

import type { Look } from "../app/app.ts";
import { createNonce, Layout, renderPage } from "../pages/layout.tsx";

export interface DevelopmentView {
  readonly look: Look;
  readonly state: string;
  /** Where the form goes. A GET form drops a query string here, so there must be none. */
  readonly callback: string;
  readonly suggestion: string;
}

export function developmentPage(view: DevelopmentView): Response {
  const nonce = createNonce();
  return renderPage(
    <Layout look={view.look} title="Development sign-in" nonce={nonce}>
      <div class="lead-in">
        <h1>Development sign-in</h1>
        <p class="notice">
          No password, no check: anyone who types a name is that user. This page works on this laptop only and is never
          part of a deployed service.
        </p>
      </div>
      <form method="get" action={view.callback}>
        <input type="hidden" name="state" value={view.state} />
        <label class="field">
          Sign in as
          <input
            type="text"
            name="name"
            value={view.suggestion}
            required
            pattern=".*\S.*"
            title="A name has at least one letter."
            maxlength={64}
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
          />
          <span class="small">A new name is a new user, who has nothing here yet.</span>
        </label>
        <div class="decide">
          <button type="submit">Sign in</button>
        </div>
      </form>
    </Layout>,
    // A GET form carries no Origin header to spoil, so the stricter referrer policy stands.
    { nonce },
  );
}
