// What waits for this user's yes, and what they decided lately. To decide, they open the page of that very call. Pure.

import type { Approval, ApprovalState } from "../gate/approval.ts";
import type { NamedClients } from "../oauth/client-names.ts";
import { IdEnd } from "../pages/client-name.tsx";
import { ForeignText } from "../pages/foreign-text.tsx";
import { When } from "../pages/when.tsx";
import type { Names } from "./names.ts";

export interface ApprovalsView {
  readonly approvals: readonly Approval[];
  /** What each that waits would do, in the words of its plan. */
  readonly wills: ReadonlyMap<string, string>;
  readonly clients: NamedClients;
  readonly names: Names;
  readonly now: number;
}

const STATES: Readonly<Record<ApprovalState, string>> = {
  waiting: "waits for you",
  approved: "approved, not used yet",
  refused: "you refused",
  used: "approved and used",
  expired: "ran out, nothing was done",
};

const LONGEST_WILL = 300;

export function Approvals(view: ApprovalsView) {
  const waiting = view.approvals.filter(({ state }) => state === "waiting");
  const decided = view.approvals.filter(({ state }) => state !== "waiting");
  return (
    <>
      <div class="lead-in">
        <h1>Approvals</h1>
        <p>What an app may do only after you said yes. Each question waits for five minutes.</p>
      </div>
      <section>
        <h2>Waiting for you</h2>
        {waiting.length === 0 ? <None words="Nothing waits for you." /> : <List approvals={waiting} view={view} />}
      </section>
      <section class="part">
        <h2>Earlier</h2>
        {decided.length === 0 ? <None words="Nothing was decided lately." /> : <List approvals={decided} view={view} />}
      </section>
    </>
  );
}

function None({ words }: { readonly words: string }) {
  return <p class="empty">{words}</p>;
}

function List({ approvals, view }: { readonly approvals: readonly Approval[]; readonly view: ApprovalsView }) {
  const { clients, names, wills, now } = view;
  return (
    <ol class="events">
      {approvals.map(({ id, client, tool, state, asked, where, tainted }) => (
        <li>
          <span class="what">
            <span>
              <strong>
                <ForeignText
                  text={clients.get(client)?.name ?? ""}
                  suspects={clients.get(client)?.suspects ?? new Set()}
                />
              </strong>
              <IdEnd id={client} /> asked:{" "}
              <ForeignText text={wills.get(id) ?? names.titleOf(tool)} longest={LONGEST_WILL} />
            </span>
            {state === "waiting" ? (
              <a class="go" href={`/approvals/${id}`}>
                Look and decide
              </a>
            ) : (
              <span class={state === "used" || state === "approved" ? "tag sure" : "tag"}>{STATES[state]}</span>
            )}
          </span>
          <span class="small">
            <When at={asked} now={now} /> · from {names.placeOf(where)}
          </span>
          {tainted ? <span class="tag care fit">after text that others wrote</span> : null}
        </li>
      ))}
    </ol>
  );
}
