// What a recipe is: a folder that is laid out like src, a small app of its own, which compiles and is tested as it stands. `npm run
// add -- NAME` copies its tools, capabilities, tests and migrations into an app, and adds what its scopes.ts, bindings.ts,
// policy.ts and app.ts hold to the app's. What wrangler.toml must gain, and what is left to do, is said here.

export interface Recipe {
  /** In one line, for `npm run add`. */
  readonly says: string;
  /** Lines under `[vars]` of wrangler.toml: the name, its value until it is replaced, and what to put there. */
  readonly vars: readonly { readonly name: string; readonly value: string; readonly replace: string }[];
  /** What remains for the adopter, a line each. */
  readonly next: readonly string[];
}
