// Virtual time and a virtual network: the driver jumps to whatever happens next, so that 120 seconds of a timer pass
// in microseconds. Addresses are the scenario's own. Everything is decided by one seed: same seed, same bytes.

import type { Driver, Listen, LogEntry, WireEntry } from '../driver.js'
import type {
  Address,
  Answer,
  Bytes,
  Closed,
  Endpoint,
  Input,
  Milliseconds,
  Output,
  Question,
  Send,
} from '../endpoint.js'
import { assert, UsageError } from '../errors.js'
import { Random } from '../random.js'
import { Agenda } from './agenda.js'
import { answerFrom, type DnsRecord } from './dns.js'
import { Faults, type LinkFaults } from './faults.js'
import { Streams, type Connection } from './streams.js'

/** Steps of one drive before it is taken for a loop. */
const STEPS_MAX = 1_000_000
/** The longest delay of a packet that settling waits for. */
const SETTLE_MS_MAX = 5000
const DATAGRAM_LENGTH_MAX = 65507

export interface SimOptions {
  readonly seed: number
  readonly startMs?: Milliseconds
  readonly link?: LinkFaults
  readonly dns?: readonly DnsRecord[]
  /** Answers other questions (exec, query): now, or in real time while virtual time stands still. */
  readonly answer?: (question: Question) => Answer | Promise<Answer> | undefined
  /** What goes into the log; 'none' for speed. */
  readonly record?: 'all' | 'wire' | 'none'
  /** Streams are cut into chunks of at most this many octets. */
  readonly chunkMax?: number
}

interface Party {
  readonly name: string
  readonly endpoint: Endpoint
  readonly listens: readonly Listen[]
}

export class SimDriver implements Driver {
  readonly virtual = true
  readonly log: LogEntry[] = []
  readonly faults: Faults
  now: Milliseconds
  /** Which bound the last drive hit, when it did not come to its end. */
  bound: 'time' | 'steps' | undefined
  readonly #parties = new Map<string, Party>()
  readonly #listeners = new Map<string, Party>()
  /** Addresses without a listener that answer with ICMP. */
  readonly #icmp = new Set<string>()
  readonly #agenda = new Agenda()
  readonly #streams = new Streams()
  readonly #random: Random
  readonly #open = new Set<Promise<void>>()
  readonly #options: SimOptions

  constructor(options: SimOptions) {
    this.#options = options
    this.#random = new Random(options.seed)
    this.faults = new Faults(this.#random.fork(), options.link ?? {})
    this.now = options.startMs ?? 0
  }

  async attach(name: string, endpoint: Endpoint, listens: readonly Listen[]): Promise<readonly Listen[]> {
    return this.attachNow(name, endpoint, listens)
  }

  /** attach without a promise, for those who have no time to wait. */
  attachNow(name: string, endpoint: Endpoint, listens: readonly Listen[]): readonly Listen[] {
    const party = { name, endpoint, listens }
    for (const listen of listens) {
      const key = listenKey(listen.transport, listen)
      const other = this.#listeners.get(key)
      if (other !== undefined)
        throw new UsageError(`${key} is taken by ${other.name}: give ${name} another address`)
      this.#listeners.set(key, party)
    }
    this.#parties.set(name, party)
    return listens
  }

  async detach(name: string): Promise<void> {
    const party = this.#parties.get(name)
    if (party === undefined) return
    for (const listen of party.listens) this.#listeners.delete(listenKey(listen.transport, listen))
    for (const connection of this.#streams.of(name)) this.cutStream(connection, 'closed', name)
    this.#parties.delete(name)
  }

  give(name: string, input: Input): void {
    const party = this.#parties.get(name)
    assert(party !== undefined, `no endpoint is called ${name}`)
    this.#step(party, input)
  }

  mark(text: string): void {
    if (this.#options.record !== 'none') this.log.push({ kind: 'mark', at: this.now, text })
  }

  /** Datagrams to this address and port are answered with ICMP port unreachable when nobody listens there. */
  answerWithIcmp(address: Address): void {
    this.#icmp.add(`${address.address}:${address.port}`)
  }

  /** Stops an address from listening (the phone is off), without detaching its endpoint. */
  deafen(name: string): void {
    for (const [key, party] of this.#listeners) if (party.name === name) this.#listeners.delete(key)
  }

  /** Ends all stream connections of a party. */
  cutStreams(name: string, reason: 'closed' | 'reset'): number {
    const connections = this.#streams.of(name)
    for (const connection of connections) this.cutStream(connection, reason)
    return connections.length
  }

  cutStream(connection: Connection, reason: 'closed' | 'reset', except?: string): void {
    this.#streams.close(connection)
    for (const side of [0, 1] as const) {
      const end = connection.ends[side]
      if (end.party === except) continue
      const remote = connection.ends[1 - side]!.address
      this.#closed(end.party, {
        type: 'closed',
        connection: connection.id,
        transport: connection.transport,
        remote,
        reason,
      })
    }
  }

  async runUntil(done: () => boolean, limitMs: Milliseconds): Promise<boolean> {
    const end = this.now + limitMs
    this.bound = undefined
    for (let steps = 0; !done(); steps++) {
      while (this.#open.size > 0) await Promise.race(this.#open)
      if (steps >= STEPS_MAX) {
        this.bound = 'steps'
        return false
      }
      if (!this.#advanceOne(end)) {
        this.now = end
        this.bound = 'time'
        return done()
      }
    }
    return true
  }

  async advance(durationMs: Milliseconds): Promise<void> {
    await this.runUntil(() => false, durationMs)
    if (this.bound === 'steps')
      throw new Error(`more than ${STEPS_MAX} steps within ${durationMs} ms of virtual time: a loop?`)
  }

  /** Lets everything arrive that is on its way now, and what that sets off; timers further off stay where they are. */
  async settle(): Promise<void> {
    const end = this.now + SETTLE_MS_MAX
    for (let steps = 0; steps < STEPS_MAX; steps++) {
      while (this.#open.size > 0) await Promise.race(this.#open)
      const dueNow = [...this.#parties.values()].some(
        ({ endpoint }) => (endpoint.deadline ?? Infinity) <= this.now,
      )
      if ((this.#agenda.next === undefined && !dueNow) || !this.#advanceOne(end)) return
    }
  }

  async close(): Promise<void> {
    for (const name of [...this.#parties.keys()]) await this.detach(name)
  }

  /** Does the next thing at or before `end`; false when there is none. */
  #advanceOne(end: Milliseconds): boolean {
    const planned = this.#agenda.next
    let due: Party | undefined
    let least = planned ?? Infinity
    for (const party of this.#parties.values()) {
      const { deadline } = party.endpoint
      if (deadline !== undefined && deadline < least) [due, least] = [party, deadline]
    }
    if (least === Infinity || least > end) return false
    this.now = Math.max(this.now, least)
    if (due === undefined) this.#agenda.act()
    else this.#step(due, { type: 'wake' })
    return true
  }

  #step(party: Party, input: Input): void {
    const { record = 'all' } = this.#options
    if (record === 'all') this.log.push({ kind: 'input', at: this.now, endpoint: party.name, input })
    for (const output of party.endpoint.step(input, this.now)) this.#carryOut(party, output)
  }

  #carryOut(party: Party, output: Output): void {
    switch (output.type) {
      case 'send':
        return output.transport === 'udp' ? this.#datagram(party, output) : this.#chunk(party, output)
      case 'ask':
        return this.#ask(party, output.id, output.question)
      case 'event':
        if (this.#options.record !== 'none' && this.#options.record !== 'wire')
          this.log.push({ kind: 'event', at: this.now, endpoint: party.name, event: output.event })
        return
      case 'close': {
        const connection = this.#streams.byId(output.connection)
        if (connection !== undefined) this.cutStream(connection, 'closed', party.name)
      }
    }
  }

  // ---- datagrams ----

  #datagram(party: Party, { local, remote, bytes }: Send): void {
    const target = this.#listeners.get(listenKey('udp', remote))
    if (target === undefined || bytes.length > DATAGRAM_LENGTH_MAX)
      return this.#bounce(party, local, remote, bytes)
    const fate = this.faults.fate(party.name, target.name, bytes)
    if (fate.length === 0) this.#wire(party, target, 'udp', local, remote, bytes, 'lost')
    fate.forEach((delayMs, copy) => {
      const entry = this.#wire(
        party,
        target,
        'udp',
        local,
        remote,
        bytes,
        copy === 0 ? 'delivered' : 'duplicate',
      )
      this.#agenda.plan(this.now + delayMs, () => {
        if (entry !== undefined) entry.arrived = this.now
        if (this.#parties.get(target.name) === target)
          this.#step(target, { type: 'packet', transport: 'udp', local: remote, remote: local, bytes })
      })
    })
  }

  #bounce(party: Party, local: Address, remote: Address, bytes: Bytes): void {
    this.#wire(party, undefined, 'udp', local, remote, bytes, 'unreachable')
    if (!this.#icmp.has(`${remote.address}:${remote.port}`)) return
    this.#agenda.plan(this.now, () =>
      this.#step(party, { type: 'unreachable', transport: 'udp', local, remote }),
    )
  }

  // ---- streams ----

  #chunk(party: Party, send: Send): void {
    const { transport, local, remote, bytes } = send
    const known = this.#streams.byId(send.connection) ?? this.#streams.to(party.name, transport, remote)
    const connection = known ?? this.#connect(party, send)
    if (connection === undefined) {
      this.#wire(party, undefined, transport, local, remote, bytes, 'refused')
      const id = this.#streams.reserve()
      return this.#closed(party.name, {
        type: 'closed',
        connection: id,
        transport,
        remote,
        reason: 'refused',
      })
    }
    const side = connection.ends[0].party === party.name ? 1 : 0
    const to = connection.ends[side]
    const from = connection.ends[1 - side]!
    const target = this.#parties.get(to.party)
    const entry = this.#wire(party, target, transport, from.address, to.address, bytes, 'delivered')
    to.lastArrival = Math.max(to.lastArrival, this.now + this.faults.delayMs(party.name, to.party, bytes))
    for (const piece of this.#pieces(bytes))
      this.#agenda.plan(to.lastArrival, () => {
        if (!connection.open || target === undefined) return
        if (entry !== undefined) entry.arrived = this.now
        const input = {
          type: 'packet',
          transport,
          local: to.address,
          remote: from.address,
          bytes: piece,
        } as const
        this.#step(target, { ...input, connection: connection.id })
      })
  }

  #connect(party: Party, { transport, local, remote }: Send): Connection | undefined {
    const target = this.#listeners.get(listenKey(transport, remote))
    if (target === undefined || this.faults.isDown(party.name, target.name)) return undefined
    return this.#streams.open(
      transport,
      { party: party.name, address: local.address },
      { party: target.name, address: remote },
    )
  }

  #pieces(bytes: Bytes): Bytes[] {
    const { chunkMax } = this.#options
    if (chunkMax === undefined) return [bytes]
    const pieces: Bytes[] = []
    for (let at = 0; at < bytes.length;) {
      const length = 1 + this.#random.below(chunkMax)
      pieces.push(bytes.slice(at, at + length))
      at += length
    }
    return pieces
  }

  #closed(name: string, input: Closed): void {
    this.#agenda.plan(this.now, () => {
      const party = this.#parties.get(name)
      if (party !== undefined) this.#step(party, input)
    })
  }

  // ---- questions ----

  #ask(party: Party, id: number, question: Question): void {
    const settle = (answer: Answer): void =>
      this.#agenda.plan(this.now, () => this.#step(party, { type: 'answer', id, answer }))
    const answer =
      question.kind === 'resolve'
        ? answerFrom(this.#options.dns ?? [], question)
        : this.#options.answer?.(question)
    if (answer === undefined)
      return settle({ kind: 'failure', reason: `nobody answers ${question.kind} here` })
    if (!(answer instanceof Promise)) return settle(answer)
    const waiting = answer
      .then(settle, (error: unknown) => settle({ kind: 'failure', reason: String(error) }))
      .finally(() => this.#open.delete(waiting))
    this.#open.add(waiting)
  }

  #wire(
    from: Party,
    to: Party | undefined,
    transport: Send['transport'],
    source: Address,
    target: Address,
    bytes: Bytes,
    fate: WireEntry['fate'],
  ): { arrived?: Milliseconds } | undefined {
    if (this.#options.record === 'none') return undefined
    const entry = {
      kind: 'wire' as const,
      at: this.now,
      from: from.name,
      transport,
      source,
      target,
      bytes,
      fate,
    }
    const whole: WireEntry & { arrived?: Milliseconds } = to === undefined ? entry : { ...entry, to: to.name }
    this.log.push(whole)
    return whole
  }
}

function listenKey(transport: string, { address, port }: Address): string {
  return `${transport}:${address}:${port}`
}
