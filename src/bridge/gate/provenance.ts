// Where the text of a run comes from. Text that others wrote may carry instructions for the model, so a capability says when
// it hands out such text, and learns when its client has just read some. Pure.

/** How long a client that was handed untrusted text is held to be under its influence, in milliseconds. */
export const TAINT_MS = 15 * 60_000;

export interface Provenance {
  /** The version in the plan that the user said yes to; null when nobody was asked, or the plan names none. */
  readonly approved: string | null;
  /** Untrusted text reached this client a short while ago: what it asks for may be that text's doing. */
  readonly tainted: boolean;
  /**
   * Says that what is handed out was not, or may not have been, written by the user. `source` stands outside the marks: a name
   * that they did not choose, such as a listed host's.
   */
  readonly mark: (source: string) => void;
}
