// The consent page: who asks, where access would go, what it may do, for how long; then Deny or Allow. It decides
// nothing and is believed in nothing: the POST is checked against the stored request, and only ticks, lifetime and
// decision are read from it. Everything a client says about itself is hostile text here, never a link or image. Pure.

import type { Look } from "../app/app.ts";
import { ForeignText } from "../pages/foreign-text.tsx";
import { Layout, renderPage } from "../pages/layout.tsx";

export interface ConsentOffer {
  readonly scope: string;
  readonly may: string;
  readonly risk: string;
  readonly ticked: boolean;
  /** Part of every grant: shown ticked, not to be unticked. */
  readonly locked: boolean;
  readonly asked: boolean;
}

export interface ConsentView {
  readonly look: Look;
  readonly nonce: string;
  /** From `beginConsent`: the cookie that binds the handle to this browser. */
  readonly headers: Headers;
  readonly handle: string;
  readonly clientName: string;
  /** The address at which the client's document was found, without its scheme; undefined is "unverified". */
  readonly clientAddress: string | undefined;
  /** ASCII, so that a look-alike host shows as `xn--…`; with its scheme when that is a program's own. */
  readonly redirectHost: string;
  /** A program on this computer: by loopback or by its scheme. */
  readonly redirectIsLoopback: boolean;
  readonly offers: readonly ConsentOffer[];
  readonly signIns: readonly { readonly name: string; readonly label: string }[];
  readonly lifetimes: readonly { readonly seconds: number; readonly label: string; readonly chosen: boolean }[];
  /** Characters of the client's name to show as code points beside themselves. */
  readonly suspects: ReadonlySet<string>;
  /** Whole sentences, such as one about a look-alike name. */
  readonly warnings: readonly string[];
  /** Where users end their connections; undefined without the console. */
  readonly connections: string | undefined;
}

export function consentPage(view: ConsentView): Response {
  return renderPage(
    <Layout look={view.look} title="An app asks for access" nonce={view.nonce}>
      <div class="lead-in">
        <h1>An app asks for access</h1>
        <p>Allow it only if you started this yourself, just now.</p>
      </div>
      {view.warnings.length === 0 ? null : (
        <div class="notice" role="note" aria-label="Warning">
          {view.warnings.map((warning) => (
            <p>{warning}</p>
          ))}
        </div>
      )}
      <Facts {...view} />
      <form method="post" action="/authorize">
        <input type="hidden" name="handle" value={view.handle} />
        <Offers offers={view.offers} />
        <Lifetimes lifetimes={view.lifetimes} connections={view.connections} />
        <Decision signIns={view.signIns} />
      </form>
    </Layout>,
    { nonce: view.nonce, headers: view.headers, form: true },
  );
}

function Facts({ clientName, clientAddress, redirectHost, redirectIsLoopback, suspects }: ConsentView) {
  return (
    <dl class="facts">
      <div>
        <dt>Who asks</dt>
        <dd>
          <span class="who">
            <ForeignText text={clientName} suspects={suspects} />
            {clientAddress === undefined ? (
              <span class="tag care">unverified</span>
            ) : (
              <span class="tag sure">verified: {clientAddress}</span>
            )}
          </span>
          <span class="small">
            {clientAddress === undefined
              ? "The app chose this name itself. Nobody has checked it."
              : "The app's description was found at this address; nothing else was checked. The name is its own choice."}
          </span>
        </dd>
      </div>
      <div>
        <dt>Where access is sent</dt>
        <dd>
          <code class="host">{redirectHost}</code>
          {redirectIsLoopback ? (
            <span class="notice">
              It goes to an app on this computer. Continue only if you just started connecting it.
            </span>
          ) : (
            <span class="small">Whoever runs this address receives the access. Continue only if you know it.</span>
          )}
        </dd>
      </div>
    </dl>
  );
}

function Offers({ offers }: Pick<ConsentView, "offers">) {
  return (
    <fieldset>
      <legend>What it may do</legend>
      {offers.map((offer) => (
        <label class="choice">
          <input
            type="checkbox"
            name="scope"
            value={offer.scope}
            checked={offer.ticked || offer.locked}
            disabled={offer.locked}
          />
          <span>
            <span class="may">{offer.may}</span>
            <span class="small">{offer.risk}</span>
            <span class="meta">
              <code>{offer.scope}</code>
              <span class="tag">{offerNote(offer)}</span>
            </span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function offerNote({ locked, asked }: ConsentOffer): string {
  if (locked) return "always included";
  return asked ? "asked for" : "not asked for";
}

function Lifetimes({ lifetimes, connections }: Pick<ConsentView, "lifetimes"> & { connections: string | undefined }) {
  return (
    <fieldset>
      <legend>For how long</legend>
      <div class="spans">
        {lifetimes.map(({ seconds, label, chosen }) => (
          <label class="choice">
            <input type="radio" name="lifetime" value={String(seconds)} checked={chosen} />
            <span>{label}</span>
          </label>
        ))}
      </div>
      <p class="small">
        Then it has to ask you again.{" "}
        {connections === undefined ? (
          "Whoever runs this bridge can end it sooner."
        ) : (
          <>
            You can end it sooner under <a href={connections}>your connections</a>.
          </>
        )}
      </p>
    </fieldset>
  );
}

// Deny stands first: pressing Enter in a form presses its first button.
function Decision({ signIns }: Pick<ConsentView, "signIns">) {
  return (
    <section>
      {signIns.length === 0 ? (
        <p class="notice">No sign-in is set up on this bridge, so nothing can be allowed.</p>
      ) : (
        <p class="small">Nothing is given before you have signed in, and never more than you ticked.</p>
      )}
      <div class="decide">
        <button type="submit" name="decision" value="deny" class="deny">
          Deny
        </button>
        {signIns.map(({ name, label }) => (
          <button type="submit" name="decision" value={`allow:${name}`}>
            Allow and sign in with {label}
          </button>
        ))}
      </div>
    </section>
  );
}
