// The audit log as its user reads it: one sentence an event, newest first, what was computed anew, and the whole of it to keep. Pure.

import type { ClientId } from "../gate/principal.ts";
import type { NamedClients } from "../oauth/client-names.ts";
import { IdEnd } from "../pages/client-name.tsx";
import { ForeignText } from "../pages/foreign-text.tsx";
import { When } from "../pages/when.tsx";
import type { Activity, ActivityRow, ChainMark, Filter } from "./activity.ts";
import type { Names } from "./names.ts";
import { type Sentence, sentenceOf } from "./sentences.ts";

export interface ActivityView {
  readonly names: Names;
  readonly activity: Activity;
  readonly filter: Filter;
  readonly tools: readonly { readonly name: string; readonly title: string }[];
  /** The apps that can be picked. */
  readonly choices: readonly ClientId[];
  readonly clients: NamedClients;
  /** Whose a grant is, as far as it is known. */
  readonly holders: ReadonlyMap<string, ClientId>;
  readonly now: number;
}

export function ActivityList(view: ActivityView) {
  const { activity, filter } = view;
  const filtered = isFiltered(filter);
  return (
    <>
      <div class="lead-in">
        <h1>Activity</h1>
        <p>Everything that was done, or refused, in your name. Each call was written down before it ran.</p>
      </div>
      <Chain chain={activity.chain} />
      <details class="filter" open={filtered}>
        <summary>Filter</summary>
        <Filters {...view} />
      </details>
      {activity.rows.length === 0 ? <Nothing filtered={filtered} more={activity.older !== undefined} /> : null}
      <ol class="events">
        {activity.rows.map((row) => (
          <Row row={row} view={view} />
        ))}
      </ol>
      <div class="row">
        {filter.before === undefined ? <span /> : <a href={link({ ...filter, before: undefined })}>Newest</a>}
        {activity.older === undefined ? (
          <span class="soft">The list begins here.</span>
        ) : (
          <a href={link({ ...filter, before: activity.older })}>Older</a>
        )}
      </div>
    </>
  );
}

const isFiltered = ({ tool, decision, client }: Filter) => [tool, decision, client].some((one) => one !== undefined);

function link(filter: Filter): string {
  const given = Object.entries(filter).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  return `/console/activity?${new URLSearchParams(given)}`;
}

function Filters({ filter, tools, choices, clients }: ActivityView) {
  const filtered = isFiltered(filter);
  return (
    <form class="filters" method="get" action="/console/activity">
      <label>
        Tool
        <select name="tool">
          <option value="">All tools</option>
          {tools.map(({ name, title }) => (
            <option value={name} selected={filter.tool === name}>
              {title}
            </option>
          ))}
        </select>
      </label>
      <label>
        What happened
        <select name="decision">
          <option value="">Everything</option>
          <option value="admitted" selected={filter.decision === "admitted"}>
            Calls that ran
          </option>
          <option value="refused" selected={filter.decision === "refused"}>
            Calls that were refused
          </option>
        </select>
      </label>
      <label>
        App
        <select name="client">
          <option value="">All apps</option>
          {choices.map((id) => (
            <option value={id} selected={filter.client === id}>
              {plainName(clients, id)}
            </option>
          ))}
        </select>
      </label>
      <button type="submit">Show</button>
      {filtered ? <a href="/console/activity">Show everything</a> : null}
    </form>
  );
}

/** An option holds plain text only, so what cannot be seen is left out. */
function plainName(clients: NamedClients, id: ClientId): string {
  const name = (clients.get(id)?.name ?? "").replace(/[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu, "");
  return `${[...name].slice(0, 40).join("") || "(no name)"} · ${id.slice(-4)}`;
}

function Chain({ chain }: { readonly chain: ChainMark }) {
  const { from, to, head, broken } = chain;
  const download = <a href="/console/audit-log.jsonl">Download the whole list</a>;
  if (broken !== undefined) {
    const where = broken === 0 ? "The newest entry is not the one that was signed." : `Entry ${broken} does not fit.`;
    return (
      <div class="notice" role="alert">
        <p>
          <strong>This list has been changed.</strong> {where} Download it and tell the operator.
        </p>
        <p>{download}</p>
      </div>
    );
  }
  const span = from === to ? `entry ${to}` : `entries ${from} to ${to}`;
  return (
    <div class="chain">
      <p>
        <strong>
          {to === 0 ? "There is nothing in this list yet." : `✓ This list is complete and unchanged (${span}).`}
        </strong>
      </p>
      <details>
        <summary>How this is known, and why numbers are missing</summary>
        <p>
          Each entry carries a fingerprint of the one before. They were computed again for this page, and all fit.
          {head && to > 0 ? " The newest one carries this service's signature." : ""}
        </p>
        <p>How a call ended is an entry of its own. It is shown beside the call, so its number is missing here.</p>
        <p>{download}. Somebody with the code of this service can check it by themselves.</p>
      </details>
    </div>
  );
}

function Nothing({ filtered, more }: { readonly filtered: boolean; readonly more: boolean }) {
  const words = more
    ? "Nothing like that among the newest entries. Look among the older ones."
    : "Nothing like that in the list.";
  return (
    <div class="empty">
      <p>
        <strong>{filtered ? words : "Nothing has happened yet."}</strong>
      </p>
    </div>
  );
}

function Row({ row, view }: { readonly row: ActivityRow; readonly view: ActivityView }) {
  const { before = "", app, words, mark, where } = sentenceOf(row.event, row.outcome, view.names);
  return (
    <li>
      <span class="what">
        <span>
          {before} {app === undefined ? null : <App app={app} view={view} />} {words}
        </span>
        {mark === undefined ? null : <span class={TONES[mark.tone]}>{mark.words}</span>}
      </span>
      <span class="small">
        <span class="keep">No. {row.seq}</span> · <When at={row.at} now={view.now} />
        {where === undefined ? "" : ` · from ${view.names.placeOf(where)}`}
      </span>
    </li>
  );
}

const TONES = { fine: "tag sure", plain: "tag", care: "tag care" } as const;

function App({ app, view }: { readonly app: NonNullable<Sentence["app"]>; readonly view: ActivityView }) {
  const id = app.client ?? view.holders.get(app.grant ?? "");
  const client = id === undefined ? undefined : view.clients.get(id);
  if (client === undefined) return <span>An app</span>;
  const twins = [...view.clients.values()].filter(({ name }) => name === client.name).length > 1;
  return (
    <>
      <strong>
        <ForeignText text={client.name} suspects={client.suspects} />
      </strong>
      {twins ? <IdEnd id={client.id} /> : null}
    </>
  );
}
