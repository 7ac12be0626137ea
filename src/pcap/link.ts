// From the link to the IP packet: Ethernet with VLAN and QinQ tags, PPPoE, Linux cooked capture 1 and 2, raw IP,
// loopback. The numbers are LINKTYPE_ values (tcpdump.org/linktypes.html).

import { u16, u32, type Octets } from './octets.js'

export const LINK = {
  NULL: 0,
  ETHERNET: 1,
  PPP: 9,
  RAW_BSD: 12,
  RAW_OPENBSD: 14,
  RAW: 101,
  LOOP: 108,
  SLL: 113,
  IPV4: 228,
  IPV6: 229,
  SLL2: 276,
} as const

const IPV4 = 0x0800
const IPV6 = 0x86dd
const PPPOE_SESSION = 0x8864
/** 802.1Q, 802.1ad, and the number that QinQ had before. */
const VLANS: readonly number[] = [0x8100, 0x88a8, 0x9100]
const PPP_IPV4 = 0x0021
const PPP_IPV6 = 0x0057
/** Address families of IPv6 on the BSDs, on macOS, and on Linux. */
const FAMILIES: readonly number[] = [2, 10, 24, 28, 30]
const VLAN_TAGS_MAX = 8

/** No IP packet stands there (ARP, say). */
export const NO_IP = -1
/** A link type that cannot be read. */
export const UNKNOWN_LINK = -2

/** Where the IP packet in octets[start, end) begins, or NO_IP, or UNKNOWN_LINK. */
export function ipStart(link: number, octets: Octets, start: number, end: number): number {
  switch (link) {
    case LINK.ETHERNET:
      return ethernet(octets, start, end)
    case LINK.RAW:
    case LINK.RAW_BSD:
    case LINK.RAW_OPENBSD:
    case LINK.IPV4:
    case LINK.IPV6:
      return start
    case LINK.SLL:
      return start + 16 <= end ? typed(u16(octets, start + 14), octets, start + 16, end) : NO_IP
    case LINK.SLL2:
      return start + 20 <= end ? typed(u16(octets, start), octets, start + 20, end) : NO_IP
    case LINK.NULL:
    case LINK.LOOP:
      return loopback(octets, start, end)
    case LINK.PPP:
      return ppp(octets, start, end)
    default:
      return UNKNOWN_LINK
  }
}

/** Where the IP packet in an Ethernet frame begins. */
export function ethernet(octets: Octets, start: number, end: number): number {
  return start + 14 <= end ? typed(u16(octets, start + 12), octets, start + 14, end) : NO_IP
}

/** By the EtherType; tags come in any number. */
function typed(type: number, octets: Octets, at: number, end: number): number {
  for (let tags = 0; VLANS.includes(type); tags++) {
    if (at + 4 > end || tags >= VLAN_TAGS_MAX) return NO_IP
    type = u16(octets, at + 2)
    at += 4
  }
  if (type === IPV4 || type === IPV6) return at
  return type === PPPOE_SESSION ? ppp(octets, at + 6, end) : NO_IP
}

/** PPP, with or without its address and control octets. */
function ppp(octets: Octets, at: number, end: number): number {
  if (at + 4 > end) return NO_IP
  if (octets[at] === 0xff && octets[at + 1] === 0x03) at += 2
  const type = u16(octets, at)
  return type === PPP_IPV4 || type === PPP_IPV6 ? at + 2 : NO_IP
}

/** The family in the order of the machine that wrote the file, which may be another than the file's. */
function loopback(octets: Octets, start: number, end: number): number {
  if (start + 4 > end) return NO_IP
  const family = u32(octets, start)
  return FAMILIES.includes(family) || FAMILIES.includes(family >>> 24) ? start + 4 : NO_IP
}
