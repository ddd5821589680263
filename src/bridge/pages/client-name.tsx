// Which app, in a line: its own name as a stranger's text, and whether anybody vouches for it. Pure.

import { ForeignText } from "./foreign-text.tsx";

interface ClientNameView {
  readonly name: string;
  readonly domain: string | undefined;
  readonly suspects: ReadonlySet<string>;
}

export function ClientName({ name, domain, suspects }: ClientNameView) {
  return (
    <span class="who">
      <ForeignText text={name} suspects={suspects} />
      {domain === undefined ? (
        <span class="tag care">unverified</span>
      ) : (
        <span class="tag sure">verified: {domain}</span>
      )}
    </span>
  );
}
