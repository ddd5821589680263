// Where a request came from. Types only.

/** Where a request came from, as coarse as it is useful. */
export interface Where {
  readonly country: string;
  readonly asn: number;
  /** The first product token of the User-Agent, from a short list of known families. */
  readonly agent: string;
}
