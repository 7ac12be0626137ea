// TCP put in order again (RFC 9293 §3.4): each direction of a connection by itself, segments out of order, repeated,
// overlapping (what came first stays), begun before the capture. Connections that carry no SIP cost one look a segment.

import type { Milliseconds } from '../endpoint.js'
import { guess } from './content.js'
import { copied, u16, u32, type Octets } from './octets.js'
import { MessageStream } from './sip-stream.js'

const FIN = 1
const SYN = 2
const RST = 4
const DIRECTIONS_MAX = 8192
/** What waits for a missing segment: in one direction, and in all. */
const PIECES_MAX = 64
const WAITING_OCTETS_MAX = 32 * 1024 * 1024
/** After so long a missing segment is taken for not captured. */
const GAP_MS_MAX = 3000
/** A sequence number further back than any retransmission: another connection. */
const BACK_OCTETS_MAX = 1024 * 1024

interface Piece {
  readonly sequence: number
  readonly octets: Octets
  readonly at: Milliseconds
}

/** One direction of a connection. */
export class Direction {
  readonly stream = new MessageStream()
  /** The next sequence number; undefined until the beginning of a message is seen. */
  next: number | undefined
  waiting: Piece[] = []

  constructor(
    /** Both directions of a connection have the same number. */
    readonly connection: number,
    readonly key: string,
  ) {}
}

/** Takes octets of a direction in order. */
export type TakeOctets = (
  direction: Direction,
  octets: Octets,
  start: number,
  end: number,
  at: Milliseconds,
) => void

export class TcpLayer {
  /** Pieces of connections that never came. */
  gaps = 0
  /** Octets of SIP connections that are part of no message. */
  dropped = 0
  readonly #directions = new Map<string, Direction>()
  #connections = 0
  #octets = 0

  constructor(private readonly take: TakeOctets) {}

  /** A segment with its header, octets[start, end); `ends` names the addresses, the same text for the same two, in order. */
  segment(
    ends: { readonly from: string; readonly to: string },
    octets: Octets,
    start: number,
    end: number,
    at: Milliseconds,
  ): void {
    if (start + 20 > end) return
    const data = start + (octets[start + 12]! >> 4) * 4
    const flags = octets[start + 13]!
    if (data < start + 20 || data > end) return
    if (data === end && (flags & (SYN | FIN | RST)) === 0) return
    const from = `${ends.from}:${u16(octets, start)}`
    const to = `${ends.to}:${u16(octets, start + 2)}`
    const sequence = u32(octets, start + 4)
    if ((flags & SYN) !== 0) this.#begin(from, to, sequence)
    else if (data < end) this.#data(from, to, sequence, octets.subarray(data, end), at)
    if ((flags & (FIN | RST)) !== 0) this.#end(from, to)
  }

  /** The capture has ended. */
  finish(): void {
    for (const direction of this.#directions.values()) this.#close(direction)
    this.#directions.clear()
  }

  #begin(from: string, to: string, sequence: number): void {
    const old = this.#directions.get(`${from} ${to}`)
    if (old?.next !== undefined && isRecent((sequence + 1 - old.next) | 0)) return
    if (old !== undefined) this.#close(old)
    const direction = this.#open(from, to)
    direction.next = (sequence + 1) >>> 0
  }

  #open(from: string, to: string): Direction {
    const [oldest] = this.#directions
    if (this.#directions.size >= DIRECTIONS_MAX && oldest !== undefined) {
      this.#close(oldest[1])
      this.#directions.delete(oldest[0])
    }
    const back = this.#directions.get(`${to} ${from}`)
    const key = `${from} ${to}`
    const direction = new Direction(back?.connection ?? ++this.#connections, key)
    this.#directions.set(key, direction)
    return direction
  }

  #data(from: string, to: string, sequence: number, data: Octets, at: Milliseconds): void {
    const known = this.#directions.get(`${from} ${to}`)
    const isBeginning = beginsMessage(data)
    if (known === undefined && !isBeginning) return
    const direction = known ?? this.#open(from, to)
    const ahead = direction.next === undefined ? 0 : (sequence - direction.next) | 0
    if (direction.next === undefined || ahead < -BACK_OCTETS_MAX) {
      if (!isBeginning) return
      direction.next = sequence
      direction.waiting = []
      direction.stream.gap()
    }
    if (((sequence - direction.next) | 0) > 0) return this.#wait(direction, sequence, data, at)
    this.#deliver(direction, sequence, data, at)
    this.#drain(direction)
  }

  /** Hands on what is new of a piece that begins at or before the next octet. */
  #deliver(direction: Direction, sequence: number, data: Octets, at: Milliseconds): void {
    const old = (direction.next! - sequence) | 0
    if (old >= data.length) return
    direction.next = (sequence + data.length) >>> 0
    this.take(direction, data, old, data.length, at)
    this.#notSip(direction)
  }

  /** Octets that begin no message were dropped: the next beginning is looked for wherever a segment starts. */
  #notSip(direction: Direction): void {
    if (direction.stream.dropped === 0) return
    this.dropped += direction.stream.dropped
    direction.stream.dropped = 0
    if (direction.waiting.length === 0) direction.next = undefined
  }

  #wait(direction: Direction, sequence: number, data: Octets, at: Milliseconds): void {
    direction.waiting.push({ sequence, octets: copied(data), at })
    this.#octets += data.length
    const since = direction.waiting[0]!.at
    const isFull = direction.waiting.length > PIECES_MAX || this.#octets > WAITING_OCTETS_MAX
    if (isFull || at - since > GAP_MS_MAX) this.#skipGap(direction)
  }

  /** Hands on what waited and now fits. */
  #drain(direction: Direction): void {
    for (;;) {
      const next = direction.next
      if (next === undefined) return
      const index = direction.waiting.findIndex(({ sequence }) => ((sequence - next) | 0) <= 0)
      if (index < 0) return
      const [piece] = direction.waiting.splice(index, 1)
      this.#octets -= piece!.octets.length
      this.#deliver(direction, piece!.sequence, piece!.octets, piece!.at)
    }
  }

  /** Goes on at the next piece that begins a message; those before it are lost. */
  #skipGap(direction: Direction): void {
    const base = direction.next ?? 0
    const inOrder = direction.waiting.sort(
      (one, two) => ((one.sequence - base) | 0) - ((two.sequence - base) | 0),
    )
    const first = inOrder.findIndex(({ octets }) => beginsMessage(octets))
    this.gaps++
    direction.stream.gap()
    const lost = first < 0 ? inOrder.splice(0) : inOrder.splice(0, first)
    for (const { octets } of lost) {
      this.#octets -= octets.length
      this.dropped += octets.length
    }
    direction.next = inOrder[0]?.sequence
    this.#drain(direction)
  }

  #end(from: string, to: string): void {
    const direction = this.#directions.get(`${from} ${to}`)
    if (direction === undefined) return
    this.#close(direction)
    this.#directions.delete(direction.key)
  }

  #close(direction: Direction): void {
    for (let left = direction.waiting.length; left > 0; left = direction.waiting.length) {
      this.#skipGap(direction)
      if (direction.waiting.length === left) break
    }
    direction.stream.gap()
    this.#notSip(direction)
  }
}

/** So far behind what came already: the same once more. */
function isRecent(ahead: number): boolean {
  return ahead <= 0 && ahead > -BACK_OCTETS_MAX
}

function beginsMessage(octets: Octets): boolean {
  // "HEP3": SIP in HEP travels on connections too.
  const isHep = octets.length >= 4 && u32(octets, 0) === 0x48455033
  return isHep || guess(octets, 0, octets.length) === 'sip'
}
