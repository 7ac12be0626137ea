// Fragments of IP datagrams put together again (RFC 791, RFC 8200 §4.5). The first octet that came for a place stays
// (RFC 5722 forbids overlaps; captures hold them). Everything is bounded: how many datagrams wait, how many pieces and
// octets they may have, how long.

import type { Milliseconds } from '../endpoint.js'
import { copied, type Octets } from './octets.js'

const DATAGRAMS_MAX = 1024
const PIECES_MAX = 2048
const DATAGRAM_OCTETS_MAX = 65_535
const WAITING_OCTETS_MAX = 16 * 1024 * 1024
const WAITING_MS_MAX = 30_000

export interface Fragment {
  /** Addresses, protocol and identification: which datagram it is of. */
  readonly key: string
  readonly offset: number
  readonly isLast: boolean
  readonly at: Milliseconds
}

interface Piece {
  readonly offset: number
  readonly octets: Octets
}

interface Waiting {
  readonly since: Milliseconds
  readonly pieces: Piece[]
  octets: number
  /** Known once the last fragment has come. */
  length: number | undefined
}

export class Fragments {
  /** Datagrams given up: not all their fragments came, or they made no sense. */
  incomplete = 0
  readonly #waiting = new Map<string, Waiting>()
  #octets = 0

  /** Takes octets[start, end) of a datagram; returns the whole one when nothing is missing any more. */
  add({ key, offset, isLast, at }: Fragment, octets: Octets, start: number, end: number): Octets | undefined {
    const datagram = this.#waiting.get(key) ?? this.#open(key, at)
    const length = end - start
    if (offset + length > DATAGRAM_OCTETS_MAX || datagram.pieces.length >= PIECES_MAX) {
      this.#giveUp(key, datagram)
      return undefined
    }
    if (isLast) datagram.length ??= offset + length
    if (!datagram.pieces.some((piece) => piece.offset === offset && piece.octets.length >= length)) {
      datagram.pieces.push({ offset, octets: copied(octets, start, end) })
      datagram.octets += length
      this.#octets += length
    }
    const whole = datagram.length === undefined ? undefined : assembled(datagram.pieces, datagram.length)
    if (whole !== undefined) this.#forget(key, datagram)
    return whole
  }

  /** The capture has ended: what waits stays incomplete. */
  finish(): void {
    for (const [key, datagram] of this.#waiting) this.#giveUp(key, datagram)
  }

  #open(key: string, at: Milliseconds): Waiting {
    for (const [other, datagram] of this.#waiting) {
      const isFull = this.#waiting.size >= DATAGRAMS_MAX || this.#octets >= WAITING_OCTETS_MAX
      if (!isFull && at - datagram.since < WAITING_MS_MAX) break
      this.#giveUp(other, datagram)
    }
    const datagram: Waiting = { since: at, pieces: [], octets: 0, length: undefined }
    this.#waiting.set(key, datagram)
    return datagram
  }

  #giveUp(key: string, datagram: Waiting): void {
    this.incomplete++
    this.#forget(key, datagram)
  }

  #forget(key: string, datagram: Waiting): void {
    this.#waiting.delete(key)
    this.#octets -= datagram.octets
  }
}

/** The octets of 0 to `length`, when the pieces cover them. */
function assembled(pieces: readonly Piece[], length: number): Octets | undefined {
  const inOrder = [...pieces].sort((one, two) => one.offset - two.offset)
  let covered = 0
  for (const { offset, octets } of inOrder) {
    if (offset > covered) return undefined
    covered = Math.max(covered, offset + octets.length)
  }
  if (covered < length) return undefined
  const whole = new Uint8Array(length)
  for (const { offset, octets } of [...pieces].reverse())
    if (offset < length) whole.set(octets.subarray(0, length - offset), offset)
  return whole
}
