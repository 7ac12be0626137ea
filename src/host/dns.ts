// Real name resolution for `resolve` questions: bounded in time, in questions under way and in what it remembers.

import { lookup, Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Answer, Question } from '../endpoint.js'

type Resolve = Extract<Question, { kind: 'resolve' }>

const TIMEOUT_MS = 3000
const CACHE_ENTRIES_MAX = 10_000
/** Answers are kept this long; failures a tenth of it. */
const CACHE_MS = 30_000
const QUESTIONS_MAX = 1000

export class Dns {
  readonly #resolver: Resolver
  readonly #asksSystem: boolean
  readonly #cache = new Map<string, { readonly until: number; readonly answer: Answer }>()
  readonly #open = new Map<string, Promise<Answer>>()

  /** `servers`: "127.0.0.1:5353" ...; the system's when not given, and then its hosts file counts, too. */
  constructor(servers?: readonly string[]) {
    this.#resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 2 })
    this.#asksSystem = servers === undefined
    if (servers !== undefined) this.#resolver.setServers(servers)
  }

  /** Never rejects: what cannot be found is a failure (NXDOMAIN, NODATA, or what the resolver says). */
  async answer(question: Resolve): Promise<Answer> {
    const key = `${question.record} ${question.name.toLowerCase().replace(/\.$/, '')}`
    const known = this.#cache.get(key)
    if (known !== undefined && known.until > performance.now()) return known.answer
    const open = this.#open.get(key)
    if (open !== undefined) return open
    if (this.#open.size >= QUESTIONS_MAX)
      return { kind: 'failure', reason: `${QUESTIONS_MAX} names are being looked up already` }
    const asked = this.#ask(question).catch((error: unknown) => failure(question, error))
    this.#open.set(key, asked)
    const answer = await asked
    this.#open.delete(key)
    this.#remember(key, answer)
    return answer
  }

  /** Gives up what is under way. */
  close(): void {
    this.#resolver.cancel()
  }

  #remember(key: string, answer: Answer): void {
    const oldest = this.#cache.keys().next()
    if (this.#cache.size >= CACHE_ENTRIES_MAX && !oldest.done) this.#cache.delete(oldest.value)
    const keptMs = answer.kind === 'failure' ? CACHE_MS / 10 : CACHE_MS
    this.#cache.set(key, { until: performance.now() + keptMs, answer })
  }

  async #ask({ record, name }: Resolve): Promise<Answer> {
    switch (record) {
      case 'A':
        return { kind: 'addresses', addresses: await this.#addresses(name, 4) }
      case 'AAAA':
        return { kind: 'addresses', addresses: await this.#addresses(name, 6) }
      case 'SRV': {
        const found = await this.#resolver.resolveSrv(name)
        const services = found.map(({ priority, weight, port, name: target }) => ({
          ...{ priority, weight, port, target },
        }))
        return { kind: 'services', services }
      }
      case 'PTR': {
        const names = isIP(name) === 0 ? this.#resolver.resolvePtr(name) : this.#resolver.reverse(name)
        return { kind: 'names', names: await names }
      }
      case 'NAPTR': {
        const found = await this.#resolver.resolveNaptr(name)
        // Node 24 adds a field of its own to each record.
        const pointers = found.map(({ order, preference, flags, service, regexp, replacement }) => ({
          ...{ order, preference, flags, service, regexp, replacement },
        }))
        return { kind: 'pointers', pointers }
      }
    }
  }

  async #addresses(name: string, family: 4 | 6): Promise<readonly string[]> {
    if (isIP(name) !== 0) {
      if (isIP(name) === family) return [name]
      throw Object.assign(new Error(`${name} is an address of the other family`), { code: 'ENODATA' })
    }
    // The hosts file knows names that no server does; a name without a dot is most likely one of them.
    if (/^[^.]+\.?$/.test(name)) return hosts(name, family)
    const found = family === 4 ? this.#resolver.resolve4(name) : this.#resolver.resolve6(name)
    if (!this.#asksSystem) return found
    return found.catch(() => hosts(name, family))
  }
}

async function hosts(name: string, family: 4 | 6): Promise<string[]> {
  return (await lookup(name, { family, all: true })).map(({ address }) => address)
}

function failure({ name, record }: Resolve, error: unknown): Answer {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOTFOUND') return { kind: 'failure', reason: `NXDOMAIN: no record is called ${name}` }
  if (code === 'ENODATA') return { kind: 'failure', reason: `NODATA: ${name} has no ${record} record` }
  return { kind: 'failure', reason: message }
}
