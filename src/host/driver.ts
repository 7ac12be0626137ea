// Real sockets and real time: one timer armed for the least deadline, every input given as it comes. The endpoints do
// not know the difference from the simulated world; the log is the same.

import type { Driver, Listen, LogEntry, WireEntry } from '../driver.js'
import type {
  Address,
  Answer,
  Bytes,
  Endpoint,
  Input,
  Milliseconds,
  Output,
  Question,
  Send,
  Transport,
} from '../endpoint.js'
import { assert, UsageError } from '../errors.js'
import type { AddressBook } from './address-book.js'
import { Dns } from './dns.js'
import { Tcp, type TcpEvents, type TcpLimits } from './tcp.js'
import { bindUdp, type UdpEvents, type UdpSocket } from './udp.js'

export interface HostOptions {
  /** What goes into the log; a proxy that runs for months keeps none. */
  readonly record?: 'all' | 'wire' | 'none'
  readonly dns?: Dns
  readonly tcp?: TcpLimits
  /** Answers questions other than `resolve`. */
  readonly answer?: (question: Question) => Promise<Answer>
  /** Told of every event (log lines ...) as it happens. */
  readonly heard?: (endpoint: string, output: Extract<Output, { type: 'event' }>) => void
  /** Addresses are the scenario's own: each is bound at a free port of 127.0.0.1, and nobody sees the difference. */
  readonly loopback?: AddressBook
  /** An endpoint threw: our own mistake. Default: it is thrown on. */
  readonly failed?: (error: Error, endpoint: string, input: Input) => void
}

interface Party {
  readonly name: string
  readonly endpoint: Endpoint
  readonly sockets: Map<string, UdpSocket>
  /** The same by the very address object that packets carry: no key has to be built for a reply. */
  readonly socketsByAddress: Map<Address, UdpSocket>
  readonly events: TcpEvents
  bound: Listen[]
}

/** A moment in which packets on loopback arrive and are answered. */
const SETTLE_MS = 60
/** Timers that fall due close together are served by one wake. */
const WAKE_MS_MIN = 5
/** The longest that setTimeout waits. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1

export class HostDriver implements Driver {
  readonly virtual = false
  readonly log: LogEntry[] = []
  readonly #parties = new Map<string, Party>()
  /** "transport:address:port" of our own parties, to write one wire entry a packet. */
  readonly #own = new Map<string, string>()
  readonly #tcp: Tcp
  readonly #dns: Dns
  readonly #startedAt = performance.now()
  #timer: NodeJS.Timeout | undefined
  #timerAt = Infinity
  #waiters: (() => void)[] = []
  #closed = false

  constructor(private readonly options: HostOptions = {}) {
    this.#tcp = new Tcp(options.tcp)
    this.#dns = options.dns ?? new Dns()
  }

  /** Milliseconds since the driver was made; whole, monotonic. */
  get now(): Milliseconds {
    return Math.floor(performance.now() - this.#startedAt)
  }

  async attach(name: string, endpoint: Endpoint, listens: readonly Listen[]): Promise<readonly Listen[]> {
    const bound = await this.bind(name, listens)
    this.run(name, endpoint)
    return bound
  }

  /** First half of attach: takes the ports, so that an endpoint can be built knowing them. */
  async bind(name: string, listens: readonly Listen[]): Promise<readonly Listen[]> {
    if (this.#parties.has(name)) throw new UsageError(`there are two endpoints called ${name}`)
    const events: TcpEvents = {
      received: (connection, local, remote, bytes) =>
        this.#received(party, { type: 'packet', transport: 'tcp', local, remote, bytes, connection }),
      closed: (closed) => this.#input(party, { ...closed, remote: this.#virtual('tcp', closed.remote) }),
      opened: (local, port) => {
        const { loopback } = this.options
        if (loopback === undefined) return
        const virtual = { address: this.#virtual('tcp', local).address, port }
        loopback.note('tcp', virtual, { ...local, port })
        this.#own.set(keyOf('tcp', virtual), party.name)
      },
    }
    const party: Party = {
      name,
      endpoint: NOBODY,
      sockets: new Map(),
      socketsByAddress: new Map(),
      events,
      bound: [],
    }
    this.#parties.set(name, party)
    try {
      for (const listen of listens) party.bound.push(await this.#listen(party, listen))
    } catch (error) {
      await this.detach(name)
      throw error
    }
    return party.bound
  }

  /** Second half of attach: the endpoint takes what arrives from now on. */
  run(name: string, endpoint: Endpoint): void {
    const party = this.#party(name)
    ;(party as { endpoint: Endpoint }).endpoint = endpoint
    this.#arm()
  }

  async #listen(party: Party, listen: Listen): Promise<Listen> {
    const { loopback } = this.options
    const wanted = loopback?.bindAt(listen) ?? listen
    let real: Listen
    if (listen.transport === 'udp') {
      const socket = await bindUdp(wanted, this.#udpEvents(party))
      real = socket.bound
      party.sockets.set(keyOf('udp', loopback === undefined ? real : listen), socket)
      if (loopback === undefined) party.socketsByAddress.set(real, socket)
    } else if (listen.transport === 'tcp') real = await this.#tcp.listen(wanted, party.events)
    else throw new UsageError(`${listen.transport} is not offered: listen on udp or tcp`)
    loopback?.note(listen.transport, listen, real)
    const bound = loopback === undefined ? real : listen
    this.#own.set(keyOf(bound.transport, bound), party.name)
    return bound
  }

  #udpEvents(party: Party): UdpEvents {
    return {
      received: (local, { remote, bytes }) =>
        this.#received(party, { type: 'packet', transport: 'udp', local, remote, bytes }),
      failed: (local, remote) => {
        if (remote === undefined) return
        const there = this.#virtual('udp', remote)
        this.#input(party, {
          type: 'unreachable',
          transport: 'udp',
          local: this.#virtual('udp', local),
          remote: there,
        })
      },
    }
  }

  async detach(name: string): Promise<void> {
    const party = this.#parties.get(name)
    if (party === undefined) return
    this.#parties.delete(name)
    for (const bound of party.bound) this.#own.delete(keyOf(bound.transport, bound))
    await Promise.all([...party.sockets.values()].map((socket) => socket.close()))
    await this.#tcp.detach(party.events)
  }

  give(name: string, input: Input): void {
    this.#input(this.#party(name), input)
  }

  mark(text: string): void {
    if (this.options.record !== 'none') this.log.push({ kind: 'mark', at: this.now, text })
  }

  /** Ends a party's stream connections; returns how many. */
  cutStreams(name: string, reason: 'closed' | 'reset'): number {
    return this.#tcp.cut(this.#party(name).events, reason === 'reset')
  }

  async runUntil(done: () => boolean, limitMs: Milliseconds): Promise<boolean> {
    const end = this.now + limitMs
    while (!done()) {
      const left = end - this.now
      if (left <= 0) return false
      await this.#something(left)
    }
    return true
  }

  async advance(durationMs: Milliseconds): Promise<void> {
    await this.runUntil(() => false, durationMs)
  }

  async settle(): Promise<void> {
    await this.advance(SETTLE_MS)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await Promise.all([...this.#parties.keys()].map((name) => this.detach(name)))
  }

  /** Resolves at the next input of any party, or when the time is over. */
  #something(limitMs: Milliseconds): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, limitMs)
      this.#waiters.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  #party(name: string): Party {
    const party = this.#parties.get(name)
    assert(party !== undefined, `no endpoint is called ${name}`)
    return party
  }

  #virtual(transport: Transport, real: Address): Address {
    return this.options.loopback?.virtualOf(transport, real) ?? real
  }

  #received(party: Party, arrived: Extract<Input, { type: 'packet' }>): void {
    const { transport, bytes } = arrived
    const remote = this.#virtual(transport, arrived.remote)
    const local = this.#virtual(transport, arrived.local)
    const packet = this.options.loopback === undefined ? arrived : { ...arrived, local, remote }
    if (this.options.record !== 'none' && !this.#own.has(keyOf(transport, remote)))
      this.#wire(transport, remote, local, bytes, undefined, party.name)
    this.#input(party, packet)
  }

  #input(party: Party, input: Input): void {
    if (this.#closed) return
    const now = this.now
    const { record = 'all' } = this.options
    if (record === 'all') this.log.push({ kind: 'input', at: now, endpoint: party.name, input })
    try {
      for (const output of party.endpoint.step(input, now)) this.#carryOut(party, output)
    } catch (error) {
      if (this.options.failed === undefined) throw error
      this.options.failed(error as Error, party.name, input)
    }
    this.#arm()
    const waiters = this.#waiters
    if (waiters.length > 0) {
      this.#waiters = []
      for (const waiter of waiters) waiter()
    }
  }

  #carryOut(party: Party, output: Output): void {
    switch (output.type) {
      case 'send':
        return this.#send(party, output)
      case 'ask':
        void this.#answer(output.question).then((answer) =>
          this.#input(party, { type: 'answer', id: output.id, answer }),
        )
        return
      case 'event':
        this.options.heard?.(party.name, output)
        if ((this.options.record ?? 'all') === 'all')
          this.log.push({ kind: 'event', at: this.now, endpoint: party.name, event: output.event })
        return
      case 'close':
        return this.#tcp.close(output.connection)
    }
  }

  #send(party: Party, { transport, local, remote, bytes, connection }: Send): void {
    if (this.options.record !== 'none')
      this.#wire(transport, local, remote, bytes, party.name, this.#own.get(keyOf(transport, remote)))
    const there = this.#real(transport, remote)
    if (transport === 'tcp' && there !== undefined)
      return this.#tcp.send(party.events, this.#real('tcp', local) ?? local, there, bytes, connection)
    const socket =
      party.socketsByAddress.get(local) ??
      party.sockets.get(keyOf('udp', local)) ??
      party.sockets.values().next().value
    if (transport === 'udp' && socket !== undefined) return there && socket.send(there, bytes)
    this.#input(party, { type: 'unreachable', transport, local, remote })
  }

  /** Where a packet really goes; undefined on loopback when nobody has that scenario address. */
  #real(transport: Transport, virtual: Address): Address | undefined {
    const { loopback } = this.options
    return loopback === undefined ? virtual : loopback.realOf(transport, virtual)
  }

  async #answer(question: Question): Promise<Answer> {
    if (question.kind === 'resolve') return this.#dns.answer(question)
    if (this.options.answer === undefined)
      return { kind: 'failure', reason: `nobody answers ${question.kind} here` }
    return this.options.answer(question).catch((error: Error) => ({ kind: 'failure', reason: error.message }))
  }

  #wire(
    transport: Transport,
    source: Address,
    target: Address,
    bytes: Bytes,
    from?: string,
    to?: string,
  ): void {
    const at = this.now
    const packet = { transport, source, target, bytes, fate: 'delivered' as const }
    const entry: WireEntry = {
      kind: 'wire',
      at,
      arrived: at,
      ...packet,
      ...(from && { from }),
      ...(to && { to }),
    }
    this.log.push(entry)
  }

  /** Arms the one timer for the least deadline of all endpoints. */
  #arm(): void {
    let least = Infinity
    for (const { endpoint } of this.#parties.values()) least = Math.min(least, endpoint.deadline ?? Infinity)
    // A timer that fires early only looks again; one that fires late would be a fault.
    if (least >= this.#timerAt || least === Infinity) return
    clearTimeout(this.#timer)
    this.#timerAt = least
    this.#timer = setTimeout(
      () => this.#wake(),
      Math.min(Math.max(WAKE_MS_MIN, least - this.now), TIMEOUT_MS_MAX),
    )
  }

  #wake(): void {
    this.#timerAt = Infinity
    const now = this.now
    for (const party of [...this.#parties.values()]) {
      const { deadline } = party.endpoint
      if (deadline !== undefined && deadline <= now) this.#input(party, { type: 'wake' })
    }
    this.#arm()
  }
}

/** Holds the place of an endpoint that is not built yet: what arrives meanwhile is lost, as at a closed door. */
const NOBODY: Endpoint = { deadline: undefined, step: () => [] }

function keyOf(transport: Transport, { address, port }: Address): string {
  return `${transport}:${address}:${port}`
}
