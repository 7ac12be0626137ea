// What is to happen when: a binary heap ordered by time, then by the order in which it was planned.

import type { Milliseconds } from '../endpoint.js'

interface Item {
  readonly at: Milliseconds
  readonly order: number
  readonly act: () => void
}

export class Agenda {
  readonly #heap: Item[] = []
  #order = 0

  /** When the next thing happens; Infinity when nothing is planned. */
  get next(): Milliseconds {
    const first = this.#heap[0]
    return first === undefined ? Infinity : first.at
  }

  plan(at: Milliseconds, act: () => void): void {
    const heap = this.#heap
    const item = { at, order: this.#order++, act }
    let hole = heap.length
    heap.push(item)
    while (hole > 0) {
      const above = (hole - 1) >> 1
      const parent = heap[above]!
      if (!before(item, parent)) break
      heap[hole] = parent
      hole = above
    }
    heap[hole] = item
  }

  /** Does the first thing. */
  act(): void {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined) return
    if (heap.length > 0) this.#sink(last)
    first.act()
  }

  /** Puts an item in the place of the first. */
  #sink(item: Item): void {
    const heap = this.#heap
    const { length } = heap
    let hole = 0
    for (let child = 1; child < length; child = 2 * hole + 1) {
      const right = child + 1
      if (right < length && before(heap[right]!, heap[child]!)) child = right
      if (!before(heap[child]!, item)) break
      heap[hole] = heap[child]!
      hole = child
    }
    heap[hole] = item
  }
}

function before(one: Item, two: Item): boolean {
  return one.at < two.at || (one.at === two.at && one.order < two.order)
}
