// Which function is used where, over sub-routes too. A sub-route is checked as a request route only, whoever calls it
// (SER); what it uses that its caller's block does not allow fails when it runs, so that is worth a warning.

import type { Position } from '../errors.js'
import type { RouteKind } from './contract.js'
import { routeName, type Warning } from './program.js'

interface Use {
  readonly name: string
  readonly routes: readonly RouteKind[]
  readonly place: Position
}

interface Node {
  readonly kind: RouteKind
  readonly functions: Use[]
  /** Names of the routes it calls. */
  readonly calls: Set<string>
}

export class CallGraph {
  readonly #nodes = new Map<string, Node>()

  /** The route that statements are read in. */
  enter(kind: RouteKind, number: number): Node {
    const name = routeName(kind, number)
    const node = this.#nodes.get(name) ?? { kind, functions: [], calls: new Set() }
    this.#nodes.set(name, node)
    return node
  }

  /** A warning a place and block kind. */
  warnings(): Warning[] {
    const found = new Map<string, Warning>()
    for (const [root, { kind }] of this.#nodes) {
      if (kind === 'request') continue
      for (const route of this.#reachable(root))
        for (const { name, routes, place } of this.#nodes.get(route)?.functions ?? []) {
          if (routes.includes(kind)) continue
          const text = `${name} fails when ${root} runs ${route}: it cannot be used in ${kind}_route`
          found.set(`${kind} ${place.line}:${place.column}`, { position: place, text })
        }
    }
    return [...found.values()]
  }

  /** The sub-routes that a route calls, and those that they call. */
  #reachable(root: string): Set<string> {
    const reached = new Set<string>()
    const open = [...(this.#nodes.get(root)?.calls ?? [])]
    for (let route = open.pop(); route !== undefined; route = open.pop()) {
      if (reached.has(route)) continue
      reached.add(route)
      open.push(...(this.#nodes.get(route)?.calls ?? []))
    }
    return reached
  }
}

export type { Node as CallGraphNode }
