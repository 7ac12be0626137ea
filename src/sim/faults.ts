// What can go wrong on the virtual network, from one seed: per link (loss, duplication, delay, jitter, reordering,
// down) and per message ("the 2nd INVITE from the proxy to Bob is lost").
//
// Streams are never lost in part, doubled or out of order. What loses a datagram costs a stream a retransmission of
// its segment: the chunk, and what is behind it, arrives later. Over a link that is down a stream waits.

import type { Bytes, Milliseconds } from '../endpoint.js'
import type { Random } from '../random.js'

/** Faults of the way from one party to another; percentages are 0..100. */
export interface LinkFaults {
  readonly lossPercent?: number
  readonly duplicatePercent?: number
  readonly reorderPercent?: number
  readonly delayMs?: Milliseconds
  /** Up to so much is added to the delay. */
  readonly jitterMs?: Milliseconds
  readonly down?: boolean
}

/** What happens to one message: the `nth` (from 1) that `matches`, on its way from one party to another. */
export interface MessageFault {
  readonly from: string
  readonly to: string
  readonly nth: number
  matches(bytes: Bytes): boolean
  readonly effect: 'lost' | 'duplicated' | Milliseconds
}

/** What becomes of a datagram: when each copy arrives after it was sent; no copy: lost. */
export type Fate = readonly Milliseconds[]

/** A reordered datagram is held back by this much. */
const REORDER_MS = 50
/** A lost segment of a stream is sent again after so long (the least of common systems; RFC 6298 §2.4 has 1 s). */
const RETRANSMIT_MS = 200

const AT_ONCE: Fate = [0]
const LOST: Fate = []
const FAULTLESS: Required<LinkFaults> = {
  ...{ lossPercent: 0, duplicatePercent: 0, reorderPercent: 0 },
  ...{ delayMs: 0, jitterMs: 0, down: false },
}

export class Faults {
  /** Called after a link has changed. */
  changed: (() => void) | undefined
  readonly #links = new Map<string, Map<string, Required<LinkFaults>>>()
  readonly #messages: { readonly fault: MessageFault; seen: number }[] = []
  readonly #random: Random
  readonly #defaults: Required<LinkFaults>
  /** Nothing was ever asked for: the straight path. */
  #isPerfect: boolean

  constructor(random: Random, defaults: LinkFaults) {
    this.#random = random
    this.#defaults = { ...FAULTLESS, ...defaults }
    this.#isPerfect = Object.keys(defaults).length === 0
  }

  /** Adds to what is set for the link between two parties, in both directions. */
  link(one: string, two: string, faults: LinkFaults): void {
    this.#set(one, two, faults)
    this.#set(two, one, faults)
    this.changed?.()
  }

  /** Adds to what is set for the way from one party to another; the way back stays as it is. */
  oneWay(from: string, to: string, faults: LinkFaults): void {
    this.#set(from, to, faults)
    this.changed?.()
  }

  message(fault: MessageFault): void {
    this.#messages.push({ fault, seen: 0 })
    this.#isPerfect = false
  }

  /** Message faults that have not happened (yet): who asked for them in vain may be told. */
  get unused(): MessageFault[] {
    return this.#messages.filter(({ fault, seen }) => seen < fault.nth).map(({ fault }) => fault)
  }

  isDown(from: string, to: string): boolean {
    return !this.#isPerfect && this.#of(from, to).down
  }

  /** How long something takes from one party to another now. */
  travelMs(from: string, to: string): Milliseconds {
    if (this.#isPerfect) return 0
    const { delayMs, jitterMs } = this.#of(from, to)
    return delayMs + this.#upTo(jitterMs)
  }

  /** How long a chunk of a stream takes. */
  chunkMs(from: string, to: string, bytes: Bytes): Milliseconds {
    if (this.#isPerfect) return 0
    const special = this.#special(from, to, bytes)
    const again = special === 'lost' || this.#chance(this.#of(from, to).lossPercent) ? RETRANSMIT_MS : 0
    return this.travelMs(from, to) + again + (typeof special === 'number' ? special : 0)
  }

  /** What becomes of a datagram. */
  fate(from: string, to: string, bytes: Bytes): Fate {
    if (this.#isPerfect) return AT_ONCE
    const { lossPercent, duplicatePercent, reorderPercent, down } = this.#of(from, to)
    const special = this.#special(from, to, bytes)
    if (down || special === 'lost' || this.#chance(lossPercent)) return LOST
    const extra = typeof special === 'number' ? special : 0
    const arrival = (): Milliseconds =>
      this.travelMs(from, to) + (this.#chance(reorderPercent) ? REORDER_MS : 0) + extra
    if (special === 'duplicated' || this.#chance(duplicatePercent)) return [arrival(), arrival()]
    return [arrival()]
  }

  #set(from: string, to: string, faults: LinkFaults): void {
    let ways = this.#links.get(from)
    if (ways === undefined) this.#links.set(from, (ways = new Map<string, Required<LinkFaults>>()))
    ways.set(to, { ...(ways.get(to) ?? this.#defaults), ...faults })
    this.#isPerfect = false
  }

  #of(from: string, to: string): Required<LinkFaults> {
    return this.#links.get(from)?.get(to) ?? this.#defaults
  }

  #special(from: string, to: string, bytes: Bytes): MessageFault['effect'] | undefined {
    let effect: MessageFault['effect'] | undefined
    for (const entry of this.#messages) {
      const { fault } = entry
      if (entry.seen >= fault.nth || fault.from !== from || fault.to !== to || !fault.matches(bytes)) continue
      if (++entry.seen === fault.nth) effect = fault.effect
    }
    return effect
  }

  #chance(percent: number): boolean {
    return percent > 0 && this.#random.fraction() * 100 < percent
  }

  #upTo(limitMs: Milliseconds): Milliseconds {
    return limitMs === 0 ? 0 : this.#random.below(limitMs + 1)
  }
}
