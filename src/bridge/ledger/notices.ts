// What a person should learn of: an old refresh token that came back, a grant used from a new country, a new grant that can
// write. Each is an event and, when NOTIFY_URL is set, a signed webhook that says which and whose, and no secret.

import * as z from "zod";
import { isWebhook } from "../addresses.ts";
import { canonical } from "../gate/canonical.ts";
import type { Notice } from "../gate/event.ts";
import type { GrantId } from "../gate/principal.ts";
import { logNoticeLost } from "../log.ts";
import { createSeal } from "../seal.ts";
import { fragment, variable } from "../setting.ts";
import type { SettingsResult } from "../settings.ts";
import type { Chain } from "./chain.ts";

export const NOTIFY = fragment({
  NOTIFY_URL: variable(
    z.string().refine(isWebhook, "is not an https URL").optional(),
    "https URL that notices are posted to, signed",
  ),
});

const TIMEOUT_MS = 5_000;

export class Notices {
  readonly #sql: SqlStorage;
  readonly #chain: Chain;
  readonly #load: () => SettingsResult;
  readonly #subject: string;
  readonly #later: (work: Promise<unknown>) => void;
  /** Countries that are known already, so that a request costs no look-up. */
  readonly #seen = new Set<string>();

  constructor(
    sql: SqlStorage,
    chain: Chain,
    load: () => SettingsResult,
    subject: string,
    later: (work: Promise<unknown>) => void,
  ) {
    this.#sql = sql;
    this.#chain = chain;
    this.#load = load;
    this.#subject = subject;
    this.#later = later;
  }

  add(what: Notice, grant: GrantId, now: number): void {
    this.#chain.append(now, { kind: "notice", what, grant });
    this.#later(this.#post(canonical({ at: now, grant, subject: this.#subject, what })));
  }

  /** The first country of a grant is where it was made; another one is worth a notice. */
  seeCountry(grant: GrantId, country: string, now: number): void {
    const key = `${grant} ${country}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const known = this.#sql.exec<{ name: string }>("SELECT name FROM country WHERE grant_ = ?", grant).toArray();
    if (known.some(({ name }) => name === country)) return;
    this.#sql.exec("INSERT INTO country (grant_, name) VALUES (?, ?)", grant, country);
    if (known.length > 0) this.add("new-country", grant, now);
  }

  /** After a transaction that failed, memory may hold a country that the table does not. */
  forget(): void {
    this.#seen.clear();
  }

  async #post(body: string): Promise<void> {
    const loaded = this.#load();
    if ("problems" in loaded) return;
    const { settings } = loaded;
    const { NOTIFY_URL } = settings.of(NOTIFY);
    if (NOTIFY_URL === undefined) return;
    // Not AbortSignal.timeout(), which keeps the object awake until it ends, answer or not.
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), TIMEOUT_MS);
    try {
      const signature = await createSeal(settings, "notify", [body]);
      const headers = { "content-type": "application/json", "x-drawbridge-signature": signature };
      const { signal } = controller;
      await fetch(NOTIFY_URL, { method: "POST", headers, body, signal, redirect: "manual" });
    } catch {
      logNoticeLost(this.#subject);
    } finally {
      clearTimeout(timer);
    }
  }
}
