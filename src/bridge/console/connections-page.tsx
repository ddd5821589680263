// The apps that may act in this person's name: what each may do, since when, how it was used, and the buttons that end it. Names
// are strangers' text. Decides nothing. Pure.

import type { GrantId } from "../gate/principal.ts";
import type { Scope } from "../gate/scopes.ts";
import type { Connection, Stolen } from "../ledger/usage.ts";
import type { NamedClient, NamedClients } from "../oauth/client-names.ts";
import { ClientName } from "../pages/client-name.tsx";
import { ForeignText } from "../pages/foreign-text.tsx";
import { placeOf, When } from "../pages/when.tsx";
import type { Names } from "./names.ts";
import { NOTICES } from "./sentences.ts";

export interface ConnectionsView {
  readonly names: Names;
  readonly alive: readonly Connection[];
  readonly stolen: readonly Stolen[];
  /** A connection was ended a moment ago. */
  readonly ended: boolean;
  readonly clients: NamedClients;
  /** For the forms, by what they do. */
  readonly tokens: { readonly all: string; readonly one: ReadonlyMap<GrantId, string> };
  readonly resource: string;
  readonly now: number;
}

export function Connections(view: ConnectionsView) {
  const { alive, stolen, clients, tokens, resource, now } = view;
  return (
    <>
      <div class="lead-in">
        <h1>Connections</h1>
        <p>The apps that may act in your name on this bridge, and what each of them may do.</p>
      </div>
      {view.ended ? (
        <div class="notice" role="status">
          <h2>Disconnected</h2>
          <p>Its next request is refused. If you connect it again, it has to ask you anew.</p>
        </div>
      ) : null}
      {stolen.map(({ client, at }) => (
        <div class="notice" role="note" aria-label="Warning">
          <p>
            <strong>
              <Name client={clients.get(client)} /> was disconnected for your safety
            </strong>{" "}
            <When at={at} now={now} />. An old token of it came back, so somebody may have copied it. Look at what it
            did in <a href={activityOf(client)}>its activity</a>, and connect it again only from a computer that you
            trust.
          </p>
        </div>
      ))}
      {alive.length === 0 ? <NoConnections resource={resource} /> : null}
      {alive.map((connection) => (
        <Card
          names={view.names}
          connection={connection}
          client={clients.get(connection.client)}
          token={tokens.one.get(connection.grant) ?? ""}
          now={now}
        />
      ))}
      <Panic token={tokens.all} />
    </>
  );
}

const activityOf = (client: string) => `/console/activity?${new URLSearchParams({ client })}`;

/** On a button; the whole name stands at the top of its card. */
const SHORT_NAME = 24;

function Name({ client, longest }: { readonly client: NamedClient | undefined; readonly longest?: number }) {
  const suspects = client?.suspects ?? new Set();
  return <ForeignText text={client?.name ?? ""} suspects={suspects} {...(longest && { longest })} />;
}

function NoConnections({ resource }: Pick<ConnectionsView, "resource">) {
  return (
    <div class="empty">
      <p>
        <strong>No app is connected.</strong>
      </p>
      <p>Give an app this address to connect it:</p>
      <pre>
        <code translate="no">{resource}</code>
      </pre>
    </div>
  );
}

interface CardView {
  readonly names: Names;
  readonly connection: Connection;
  readonly client: NamedClient | undefined;
  readonly token: string;
  readonly now: number;
}

function Card({ names, connection, client, token, now }: CardView) {
  const { grant, opened, expires, calls, last, notices } = connection;
  return (
    <section class="card">
      <h2>
        <ClientName name={client?.name ?? ""} address={client?.address} suspects={client?.suspects ?? new Set()} />
      </h2>
      {client?.warnings.map((warning) => (
        <p class="notice">{warning}</p>
      ))}
      {notices
        .filter((what) => what !== "grant-can-write")
        .map((what) => (
          <p class="notice">{`This app ${NOTICES[what]}. If that was not you, disconnect it.`}</p>
        ))}
      <dl class="facts">
        <div>
          <dt>It may</dt>
          <dd>
            <May names={names} scopes={connection.scopes} />
            {notices.includes("grant-can-write") ? <span class="tag care fit">can change things</span> : null}
          </dd>
        </div>
        <div>
          <dt>Last used</dt>
          <dd>
            {last === null ? "never" : <When at={last.at} now={now} />}
            {last === null ? null : <span class="small">from {placeOf(last.where)}</span>}
          </dd>
        </div>
        <div>
          <dt>Calls so far</dt>
          <dd>
            <span>
              {calls} <a href={activityOf(connection.client)}>See its activity</a>
            </span>
          </dd>
        </div>
        <div>
          <dt>Connected</dt>
          <dd>
            <When at={opened} now={now} />
          </dd>
        </div>
        <div>
          <dt>Ends by itself</dt>
          <dd>
            <When at={expires} now={now} />
          </dd>
        </div>
      </dl>
      <form method="post" action="/console/revoke">
        <input type="hidden" name="grant" value={grant} />
        <input type="hidden" name="form" value={token} />
        <div class="decide">
          <button type="submit" class="deny">
            Disconnect <Name client={client} longest={SHORT_NAME} />
          </button>
        </div>
      </form>
    </section>
  );
}

function May({ names, scopes: held }: { readonly names: Names; readonly scopes: readonly Scope[] }) {
  return (
    <ul class="points">
      {held.map((scope) => (
        <li>{names.mayOf(scope)}</li>
      ))}
    </ul>
  );
}

function Panic({ token }: { readonly token: string }) {
  return (
    <form class="panic" method="post" action="/console/revoke-all">
      <section>
        <h2>Something is wrong?</h2>
        <p>
          This disconnects every app at once and signs you out of these pages in every browser, this one too. Nothing of
          yours is deleted; apps that you trust can be connected again.
        </p>
      </section>
      <input type="hidden" name="form" value={token} />
      <div class="decide">
        <button type="submit" class="deny">
          Disconnect everything and sign out
        </button>
      </div>
    </form>
  );
}
