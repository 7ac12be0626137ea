// The timer queue: one ring per constant duration, so that starting and stopping cost nothing that grows with their
// number. A timer started later with the same duration fires later, hence each ring is in order by itself.
// Stopped timers are dropped when they reach the head of their ring, or when a ring is mostly dead.

import type { Milliseconds } from '../endpoint.js'

/**
 * A started timer; `owner` is what it belongs to (while it lives), `name` says which of the owner's timers it is.
 */
export interface Timer<T> {
  readonly deadline: Milliseconds
  readonly owner: T
  readonly name: string
  live: boolean
  readonly ring: Ring<T>
  /** Order of starting, which decides between equal deadlines. */
  readonly order: number
}

interface Ring<T> {
  timers: Timer<T>[]
  head: number
  dead: number
}

/** A ring with more dead entries than this, and more dead than living ones, is compacted. */
const DEAD_TIMERS_MAX = 1024
/** Beyond this number of durations, rings that have become empty are dropped (a registrar may grant any expiry). */
const RINGS_MAX = 64

export class TimerQueue<T> {
  readonly #rings = new Map<Milliseconds, Ring<T>>()
  readonly #list: Ring<T>[] = []
  #order = 0
  #live = 0

  /** Timers that will fire. */
  get size(): number {
    return this.#live
  }

  /** Starts a timer that fires `durationMs` after `now`. */
  start(durationMs: Milliseconds, now: Milliseconds, owner: T, name: string): Timer<T> {
    let ring = this.#rings.get(durationMs)
    if (ring === undefined) ring = this.#newRing(durationMs)
    const timer = { deadline: now + durationMs, owner, name, live: true, ring, order: this.#order++ }
    ring.timers.push(timer)
    this.#live++
    return timer
  }

  stop(timer: Timer<T> | undefined): void {
    if (timer === undefined || !timer.live) return
    timer.live = false
    release(timer)
    this.#live--
    const { ring } = timer
    if (++ring.dead > DEAD_TIMERS_MAX && ring.dead > (ring.timers.length - ring.head) / 2) compact(ring)
  }

  /** The least deadline of all living timers. */
  get deadline(): Milliseconds | undefined {
    let least: Milliseconds | undefined
    for (const ring of this.#list) {
      const first = headOf(ring)
      if (first !== undefined && (least === undefined || first.deadline < least)) least = first.deadline
    }
    return least
  }

  /** Fires every timer that is due, in the order of deadlines (equal ones in the order of starting). */
  expire(now: Milliseconds, fire: (timer: Timer<T>) => void): void {
    for (;;) {
      const due = this.#next()
      if (due === undefined || due.deadline > now) return
      due.live = false
      this.#live--
      due.ring.head++
      fire(due)
      release(due)
    }
  }

  #newRing(durationMs: Milliseconds): Ring<T> {
    if (this.#list.length >= RINGS_MAX) this.#dropEmptyRings()
    const ring: Ring<T> = { timers: [], head: 0, dead: 0 }
    this.#rings.set(durationMs, ring)
    this.#list.push(ring)
    return ring
  }

  #dropEmptyRings(): void {
    for (const [durationMs, ring] of this.#rings)
      if (headOf(ring) === undefined) {
        this.#rings.delete(durationMs)
        this.#list.splice(this.#list.indexOf(ring), 1)
      }
  }

  #next(): Timer<T> | undefined {
    let next: Timer<T> | undefined
    for (const ring of this.#list) {
      const first = headOf(ring)
      if (first === undefined) continue
      const earlier = next === undefined || first.deadline < next.deadline
      if (earlier || (first.deadline === next!.deadline && first.order < next!.order)) next = first
    }
    return next
  }
}

/** A dead timer waits in its ring to be dropped; its owner (a whole transaction) need not wait with it. */
function release<T>(timer: Timer<T>): void {
  ;(timer as { owner: T | undefined }).owner = undefined
}

/** The ring's first living timer; dead ones before it are dropped. */
function headOf<T>(ring: Ring<T>): Timer<T> | undefined {
  const { timers } = ring
  while (ring.head < timers.length && !timers[ring.head]!.live) {
    ring.head++
    ring.dead--
  }
  if (ring.head === timers.length) {
    if (ring.head > 0) {
      ring.timers = []
      ring.head = 0
    }
    return undefined
  }
  if (ring.head > DEAD_TIMERS_MAX && ring.head > timers.length / 2) compact(ring)
  return ring.timers[ring.head]
}

function compact<T>(ring: Ring<T>): void {
  ring.timers = ring.timers.slice(ring.head).filter(({ live }) => live)
  ring.head = 0
  ring.dead = 0
}
