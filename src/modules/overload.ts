// Overload control between servers (RFC 7339): our Via says that we take part, the responses of a next hop say how much less
// it wants. Not of SER's. The algorithm is "loss": so many per cent of what would go there is answered with 503 here.

import { Malformed } from '../errors.js'
import type { Address, Milliseconds, Packet, Transport } from '../endpoint.js'
import type { Context } from '../proxy/context.js'
import type { Engine } from '../proxy/engine.js'
import type { ModuleHooks, ModuleRecord, Parameters } from '../proxy/module.js'
import { SIP_PORT } from '../proxy/outgoing.js'
import type { Message } from '../sip/message.js'
import { tm } from './tm/index.js'

/** Next hops whose wishes are kept; what further ones want is not heard. */
const HOPS_MAX = 10_000
/** How long a wish holds that does not say it (RFC 7339 §4.3). */
const VALIDITY_MS = 500
const VALIDITY_MS_MAX = 3_600_000

/** What a next hop has asked for. */
interface Wish {
  /** Of what would go there so much is held back. */
  readonly percent: number
  readonly until: Milliseconds
  /** Later wishes have higher numbers. */
  readonly sequence: number
}

class Overload implements ModuleHooks {
  readonly #wishes = new Map<string, Wish>()

  constructor(private readonly engine: Engine) {
    engine.viaParams += ';oc;oc-algo="loss"'
  }

  /** Requests of calls that stand, and what ends something, go before new ones (RFC 7339 §5.10.1). */
  admits({ message, now }: Context, transport: Transport, remote: Address): boolean {
    if (this.#wishes.size === 0) return true
    const wish = this.#wishes.get(keyOf(transport, remote))
    if (wish === undefined || wish.until <= now) return true
    if (message.method === 'ACK' || message.method === 'CANCEL') return true
    if (message.toTag !== undefined && wish.percent < 100) return true
    return this.engine.random.below(100) >= wish.percent
  }

  /** Reads what the next hop wrote into our Via; the response goes its way. */
  onReply(message: Message, { transport, remote }: Packet): boolean {
    const via = message.topVia()
    if (via === undefined || via instanceof Malformed) return false
    if (!this.engine.names.has(via.host, via.port ?? SIP_PORT)) return false
    const params = message.text.slice(via.paramsStart, via.end)
    const percent = /;\s*oc\s*=\s*(\d{1,3})(?!\d)/i.exec(params)?.[1]
    if (percent === undefined || Number(percent) > 100 || !usesLoss(params)) return false
    this.#note(keyOf(transport, remote), Number(percent), params)
    return false
  }

  #note(key: string, percent: number, params: string): void {
    const { now } = this.engine
    const sequence = Number(/;\s*oc-seq\s*=\s*(\d{1,15}(?:\.\d{1,15})?)/i.exec(params)?.[1] ?? 0)
    const validity = /;\s*oc-validity\s*=\s*(\d{1,9})/i.exec(params)?.[1]
    const known = this.#wishes.get(key)
    if (known !== undefined && sequence < known.sequence) return
    if (known === undefined && this.#wishes.size >= HOPS_MAX) this.#forget(now)
    if (known === undefined && this.#wishes.size >= HOPS_MAX) return
    const validityMs = validity === undefined ? VALIDITY_MS : Math.min(Number(validity), VALIDITY_MS_MAX)
    this.#wishes.set(key, { percent, until: now + validityMs, sequence })
  }

  #forget(now: Milliseconds): void {
    for (const [key, { until }] of this.#wishes) if (until <= now) this.#wishes.delete(key)
  }
}

function usesLoss(params: string): boolean {
  const algorithms = /;\s*oc-algo\s*=\s*"([^"]*)"/i.exec(params)?.[1]
  return algorithms === undefined || /(?:^|,)\s*loss\s*(?:,|$)/i.test(algorithms)
}

function keyOf(transport: Transport, { address, port }: Address): string {
  return `${transport} ${address} ${port}`
}

function start(engine: Engine, params: Parameters): ModuleHooks {
  if (params.oc !== 1) return {}
  if (engine.has(tm as never)) throw new Error('overload: loadmodule "overload.so" must come before "tm.so"')
  return new Overload(engine)
}

export const overload: ModuleRecord = {
  name: 'overload',
  file: 'overload',
  about: 'next hops that have too much to do get less (RFC 7339); to be loaded before tm',
  params: {
    oc: {
      kind: 'integer',
      initial: 0,
      about: '1: our Via says that we take part, and the wishes of next hops count',
    },
  },
  start,
  functions: {},
}
