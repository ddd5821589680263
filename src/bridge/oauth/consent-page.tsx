// The consent page: who asks, where access would go, what it may do, for how long; then Deny or Allow. It decides
// nothing and is believed in nothing: the POST is checked against the stored request, and only ticks, lifetime and
// decision are read from it. Everything a client says about itself is hostile text here, never a link or image. Pure.

import type { Look } from "../app/app.ts";
import { ClientName } from "../pages/client-name.tsx";
import { Layout, renderPage } from "../pages/layout.tsx";
import { ClockTime } from "../pages/when.tsx";

export interface ConsentOffer {
  readonly scope: string;
  readonly may: string;
  readonly risk: string;
  readonly ticked: boolean;
  /** Part of every grant: shown ticked, not to be unticked. */
  readonly locked: boolean;
  readonly asked: boolean;
  /** A tool that needs it can delete things. */
  readonly deletes: boolean;
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
  /** Until when this page can be sent, in milliseconds since 1970. */
  readonly until: number;
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
        {/* Enter in a tick presses the first button of a form: this one, which does nothing. */}
        <button type="submit" formmethod="dialog" hidden />
        <input type="hidden" name="handle" value={view.handle} />
        <input type="hidden" name="until" value={String(view.until)} />
        <Offers offers={view.offers} />
        <Lifetimes lifetimes={view.lifetimes} connections={view.connections} />
        <Decision signIns={view.signIns} until={view.until} />
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
          <ClientName name={clientName} address={clientAddress} suspects={suspects} />
          <span class="small">
            {clientAddress === undefined
              ? "The app chose this name itself. Nobody has checked it."
              : "The app's description was found at this address. Its name was not checked."}
          </span>
        </dd>
      </div>
      <div>
        <dt>Who receives the access</dt>
        <dd>
          <span>
            {redirectIsLoopback ? "A program on this device: " : "A website: "}
            <code class="host" translate="no">
              {redirectHost}
            </code>
          </span>
          <span class="small">
            {redirectIsLoopback
              ? "Go on only if you just started to connect it."
              : "Anyone who runs this address receives the access. Go on only if you know it."}
          </span>
        </dd>
      </div>
    </dl>
  );
}

/** What the app did not ask for is out of the way, but for an app that asked for nothing more. */
function Offers({ offers }: Pick<ConsentView, "offers">) {
  const [asked, rest] = [offers.filter(isFirst), offers.filter((offer) => !isFirst(offer))];
  const more = offers.some(({ asked, locked }) => asked && !locked);
  return (
    <fieldset>
      <legend>What it may do</legend>
      {asked.map((offer) => (
        <Choice offer={offer} />
      ))}
      {rest.length === 0 ? null : (
        <details open={!more}>
          <summary>
            {more ? `${rest.length} more that it did not ask for` : "It asked for nothing more. You can tick more."}
          </summary>
          <div class="more">
            {rest.map((offer) => (
              <Choice offer={offer} />
            ))}
          </div>
        </details>
      )}
      <p class="notice deletes">You ticked something that lets it delete. What is deleted cannot be brought back.</p>
    </fieldset>
  );
}

const isFirst = ({ asked, locked }: ConsentOffer) => asked || locked;

function Choice({ offer }: { readonly offer: ConsentOffer }) {
  const { scope, may, risk, ticked, locked, asked, deletes } = offer;
  return (
    <label class="choice">
      <input
        type="checkbox"
        name="scope"
        value={scope}
        checked={ticked}
        disabled={locked}
        {...(deletes && { class: "deletes" })}
      />
      <span>
        <span class="may">{may}</span>
        <span class="small">{risk}</span>
        <span class="meta">
          <code translate="no">{scope}</code>
          {deletes ? <span class="tag care">can delete</span> : null}
          {locked ? <span class="tag">always included</span> : null}
          {asked && !ticked ? <span class="tag">asked for</span> : null}
        </span>
      </span>
    </label>
  );
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
        It ends then, or after a day without use. If the app is connected already, this replaces that connection.{" "}
        {connections === undefined ? (
          "Anyone who runs this service can end it sooner."
        ) : (
          <>
            You can end it sooner under <a href={connections}>your connections</a>.
          </>
        )}
      </p>
    </fieldset>
  );
}

// Deny stands first: neither is what a hurried click hits.
function Decision({ signIns, until }: Pick<ConsentView, "signIns" | "until">) {
  return (
    <section>
      {signIns.length === 0 ? (
        <p class="notice">No sign-in is set up on this service, so nothing can be allowed.</p>
      ) : (
        <p class="small">
          The app gets nothing until you have signed in, and only what you ticked. You can decide until{" "}
          <ClockTime at={until} />.
        </p>
      )}
      <div class="decide">
        <button type="submit" name="decision" value="deny" class="deny">
          Deny
        </button>
        {signIns.map(({ name, label }) => (
          <button type="submit" name="decision" value={`allow:${name}`}>
            Allow, then sign in with {label}
          </button>
        ))}
      </div>
    </section>
  );
}
