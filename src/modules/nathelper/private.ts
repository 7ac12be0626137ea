// Addresses that mean something only behind a NAT (RFC 1918; RFC 6598 is between carriers and their customers).

import { inNet, netOf } from '../../script/addresses.js'

const PRIVATE = [netOf('10.0.0.0', 8), netOf('172.16.0.0', 12), netOf('192.168.0.0', 16)]

/** False also for names and IPv6 addresses. */
export function isPrivate(host: string): boolean {
  return PRIVATE.some((net) => inNet(host, net))
}
