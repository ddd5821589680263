// The page where a user decides about one call: what it would do and what is lost, which app asks, and why they are asked; then
// Refuse or Approve. Titles, arguments and names are strangers' text. It decides nothing. Pure.

import type { Approval, Plan } from "../gate/approval.ts";
import { ClientName } from "../pages/client-name.tsx";
import { ForeignText } from "../pages/foreign-text.tsx";
import { ClockTime, When } from "../pages/when.tsx";

export interface ApprovalView {
  readonly approval: Approval;
  readonly tool: { readonly title: string; readonly name: string; readonly egress: boolean };
  /** What the tool says that the call would do; undefined when it does not say, and then the arguments stand here. */
  readonly plan: Plan | undefined;
  readonly args: readonly (readonly [name: string, value: string])[];
  readonly client: {
    readonly name: string;
    readonly address: string | undefined;
    readonly suspects: ReadonlySet<string>;
    readonly warnings: readonly string[];
  };
  /** For the form. */
  readonly token: string;
  /** How to sign in anew, when the sign-in is too old to approve. */
  readonly again: { readonly name: string; readonly label: string } | undefined;
  readonly path: string;
  /** From where it was asked. */
  readonly place: string;
  readonly now: number;
}

const LONGEST_PLAN = 300;

export function ApprovalQuestion(view: ApprovalView) {
  const { approval, tool, plan, args } = view;
  return (
    <>
      <div class="lead-in">
        <h1>An app asks for your approval</h1>
        <p>Approve it only if this is what you want to happen. If you did not expect it, refuse.</p>
      </div>
      <Warnings {...view} />
      <section class="deed">
        <h2>{plan === undefined ? tool.title : <ForeignText text={plan.will} longest={LONGEST_PLAN} />}</h2>
        {plan === undefined ? <Arguments args={args} /> : <Lost plan={plan} />}
        {tool.egress ? (
          <p>This is sent to a site outside this service. Look whether it carries something of yours.</p>
        ) : null}
      </section>
      <dl class="facts">
        <div>
          <dt>Who asks</dt>
          <dd>
            <ClientName {...view.client} />
            <span class="small">
              {view.client.address === undefined
                ? "An app that you connected. It chose this name itself."
                : `An app that you connected, described at ${view.client.address}.`}
            </span>
          </dd>
        </div>
        <div>
          <dt>Asked</dt>
          <dd>
            <When at={approval.asked} now={view.now} />
            <span class="small">From {view.place}.</span>
          </dd>
        </div>
        <div>
          <dt>You can decide until</dt>
          <dd>
            <ClockTime at={approval.expires} />
            <span class="small">After that nothing happens, and your app has to ask again.</span>
          </dd>
        </div>
        <div>
          <dt>Tool</dt>
          <dd>
            <span>
              {tool.title}{" "}
              <code class="soft" translate="no">
                {tool.name}
              </code>
            </span>
            {plan === undefined ? null : (
              <details>
                <summary>Technical details</summary>
                <Arguments args={args} />
              </details>
            )}
          </dd>
        </div>
      </dl>
      <Decision {...view} />
    </>
  );
}

function Warnings({ approval, client }: ApprovalView) {
  if (!approval.tainted && client.warnings.length === 0) return null;
  return (
    <div class="notice" role="note" aria-label="Warning">
      {approval.tainted ? (
        <p>
          <strong>
            {approval.taintedElsewhere ? "Another of your apps" : "This app"} has just read text that others wrote,
          </strong>{" "}
          such as a web page. That text may be why it asks. Approve only if you wanted this yourself.
        </p>
      ) : null}
      {client.warnings.map((warning) => (
        <p>{warning}</p>
      ))}
    </div>
  );
}

function Lost({ plan }: { readonly plan: Plan }) {
  if (plan.lost.length === 0) return <p>Nothing is lost by it.</p>;
  return (
    <>
      <p>
        <strong>This will be lost for good:</strong>
      </p>
      <ul class="points">
        {plan.lost.map((line) => (
          <li>
            <ForeignText text={line} longest={LONGEST_PLAN} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Arguments({ args }: Pick<ApprovalView, "args">) {
  if (args.length === 0) return <p class="small">Without any arguments.</p>;
  return (
    <dl class="arguments">
      {args.map(([name, value]) => (
        <div>
          <dt>
            <code translate="no">{name}</code>
          </dt>
          <dd>
            <ForeignText text={value} longest={Number.POSITIVE_INFINITY} exact />
          </dd>
        </div>
      ))}
    </dl>
  );
}

// Refuse stands first: pressing Enter in a form presses its first button.
function Decision({ token, again, path }: ApprovalView) {
  return (
    <section>
      {again === undefined ? null : <p class="notice">To approve, sign in again. To refuse, you do not have to.</p>}
      <div class="decide">
        <form method="post" action={path}>
          <input type="hidden" name="form" value={token} />
          <button type="submit" name="decision" value="refuse" class="deny">
            Refuse
          </button>
        </form>
        {again === undefined ? (
          <form method="post" action={path}>
            <input type="hidden" name="form" value={token} />
            <button type="submit" name="decision" value="approve">
              Approve
            </button>
          </form>
        ) : (
          <form method="post" action={`/sign-in/${again.name}`}>
            <input type="hidden" name="return" value={path} />
            <input type="hidden" name="fresh" value="1" />
            <button type="submit">Sign in with {again.label} to approve</button>
          </form>
        )}
      </div>
    </section>
  );
}
