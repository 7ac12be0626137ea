// Where a request goes: an address for a URI, asked of the world when the host is a name (RFC 3263, A and AAAA only).

import type { Answer, Transport } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { hostOf, parseUri, uriParam, type Uri } from '../sip/uri.js'
import type { PhoneOptions, Place } from './options.js'
import type { Hop, Stack } from './stack.js'

/** Names being resolved at once; beyond it requests fail as if the name did not exist. */
const QUESTIONS_OPEN_MAX = 1000
const TRANSPORTS: readonly Transport[] = ['udp', 'tcp', 'tls', 'ws', 'wss']

export type HopUser = (hop: Hop | undefined) => void

export class Locator {
  readonly #open = new Map<number, (answer: Answer) => void>()
  #nextId = 1

  constructor(
    private readonly stack: Stack,
    private readonly options: PhoneOptions,
  ) {}

  /** Calls `use` with the hop for a request that opens something: the outbound proxy, else where its URI points. */
  outbound(uri: string, use: HopUser): void {
    const { proxy } = this.options
    if (proxy !== undefined) use(this.hop(proxy))
    else this.direct(uri, use)
  }

  /** Calls `use` with the hop that a URI tells; with undefined when it tells none. */
  direct(text: string, use: HopUser): void {
    const uri = parseUri(text)
    if (uri instanceof Malformed) {
      use(undefined)
      return
    }
    const transport = this.#transportOf(uri)
    const port = uri.port ?? (transport === 'tls' || transport === 'wss' ? 5061 : 5060)
    const host = uriParam(uri, 'maddr') ?? hostOf(uri)
    if (isAddress(host)) use(this.hop({ transport, address: host, port }))
    else
      this.#ask(host, (address) =>
        use(address === undefined ? undefined : this.hop({ transport, address, port })),
      )
  }

  hop({ transport, address, port }: Place): Hop {
    return { transport, local: this.stack.local, remote: { address, port } }
  }

  /** An answer input; false when nobody asked. */
  settle(id: number, answer: Answer): boolean {
    const use = this.#open.get(id)
    this.#open.delete(id)
    use?.(answer)
    return use !== undefined
  }

  #ask(name: string, use: (address: string | undefined) => void): void {
    if (this.#open.size >= QUESTIONS_OPEN_MAX) {
      use(undefined)
      return
    }
    const id = this.#nextId++
    this.#open.set(id, (answer) => use(answer.kind === 'addresses' ? answer.addresses[0] : undefined))
    this.stack.output({ type: 'ask', id, question: { kind: 'resolve', record: 'A', name } })
  }

  #transportOf(uri: Uri): Transport {
    const told = uriParam(uri, 'transport')?.toLowerCase()
    if (uri.scheme === 'sips') return told === 'ws' || told === 'wss' ? 'wss' : 'tls'
    // Without a parameter: what we speak ourselves, since that is what reached us.
    return TRANSPORTS.find((transport) => transport === told) ?? this.options.contact.transport
  }
}

function isAddress(host: string): boolean {
  return host.includes(':') || /^\d{1,3}(\.\d{1,3}){3}$/.test(host)
}
