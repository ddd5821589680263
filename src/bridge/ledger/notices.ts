// What a user should learn of: an old refresh token that came back, a grant used from a new country, a new grant that can write.
// Each is an event and, when NOTIFY_URL is set, a signed webhook that says which and whose, and no secret. What is to be sent is
// written in the same transaction, and the alarm sends it: nothing that was rolled back, and each until it has arrived.

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
/** While a collector is down for long, the oldest beyond these are lost; their events are not. */
const MOST = 100;

/** It answered with a status that is no success. */
class NotTaken extends Error {
  override readonly name = "NotTaken";
}

export class Notices {
  readonly #sql: SqlStorage;
  readonly #chain: Chain;
  readonly #load: () => SettingsResult;
  readonly #subject: string;
  /** Countries that are known already, so that a request costs no look-up. */
  readonly #seen = new Set<string>();
  /** Whether something is to be sent; undefined when it has to be looked up. */
  #waiting: boolean | undefined;

  constructor(sql: SqlStorage, chain: Chain, load: () => SettingsResult, subject: string) {
    this.#sql = sql;
    this.#chain = chain;
    this.#load = load;
    this.#subject = subject;
  }

  add(what: Notice, grant: GrantId, now: number): void {
    this.#chain.append(now, { kind: "notice", what, grant });
    const loaded = this.#load();
    if ("settings" in loaded && loaded.settings.of(NOTIFY).NOTIFY_URL === undefined) return;
    this.#waiting = undefined;
    const body = canonical({ at: now, grant, subject: this.#subject, what });
    this.#sql.exec("INSERT INTO outbox (body) VALUES (?)", body);
    const over = "DELETE FROM outbox WHERE id <= (SELECT max(id) FROM outbox) - ? RETURNING id";
    if (this.#sql.exec(over, MOST).toArray().length > 0) logNoticeLost(this.#subject);
  }

  due(): number {
    this.#waiting ??= this.#sql.exec("SELECT 1 FROM outbox LIMIT 1").toArray().length > 0;
    return this.#waiting ? 1 : Number.POSITIVE_INFINITY;
  }

  /** Oldest first. @throws at the first one that does not arrive */
  async send(): Promise<void> {
    this.#waiting = undefined;
    for (const { id, body } of this.#sql
      .exec<{ id: number; body: string }>("SELECT * FROM outbox ORDER BY id")
      .toArray()) {
      await this.#post(body);
      this.#sql.exec("DELETE FROM outbox WHERE id = ?", id);
    }
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
    this.#waiting = undefined;
  }

  async #post(body: string): Promise<void> {
    const loaded = this.#load();
    if ("problems" in loaded) throw new Error("the bridge is not set up");
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
      const response = await fetch(NOTIFY_URL, { method: "POST", headers, body, signal, redirect: "manual" });
      await response.body?.cancel();
      if (!response.ok) throw new NotTaken();
    } finally {
      clearTimeout(timer);
    }
  }
}
