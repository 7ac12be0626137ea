// What can go wrong on the virtual network, from one seed: per link (loss, duplication, delay, jitter, reordering,
// down) and per message ("the 2nd INVITE from the proxy to Bob is lost"). Streams are never lost in part: they are
// delayed, refused, or reset.

import type { Bytes, Milliseconds } from '../endpoint.js'
import type { Random } from '../random.js'

/** Faults of the link between two parties; percentages are 0..100. */
export interface LinkFaults {
  readonly lossPercent?: number
  readonly duplicatePercent?: number
  readonly reorderPercent?: number
  readonly delayMs?: Milliseconds
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

export class Faults {
  readonly #links = new Map<string, LinkFaults>()
  readonly #messages: { fault: MessageFault; seen: number }[] = []

  constructor(
    private readonly random: Random,
    private readonly defaults: LinkFaults,
  ) {}

  /** Adds to what is set for the link between two parties, in both directions. */
  link(one: string, two: string, faults: LinkFaults): void {
    const key = linkKey(one, two)
    this.#links.set(key, { ...this.#links.get(key), ...faults })
  }

  message(fault: MessageFault): void {
    this.#messages.push({ fault, seen: 0 })
  }

  isDown(from: string, to: string): boolean {
    return this.#of(from, to).down ?? false
  }

  /** The delay of a stream's chunk. */
  delayMs(from: string, to: string, bytes: Bytes): Milliseconds {
    const { delayMs = 0, jitterMs = 0 } = this.#of(from, to)
    const special = this.#special(from, to, bytes)
    return delayMs + this.#upTo(jitterMs) + (typeof special === 'number' ? special : 0)
  }

  fate(from: string, to: string, bytes: Bytes): Fate {
    const {
      lossPercent = 0,
      duplicatePercent = 0,
      reorderPercent = 0,
      delayMs = 0,
      jitterMs = 0,
      down,
    } = this.#of(from, to)
    const special = this.#special(from, to, bytes)
    const arrival = (): Milliseconds =>
      delayMs +
      this.#upTo(jitterMs) +
      (this.#chance(reorderPercent) ? REORDER_MS : 0) +
      (typeof special === 'number' ? special : 0)
    if (down === true || special === 'lost' || this.#chance(lossPercent)) return []
    if (special === 'duplicated' || this.#chance(duplicatePercent)) return [arrival(), arrival()]
    return [arrival()]
  }

  #of(from: string, to: string): LinkFaults {
    const set = this.#links.get(linkKey(from, to))
    return set === undefined ? this.defaults : { ...this.defaults, ...set }
  }

  #special(from: string, to: string, bytes: Bytes): MessageFault['effect'] | undefined {
    let effect: MessageFault['effect'] | undefined
    for (const entry of this.#messages) {
      const { fault } = entry
      if (fault.from !== from || fault.to !== to || !fault.matches(bytes)) continue
      if (++entry.seen === fault.nth) effect = fault.effect
    }
    return effect
  }

  #chance(percent: number): boolean {
    return percent > 0 && this.random.fraction() * 100 < percent
  }

  #upTo(limitMs: Milliseconds): Milliseconds {
    return limitMs === 0 ? 0 : this.random.below(limitMs + 1)
  }
}

function linkKey(one: string, two: string): string {
  return one < two ? `${one}\n${two}` : `${two}\n${one}`
}
