// Numbers out of octets. Whoever calls has checked that the octets are there.

/** Octets of a file or a packet. They are only ever looked at between two offsets. */
export type Octets = Uint8Array

/** Two octets, the most significant first (network order). */
export function u16(octets: Octets, at: number): number {
  return (octets[at]! << 8) | octets[at + 1]!
}

/** Four octets, the most significant first. */
export function u32(octets: Octets, at: number): number {
  return ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0
}

/** Two octets in the order that a file's writer had. */
export function ordered16(octets: Octets, at: number, little: boolean): number {
  return little ? (octets[at + 1]! << 8) | octets[at]! : u16(octets, at)
}

/** Four octets in the order that a file's writer had. */
export function ordered32(octets: Octets, at: number, little: boolean): number {
  return little
    ? ((octets[at + 3]! << 24) | (octets[at + 2]! << 16) | (octets[at + 1]! << 8) | octets[at]!) >>> 0
    : u32(octets, at)
}

/** Small copies share blocks: a block of its own for each costs more than what is in it, and is given back late. */
const BLOCK_OCTETS = 8192
const SMALL_OCTETS_MAX = 1024
let block = new Uint8Array(0)

/** A copy that lives on its own. (A Buffer's slice() is no copy, and whoever reads a file uses its buffer again.) */
export function copied(octets: Octets, start = 0, end = octets.length): Octets {
  const length = end - start
  if (length > SMALL_OCTETS_MAX) return new Uint8Array(octets.subarray(start, end))
  if (block.length < length) block = new Uint8Array(BLOCK_OCTETS)
  const copy = block.subarray(0, length)
  block = block.subarray(length)
  copy.set(octets.subarray(start, end))
  return copy
}
