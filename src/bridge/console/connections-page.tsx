// The apps that may act in this user's name: what each may do, since when, how it was used, and the buttons that end it. Names
// are strangers' text. Decides nothing. Pure.

import type { GrantId } from "../gate/principal.ts";
import type { Connection, Stolen } from "../ledger/usage.ts";
import type { NamedClient, NamedClients } from "../oauth/client-names.ts";
import { ClientName } from "../pages/client-name.tsx";
import { ForeignText } from "../pages/foreign-text.tsx";
import { When } from "../pages/when.tsx";
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
        <p>The apps that may act in your name here, and what each of them may do.</p>
        {alive.length === 0 ? null : (
          <p>
            <a href="#everything">Something is wrong? Disconnect everything</a>
          </p>
        )}
      </div>
      {view.ended ? (
        <div class="notice" role="status">
          <h2>Disconnected</h2>
          <p>The app can do nothing more here. To connect it again, it has to ask you.</p>
        </div>
      ) : null}
      {stolen.map(({ client, at }) => (
        <div class="notice" role="note" aria-label="Warning">
          <p>
            <strong>
              <Name client={clients.get(client)} /> was disconnected for your safety
            </strong>{" "}
            <When at={at} now={now} />. Somebody may have copied its access. Look at what it did in{" "}
            <a href={activityOf(client)}>its activity</a>. Connect it again only from a computer that you trust.
          </p>
        </div>
      ))}
      {alive.length === 0 ? <NoConnections resource={resource} /> : null}
      {alive.toSorted(newestUse).map((connection) => (
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

const newestUse = (one: Connection, other: Connection) =>
  (other.last?.at ?? other.opened) - (one.last?.at ?? one.opened);

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

/** A few lines; the rest is folded. */
function Card({ names, connection, client, token, now }: CardView) {
  const { grant, opened, expires, calls, last, notices, scopes } = connection;
  return (
    <section class="card">
      <h2>
        <ClientName
          name={client?.name ?? ""}
          address={client?.address}
          suspects={client?.suspects ?? new Set()}
          id={connection.client}
        />
      </h2>
      {client?.warnings.map((warning) => (
        <p class="notice">{warning}</p>
      ))}
      {notices
        .filter((what) => what !== "grant-can-write")
        .map((what) => (
          <p class="notice">{`This app ${NOTICES[what]}. If that was not you, disconnect it.`}</p>
        ))}
      <p>
        {last === null ? (
          "Not used yet"
        ) : (
          <>
            Used <When at={last.at} now={now} />
          </>
        )}{" "}
        <Power names={names} connection={connection} />
      </p>
      <details>
        <summary>What it may do, and until when</summary>
        <dl class="facts">
          <div>
            <dt>It may</dt>
            <dd>
              <ul class="points">
                {scopes.map((scope) => (
                  <li>{names.mayOf(scope)}</li>
                ))}
              </ul>
            </dd>
          </div>
          <div>
            <dt>Last used</dt>
            <dd>{last === null ? "never" : `from ${names.placeOf(last.where)}`}</dd>
          </div>
          <div>
            <dt>Connected</dt>
            <dd>
              <When at={opened} now={now} />
            </dd>
          </div>
          <div>
            <dt>Access ends</dt>
            <dd>
              <When at={expires} now={now} />
            </dd>
          </div>
        </dl>
      </details>
      <div class="row">
        <a href={activityOf(connection.client)}>{`Activity: ${calls} ${calls === 1 ? "call" : "calls"}`}</a>
        <form method="post" action="/console/revoke">
          <input type="hidden" name="grant" value={grant} />
          <input type="hidden" name="form" value={token} />
          <button type="submit" class="deny">
            Disconnect <Name client={client} longest={SHORT_NAME} />
          </button>
        </form>
      </div>
    </section>
  );
}

/** The worst of what it may do. */
function Power({ names, connection: { scopes, notices } }: Pick<CardView, "names" | "connection">) {
  if (names.canDelete(scopes)) return <span class="tag care">can delete things</span>;
  return notices.includes("grant-can-write") ? <span class="tag care">can change things</span> : null;
}

function Panic({ token }: { readonly token: string }) {
  return (
    <form class="panic" id="everything" method="post" action="/console/revoke-all">
      <section>
        <h2>Something is wrong?</h2>
        <p>
          This disconnects every app at once. It also signs you out of these pages in every browser, this one too.
          Nothing of yours is deleted. You can connect apps again.
        </p>
      </section>
      <input type="hidden" name="form" value={token} />
      <div class="decide">
        <button type="submit" class="stop">
          Disconnect everything and sign out
        </button>
      </div>
    </form>
  );
}
