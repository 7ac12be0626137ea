// Real name resolution for `resolve` questions, with a bounded cache and a time limit.

import { lookup, Resolver } from 'node:dns/promises'
import type { Answer, Question } from '../endpoint.js'

type Resolve = Extract<Question, { kind: 'resolve' }>

const TIMEOUT_MS = 3000
const CACHE_ENTRIES_MAX = 10_000
/** Answers are kept this long; failures a tenth of it. */
const CACHE_MS = 30_000

export class Dns {
  readonly #resolver: Resolver
  readonly #cache = new Map<string, { readonly until: number; readonly answer: Answer }>()

  /** `servers`: "127.0.0.1:5353" ...; the system's when not given. */
  constructor(servers?: readonly string[]) {
    this.#resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 2 })
    if (servers !== undefined) this.#resolver.setServers(servers)
  }

  async answer(question: Resolve): Promise<Answer> {
    const key = `${question.record} ${question.name.toLowerCase()}`
    const known = this.#cache.get(key)
    if (known !== undefined && known.until > Date.now()) return known.answer
    const answer = await this.#ask(question).catch((error: Error): Answer => ({
      kind: 'failure',
      reason: error.message,
    }))
    if (this.#cache.size >= CACHE_ENTRIES_MAX) this.#cache.delete(this.#cache.keys().next().value!)
    this.#cache.set(key, {
      until: Date.now() + (answer.kind === 'failure' ? CACHE_MS / 10 : CACHE_MS),
      answer,
    })
    return answer
  }

  async #ask({ record, name }: Resolve): Promise<Answer> {
    switch (record) {
      case 'A':
      case 'AAAA': {
        const family = record === 'A' ? 4 : 6
        // The system's hosts file knows names that no server does.
        const addresses = await this.#resolver
          [record === 'A' ? 'resolve4' : 'resolve6'](name)
          .catch(async () => (await lookup(name, { family, all: true })).map(({ address }) => address))
        return { kind: 'addresses', addresses }
      }
      case 'SRV': {
        const found = await this.#resolver.resolveSrv(name)
        return { kind: 'services', services: found.map(({ name: target, ...rest }) => ({ ...rest, target })) }
      }
      case 'PTR':
        return { kind: 'names', names: await this.#resolver.reverse(name) }
      case 'NAPTR':
        return { kind: 'pointers', pointers: await this.#resolver.resolveNaptr(name) }
    }
  }
}
