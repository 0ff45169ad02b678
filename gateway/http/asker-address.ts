import { isIPv6 } from "node:net";

/**
 * The address that counts as one asker: of IPv6 the first half, since a single line is given all the others
 * of it.
 *
 * @param ip as Fastify tells it
 */
export function askerAddress(ip: string): string {
  const mapped = /^::ffff:([0-9.]+)$/i.exec(ip);
  if (mapped) return mapped[1]!;
  const [bare = ""] = ip.split("%");
  if (!isIPv6(bare)) return ip;
  const [head = "", tail] = bare.split("::");
  const first = head.split(":").filter(Boolean);
  const last = (tail ?? "").split(":").filter(Boolean);
  const zeros = tail === undefined ? [] : Array<string>(8 - first.length - last.length).fill("0");
  const groups = [...first, ...zeros, ...last].slice(0, 4);
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":");
}
