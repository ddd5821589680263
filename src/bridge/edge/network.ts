// Whom an address stands for, where a share is given to each. IPv4: itself. Pure.

/** The /48 that an IPv6 address is one of: one customer has at least a /64 and gets a /48 for the asking (RFC 6177). */
export function networkOf(address: string): string {
  return prefixOf(address, 3);
}

/** The /64 that an IPv6 address is one of: a subscriber has them all. */
export function subscriberOf(address: string): string {
  return prefixOf(address, 4);
}

function prefixOf(address: string, length: number): string {
  // A mapped address (RFC 4291 §2.5.5.2) is the IPv4 address at its end.
  const [mapped] = /(?<=^::ffff:)\d+(\.\d+){3}$/i.exec(address) ?? [];
  if (mapped !== undefined || !address.includes(":")) return mapped ?? address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const full = tail === undefined ? groups : [...groups, ...Array(length).fill("0")];
  return full
    .slice(0, length)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
