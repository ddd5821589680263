// Which network an address is of, where a share is given to each: an IPv4 address, or the /48 that an IPv6 address is one of,
// because one customer has at least a /64 and gets a /48 for the asking (RFC 6177). Pure.

export function networkOf(address: string): string {
  // A mapped address (RFC 4291 §2.5.5.2) is the IPv4 address at its end.
  const [mapped] = /(?<=^::ffff:)\d+(\.\d+){3}$/i.exec(address) ?? [];
  if (mapped !== undefined || !address.includes(":")) return mapped ?? address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const full = tail === undefined ? groups : [...groups, "0", "0", "0"];
  return full
    .slice(0, 3)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
