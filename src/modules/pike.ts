// SER module pike: tells who floods (SER's modules). What to do with them is the script's: drop, answer, log.

import type { Milliseconds } from '../endpoint.js'
import type { Context } from '../proxy/context.js'
import type { Engine } from '../proxy/engine.js'
import type { ControlAnswer, ModuleHooks, ModuleRecord, Parameters } from '../proxy/module.js'
import { parseIp } from '../script/addresses.js'
import type { Result } from '../script/contract.js'
import { SourceTree, type PikeLimits, type ShownNode } from './pike/tree.js'

/** How a socket for both families shows an IPv4 source, and where a link-local one is. */
const MAPPED = /^::ffff:(?=\d+\.)/i
const SCOPE = /%.*$/

/** Nodes that a control command shows. */
const SHOWN_MAX = 10_000

class Pike implements ModuleHooks {
  readonly #tree: SourceTree
  readonly #latencyMs: Milliseconds
  #nextSweep: Milliseconds

  constructor(
    private readonly engine: Engine,
    limits: PikeLimits,
  ) {
    this.#tree = new SourceTree(limits)
    this.#latencyMs = limits.latencyMs
    this.#nextSweep = engine.now + limits.latencyMs
  }

  /** Asleep while nobody is counted. */
  get deadline(): Milliseconds | undefined {
    return this.#tree.size > 0 ? this.#nextSweep : undefined
  }

  wake(now: Milliseconds): void {
    this.#tree.sweep(now)
    this.#nextSweep = now + this.#latencyMs
  }

  check({ packet, now }: Context): Result {
    const { address } = packet.remote
    const octets = parseIp(address.replace(MAPPED, '').replace(SCOPE, ''))
    if (octets === undefined) return 1
    if (this.#tree.size === 0) this.#nextSweep = now + this.#latencyMs
    const { blocked, changed } = this.#tree.mark(octets, now)
    if (changed)
      this.engine.log(1, blocked ? `WARNING: pike: ${address} is blocked` : `pike: ${address} is free again`)
    return blocked ? -1 : 1
  }

  nodes(): readonly ShownNode[] {
    const nodes: ShownNode[] = []
    for (const node of this.#tree.all(this.engine.now)) {
      if (nodes.length >= SHOWN_MAX) break
      nodes.push(node)
    }
    return nodes
  }
}

function limitsOf(params: Parameters): PikeLimits {
  const number = (name: string): number => {
    const value = Number(params[name])
    if (value < 1) throw new Error(`pike: ${name} must be at least 1`)
    return value
  }
  return {
    unitMs: number('sampling_time_unit') * 1000,
    density: number('reqs_density_per_unit'),
    latencyMs: number('remove_latency') * 1000,
  }
}

const shown = ({ octets, former, current, blocked }: ShownNode): string =>
  `${'  '.repeat(octets.length - 1)}${octets.join('.')} [${former},${current}]${blocked ? ' blocked' : ''}`

function control(about: string, lines: (nodes: readonly ShownNode[]) => string[]) {
  const call = (engine: Engine, _args: readonly string[], answer: (answer: ControlAnswer) => void): void =>
    answer({ code: 200, reason: 'ok', lines: lines(engine.use(pike).nodes()) })
  return { about, args: [], call }
}

export const pike: ModuleRecord<Pike> = {
  name: 'pike',
  file: 'pike',
  about: 'tells who floods',
  params: {
    sampling_time_unit: { kind: 'integer', initial: 2, about: 'seconds over which requests are counted' },
    reqs_density_per_unit: {
      kind: 'integer',
      initial: 30,
      about:
        'requests of a source in that time; it is blocked after one to three times as many (IPv6: eight)',
    },
    remove_latency: { kind: 'integer', initial: 120, about: 'seconds until a silent source is forgotten' },
  },
  start: (engine, params) => new Pike(engine, limitsOf(params)),
  controls: {
    print_ip_tree: control('the octets of the sources that are counted, with their requests', (nodes) =>
      nodes.map(shown),
    ),
    print_timer_list: control('the sources that are counted, the longest silent first', (nodes) =>
      [...nodes]
        .sort((one, two) => one.lastAt - two.lastAt)
        .map(({ octets, lastAt }) => `${octets.join('.')} last request at ${lastAt} ms`),
    ),
  },
  functions: {
    pike_check_req: {
      args: [],
      routes: ['request'],
      about: 'counts the request for its source; false when the source sends too many',
      call: (context: Context) => context.engine.use(pike).check(context),
    },
  },
}
