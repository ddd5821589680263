// The page for when something did not work: what went wrong, what to do now, and an id to quote. Plain words only; the
// caller decides them and never passes exception text. Pure.

import type { Look } from "../app/app.ts";
import { createNonce, Layout, renderPage } from "./layout.tsx";

export interface MessageView {
  readonly title: string;
  /** What went wrong, in one or two sentences. */
  readonly what: string;
  /** What the reader can do now. */
  readonly next: string;
  /** A page of ours where they can do it. */
  readonly link?: { readonly path: string; readonly words: string };
  readonly status: number;
  /** The request id, to find this very moment in the logs. */
  readonly id?: string;
}

export function messagePage(look: Look, view: MessageView): Response {
  const nonce = createNonce();
  return renderPage(
    <Layout look={look} title={view.title} nonce={nonce}>
      <div class="lead-in">
        <h1>{view.title}</h1>
        <p>{view.what}</p>
      </div>
      <section>
        <h2>What to do</h2>
        <p>{view.next}</p>
        {view.link === undefined ? null : (
          <p>
            <a href={view.link.path}>{view.link.words}</a>
          </p>
        )}
      </section>
      {view.id === undefined ? null : (
        <p class="small">
          If you ask for help, quote this id: <code translate="no">{view.id}</code>
        </p>
      )}
    </Layout>,
    { nonce, status: view.status },
  );
}
