// Which app, in a line: its own name as a stranger's text, and whether anybody vouches for it. Pure.

import { ForeignText } from "./foreign-text.tsx";

interface ClientNameView {
  readonly name: string;
  readonly address: string | undefined;
  readonly suspects: ReadonlySet<string>;
}

export function ClientName({ name, address, suspects }: ClientNameView) {
  return (
    <span class="who">
      <ForeignText text={name} suspects={suspects} />
      {address === undefined ? (
        <span class="tag care">unverified</span>
      ) : (
        <span class="tag sure">verified: {address}</span>
      )}
    </span>
  );
}
