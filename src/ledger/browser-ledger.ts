// The part of a ledger's interface that knows in which browsers this person is signed in (sign-in/browser-session.ts). Asked at
// every page, so that ending them all is felt at the next click.

import type { Where } from "../authz/event.ts";
import { ApprovalLedger } from "./approval-ledger.ts";

export interface BrowserRequest {
  readonly request: string;
  readonly where: Where;
}

export class BrowserLedger extends ApprovalLedger {
  /** Once for an id; "used" when this sign-in opened a session before. */
  async openBrowserSession(id: string, { request, where }: BrowserRequest): Promise<"opened" | "used" | "frozen"> {
    if (await this.#frozen()) return "frozen";
    return this.write((now) => {
      if (!this.parts.browsers.open(id, now)) return "used";
      this.parts.chain.append(now, { kind: "browser-session", request, step: "opened", where });
      return "opened";
    });
  }

  /** Whether a page may be shown. Freezing a person ends all of their sessions. */
  async browserSession(id: string): Promise<boolean> {
    if (await this.#frozen()) this.write((now) => this.parts.browsers.end("all", now));
    return this.parts.browsers.lives(id, this.clock());
  }

  /** Ends one session, or all that were opened before now. */
  async endBrowserSessions(id: string | "all", { request, where }: BrowserRequest): Promise<void> {
    this.write((now) => {
      if (this.parts.browsers.end(id, now) === 0) return;
      const step = id === "all" ? "all-ended" : "ended";
      this.parts.chain.append(now, { kind: "browser-session", request, step, where });
    });
  }

  /** @throws when the switches cannot be read: nobody knows then whether this person is frozen. */
  async #frozen(): Promise<boolean> {
    const switches = await this.parts.switches.current(this.clock());
    if (switches === undefined) throw new Error("the switches cannot be read");
    return switches.some(({ kind, value }) => kind === "subject" && value === this.subject());
  }
}
