// The one timer of a host: armed for the least deadline, and armed anew only when that comes earlier.

import type { Milliseconds } from '../endpoint.js'

/** Deadlines that come close together are served by one ring. */
const RING_MS_MIN = 5
/** The longest that setTimeout waits. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1

export class Alarm {
  readonly #startedAt = performance.now()
  readonly #ring: () => void
  #timer: NodeJS.Timeout | undefined
  #at = Infinity

  /** `ring` is called at the time, or a little before: it looks what is due, and sets the alarm again. */
  constructor(ring: () => void) {
    this.#ring = ring
  }

  /** Milliseconds since the alarm was made; whole, monotonic. */
  get now(): Milliseconds {
    return Math.floor(performance.now() - this.#startedAt)
  }

  /** Rings no later than `at`; Infinity: no need to. */
  set(at: Milliseconds): void {
    // A timer that fires early only looks again; one that fires late would be a fault.
    if (at >= this.#at) return
    clearTimeout(this.#timer)
    this.#at = at
    this.#timer = setTimeout(
      () => {
        this.#at = Infinity
        this.#ring()
      },
      Math.min(Math.max(RING_MS_MIN, at - this.now), TIMEOUT_MS_MAX),
    )
  }

  /** Does not ring any more. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#at = -Infinity
  }
}
