// Sources of requests as a tree of their addresses' octets (SER module pike). An octet gets branches of its own only
// when many requests come from below it, so that a flood with made-up sources stays a few nodes.
//
// Bounded: nodes are counted, and those that are not used for a while are taken out. Time units roll when a node is
// touched, so that nothing has to walk the tree each unit.

import type { Milliseconds } from '../../endpoint.js'

/** At a time; when there are more, sources are counted together with their neighbours. */
export const NODES_MAX = 100_000

export interface PikeLimits {
  readonly unitMs: Milliseconds
  /** Requests of one source in one unit from which on it is blocked. */
  readonly density: number
  readonly latencyMs: Milliseconds
}

/** An octet of an address, below those of its parents. */
class Node {
  readonly children = new Map<number, Node>()
  current = 0
  former = 0
  isBlocked = false
  lastAt: Milliseconds = 0
  #unit = 0

  /** Counts a request in its time unit. */
  count(unit: number, at: Milliseconds): void {
    this.roll(unit)
    this.current++
    this.lastAt = at
  }

  roll(unit: number): void {
    if (unit === this.#unit) return
    this.former = unit === this.#unit + 1 ? this.current : 0
    this.current = 0
    this.#unit = unit
  }

  /** More requests than that in this unit, in the former one, or on average? */
  isHot(limit: number): boolean {
    return this.current >= limit || this.former >= limit
  }
}

/** What became of one request's source. */
export interface Verdict {
  readonly blocked: boolean
  /** Blocked by this request, or free again by it. */
  readonly changed: boolean
}

/** A node as it is shown to whoever looks after the server. */
export interface ShownNode {
  readonly octets: readonly number[]
  readonly former: number
  readonly current: number
  readonly blocked: boolean
  readonly lastAt: Milliseconds
}

export class SourceTree {
  readonly #root = new Node()
  #count = 0

  constructor(private readonly limits: PikeLimits) {}

  /** Nodes in the tree. */
  get size(): number {
    return this.#count
  }

  /** Counts a request of a source, an address of 4 or 16 octets. */
  mark(octets: readonly number[], now: Milliseconds): Verdict {
    const { unitMs, density } = this.limits
    const unit = Math.floor(now / unitMs)
    const { node, depth } = this.#deepest(octets, now)
    node.count(unit, now)
    if (depth < octets.length) {
      // A quarter for each octet: a source is blocked after one to three densities (IPv6: eight), as in SER.
      if (node.isHot(Math.max(1, Math.floor(density / 4)))) this.#add(node, octets[depth]!, now)
      return { blocked: false, changed: false }
    }
    const blocked = node.isHot(density)
    const changed = blocked !== node.isBlocked
    node.isBlocked = blocked
    return { blocked, changed }
  }

  /** The node that stands for most of the address; the first octet always has one, as long as there is room. */
  #deepest(octets: readonly number[], now: Milliseconds): { readonly node: Node; readonly depth: number } {
    let node = this.#root.children.get(octets[0]!) ?? this.#add(this.#root, octets[0]!, now) ?? this.#root
    let depth = node === this.#root ? 0 : 1
    for (; depth > 0 && depth < octets.length; depth++) {
      const next = node.children.get(octets[depth]!)
      if (next === undefined) break
      node = next
    }
    return { node, depth }
  }

  #add(parent: Node, octet: number, now: Milliseconds): Node | undefined {
    const known = parent.children.get(octet)
    if (known !== undefined || this.#count >= NODES_MAX) return known
    const node = new Node()
    node.lastAt = now
    parent.children.set(octet, node)
    this.#count++
    return node
  }

  /** Takes out what has not been used for remove_latency. */
  sweep(now: Milliseconds): void {
    this.#sweep(this.#root, now - this.limits.latencyMs)
  }

  #sweep(node: Node, before: Milliseconds): void {
    for (const [octet, child] of node.children) {
      this.#sweep(child, before)
      if (child.children.size > 0 || child.lastAt > before) continue
      node.children.delete(octet)
      this.#count--
    }
  }

  /** All nodes, parents before their children. */
  *all(now: Milliseconds): Iterable<ShownNode> {
    yield* this.#below(this.#root, [], Math.floor(now / this.limits.unitMs))
  }

  *#below(node: Node, above: readonly number[], unit: number): Iterable<ShownNode> {
    for (const [octet, child] of node.children) {
      const octets = [...above, octet]
      child.roll(unit)
      const { former, current, isBlocked: blocked, lastAt } = child
      yield { octets, former, current, blocked, lastAt }
      yield* this.#below(child, octets, unit)
    }
  }
}
