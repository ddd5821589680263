// How long an app can be given access, and how long a user has to decide.

const HOUR = 3600;

export const LIFETIMES = [
  { seconds: HOUR, label: "1 hour", chosen: false },
  { seconds: 24 * HOUR, label: "24 hours", chosen: true },
  { seconds: 7 * 24 * HOUR, label: "7 days", chosen: false },
] as const;

/** As long as the library keeps what was asked, or ticked, in milliseconds. */
export const CONSENT_MS = 10 * 60_000;
