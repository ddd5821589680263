// Which app, in a line: its own name as a stranger's text, and whether anybody vouches for it. Pure.

import { ForeignText } from "./foreign-text.tsx";

interface ClientNameView {
  readonly name: string;
  readonly address: string | undefined;
  readonly suspects: ReadonlySet<string>;
  /** Told apart by its end from others of the same name. */
  readonly id?: string;
}

export function ClientName({ name, address, suspects, id }: ClientNameView) {
  return (
    <span class="who">
      <ForeignText text={name} suspects={suspects} />
      {id === undefined || address !== undefined ? null : <IdEnd id={id} />}
      {address === undefined ? (
        <span class="tag care">unverified</span>
      ) : (
        <span class="tag sure">verified: {address}</span>
      )}
    </span>
  );
}

/** Tells apps of one name apart. */
export function IdEnd({ id }: { readonly id: string }) {
  return (
    <>
      {" "}
      <code class="soft" translate="no">
        …{id.slice(-4)}
      </code>
    </>
  );
}
