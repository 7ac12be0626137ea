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

  /** When the next thing happens. */
  get next(): Milliseconds | undefined {
    return this.#heap[0]?.at
  }

  plan(at: Milliseconds, act: () => void): void {
    const heap = this.#heap
    heap.push({ at, order: this.#order++, act })
    for (let child = heap.length - 1; child > 0;) {
      const parent = (child - 1) >> 1
      if (!before(heap[child]!, heap[parent]!)) return
      ;[heap[child], heap[parent]] = [heap[parent]!, heap[child]!]
      child = parent
    }
  }

  /** Does the first thing. */
  act(): void {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined) return
    if (heap.length > 0) {
      heap[0] = last
      this.#sink()
    }
    first.act()
  }

  #sink(): void {
    const heap = this.#heap
    for (let parent = 0; ;) {
      let least = parent
      for (const child of [2 * parent + 1, 2 * parent + 2])
        if (child < heap.length && before(heap[child]!, heap[least]!)) least = child
      if (least === parent) return
      ;[heap[least], heap[parent]] = [heap[parent]!, heap[least]!]
      parent = least
    }
  }
}

function before(one: Item, two: Item): boolean {
  return one.at < two.at || (one.at === two.at && one.order < two.order)
}
