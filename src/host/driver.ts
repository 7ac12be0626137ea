// Real sockets and real time: one timer armed for the least deadline, every input given as it comes. The endpoints do
// not know the difference from the simulated world; the log is the same.
//
// A batch of datagrams is stepped through as a whole; what is sent in answer leaves as one batch a socket.

import type { Driver, Listen, LogEntry, WireEntry } from '../driver.js'
import type { Address, Endpoint, Input, Milliseconds, Output, Packet, Send, Transport } from '../endpoint.js'
import { assert, UsageError } from '../errors.js'
import { Recorder, type RecorderOptions } from '../sim/recorder.js'
import type { AddressBook } from './address-book.js'
import { Alarm } from './alarm.js'
import { Answers, type AnswerOptions } from './answers.js'
import { Names } from './names.js'
import { doorFor, NOBODY, type Door, type Party } from './party.js'
import type { TlsSettings } from './stream-kinds.js'
import { Scouts } from './scouts.js'
import { Streams } from './streams.js'
import { isPort, type TcpEvents, type TcpLimits } from './tcp.js'
import { bindUdp, type UdpEvents } from './udp.js'

export interface HostOptions extends RecorderOptions, AnswerOptions {
  readonly tcp?: TcpLimits
  /** Keys and certificates for TLS and secure WebSocket; without a certificate they can be called, not listened at. */
  readonly tls?: TlsSettings
  /** Told of every event (log lines ...) as it happens. */
  readonly heard?: (endpoint: string, output: Extract<Output, { type: 'event' }>) => void
  /** Addresses are the scenario's own: each is bound at a free port of 127.0.0.1, and nobody sees the difference. */
  readonly loopback?: AddressBook
  /** An endpoint threw: our own mistake. Default: the run stops, and whoever drives it is told with the last inputs. */
  readonly failed?: (error: Error, endpoint: string, input: Input) => void
}

/** A moment in which packets on loopback arrive and are answered. */
const SETTLE_MS = 60
/** A wait is looked at anew after so long at the latest. */
const WAIT_MS_MAX = 3_600_000

const WAKE: Input = { type: 'wake' }

export class HostDriver implements Driver {
  readonly virtual = false
  readonly #options: HostOptions
  readonly #recorder: Recorder
  readonly #parties = new Map<string, Party>()
  readonly #names = new Names()
  readonly #streams: Streams
  readonly #answers: Answers
  readonly #scouts = new Scouts()
  readonly #alarm = new Alarm(() => this.#wake())
  /** Doors with something to send. */
  #full: Door[] = []
  #waiters: (() => void)[] = []
  #closed = false
  /** An endpoint's mistake: nothing is stepped any more. */
  #mistake: Error | undefined
  #isTold = false

  constructor(options: HostOptions = {}) {
    this.#options = options
    this.#recorder = new Recorder(options)
    this.#streams = new Streams(options.tcp, options.tls)
    this.#answers = new Answers(options)
  }

  get log(): readonly LogEntry[] {
    return this.#recorder.log
  }

  /** Milliseconds since the driver was made; whole, monotonic. */
  get now(): Milliseconds {
    return this.#alarm.now
  }

  async attach(name: string, endpoint: Endpoint, listens: readonly Listen[]): Promise<readonly Listen[]> {
    const bound = await this.bind(name, listens)
    this.run(name, endpoint)
    return bound
  }

  /** First half of attach: takes the ports, so that an endpoint can be built knowing them. */
  async bind(name: string, listens: readonly Listen[]): Promise<readonly Listen[]> {
    if (this.#parties.has(name)) throw new UsageError(`there are two endpoints called ${name}`)
    const events = this.#tcpEvents(() => party)
    const party: Party = { name, endpoint: NOBODY, doors: [], events, bound: [], attached: true }
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
    this.#party(name).endpoint = endpoint
    this.#arm()
  }

  async detach(name: string): Promise<void> {
    const party = this.#parties.get(name)
    if (party === undefined) return
    this.#parties.delete(name)
    party.attached = false
    for (const bound of party.bound) this.#names.giveBack(bound.transport, bound)
    await Promise.all(party.doors.map(({ socket }) => socket.close()))
    await this.#streams.detach(party.events)
  }

  /** Names a stranger at an address (a program of its own), so that the log knows it. */
  introduce(name: string, { transport, ...at }: Listen): void {
    this.#names.introduce(transport, at, name)
  }

  /** A packet between strangers, as they tell it. */
  overhear(packet: Omit<WireEntry, 'kind' | 'at' | 'arrived' | 'fate'>): void {
    const at = this.now
    if (this.#recorder.wires)
      this.#recorder.wire({ kind: 'wire', at, arrived: at, ...packet, fate: 'delivered' })
  }

  /** Something happened outside of the sockets: who waits looks again. */
  stir(): void {
    this.#afterwards()
  }

  give(name: string, input: Input): void {
    this.#input(this.#party(name), input)
    this.#complain()
  }

  mark(text: string): void {
    this.#recorder.mark(this.now, text)
  }

  /** Ends a party's stream connections; returns how many. */
  cutStreams(name: string, reason: 'closed' | 'reset'): number {
    return this.#streams.cut(this.#party(name).events, reason === 'reset')
  }

  // ---- time ----

  async runUntil(done: () => boolean, limitMs: Milliseconds): Promise<boolean> {
    const end = this.now + limitMs
    for (;;) {
      this.#complain()
      if (done()) return true
      const left = end - this.now
      if (left <= 0) return false
      await this.#something(left)
    }
  }

  async advance(durationMs: Milliseconds): Promise<void> {
    await this.runUntil(() => false, durationMs)
  }

  async settle(): Promise<void> {
    await this.advance(SETTLE_MS)
  }

  /** Gives all ports back and ends what runs. Rejects when an endpoint failed and nobody was told yet. */
  async close(): Promise<void> {
    this.#closed = true
    this.#alarm.stop()
    this.#scouts.close()
    await this.#answers.close()
    await Promise.all([...this.#parties.keys()].map((name) => this.detach(name)))
    this.#complain()
  }

  /** Resolves at the next input of any party, or when the time is over. */
  #something(limitMs: Milliseconds): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.min(limitMs, WAIT_MS_MAX))
      this.#waiters.push(() => {
        clearTimeout(timer)
        resolve()
      })
    })
  }

  /** Arms the one timer for the least deadline of all endpoints. */
  #arm(): void {
    if (this.#mistake !== undefined) return
    let least = Infinity
    for (const { endpoint } of this.#parties.values()) {
      const { deadline } = endpoint
      if (deadline !== undefined && deadline < least) least = deadline
    }
    this.#alarm.set(least)
  }

  #wake(): void {
    const { now } = this
    for (const party of [...this.#parties.values()]) {
      const { deadline } = party.endpoint
      if (deadline !== undefined && deadline <= now) this.#step(party, WAKE)
    }
    this.#afterwards()
  }

  // ---- sockets ----

  async #listen(party: Party, listen: Listen): Promise<Listen> {
    const { loopback } = this.#options
    const { transport } = listen
    const wanted = loopback?.bindAt(listen) ?? listen
    let real: Listen
    if (transport === 'udp') {
      const socket = await bindUdp(wanted, this.#udpEvents(party))
      real = socket.bound
      party.doors.push({ local: loopback === undefined ? real : listen, socket, outgoing: [] })
    } else real = await this.#streams.of(transport).listen(wanted, party.events)
    loopback?.note(transport, listen, real)
    const bound = loopback === undefined ? real : listen
    this.#names.take(transport, bound, party.name)
    return bound
  }

  #udpEvents(party: Party): UdpEvents {
    return {
      received: (local, batch) => {
        for (const { remote, bytes } of batch)
          this.#received(party, { type: 'packet', transport: 'udp', local, remote, bytes })
        this.#afterwards()
      },
      failed: (local, remote) => {
        if (remote !== undefined)
          this.#input(party, {
            ...{ type: 'unreachable', transport: 'udp' },
            ...{ local: this.#virtual('udp', local), remote: this.#virtual('udp', remote) },
          })
      },
    }
  }

  #tcpEvents(party: () => Party): TcpEvents {
    const ephemeral = (transport: Transport, local: Address, port: number): Address => ({
      address: this.#virtual(transport, local).address,
      port,
    })
    return {
      received: (transport, connection, local, remote, bytes) => {
        this.#received(party(), { type: 'packet', transport, local, remote, bytes, connection })
        this.#afterwards()
      },
      closed: (closed) =>
        this.#input(party(), { ...closed, remote: this.#virtual(closed.transport, closed.remote) }),
      opened: (transport, local, port) => {
        const address = ephemeral(transport, local, port)
        this.#names.take(transport, address, party().name)
        this.#options.loopback?.note(transport, address, { address: local.address, port })
      },
      gone: (transport, local, port) => {
        const address = ephemeral(transport, local, port)
        this.#names.giveBack(transport, address)
        this.#options.loopback?.forget(transport, address)
      },
    }
  }

  #received(party: Party, arrived: Packet): void {
    const { transport } = arrived
    const { loopback } = this.#options
    const remote = this.#virtual(transport, arrived.remote)
    const local = this.#virtual(transport, arrived.local)
    const packet = loopback === undefined ? arrived : { ...arrived, local, remote }
    if (this.#recorder.wires && !this.#names.isOwn(transport, remote)) {
      const at = this.now
      const { from, pieces } = this.#names.said(remote, arrived)
      const ends = { transport, source: remote, target: local, to: party.name, ...(from && { from }) }
      for (const piece of pieces)
        this.#recorder.wire({ kind: 'wire', at, arrived: at, ...ends, bytes: piece, fate: 'delivered' })
    }
    this.#step(party, packet)
  }

  #virtual(transport: Transport, real: Address): Address {
    return this.#options.loopback?.virtualOf(transport, real) ?? real
  }

  /** Where a packet really goes; undefined on loopback when nobody has that scenario address. */
  #real(transport: Transport, virtual: Address): Address | undefined {
    const { loopback } = this.#options
    return loopback === undefined ? virtual : loopback.realOf(transport, virtual)
  }

  // ---- steps ----

  #input(party: Party, input: Input): void {
    this.#step(party, input)
    this.#afterwards()
  }

  #step(party: Party, input: Input): void {
    if (this.#closed || !party.attached || this.#mistake !== undefined) return
    const { now } = this
    this.#recorder.input(now, party.name, input)
    try {
      for (const output of party.endpoint.step(input, now)) this.#carryOut(party, output)
    } catch (error) {
      const { failed } = this.#options
      if (failed !== undefined) failed(error as Error, party.name, input)
      else this.#mistake = this.#recorder.mistake(error, now, party.name)
    }
  }

  /** After one input, or a batch of them. */
  #afterwards(): void {
    this.#flush()
    this.#arm()
    if (this.#waiters.length === 0) return
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) waiter()
  }

  #flush(): void {
    if (this.#full.length === 0) return
    const full = this.#full
    this.#full = []
    for (const { socket, outgoing } of full) {
      socket.send(outgoing)
      outgoing.length = 0
    }
  }

  /** Tells whoever drives that an endpoint failed. */
  #complain(): void {
    const mistake = this.#mistake
    // Told once: after it nothing happens any more.
    if (mistake === undefined || this.#isTold) return
    this.#isTold = true
    throw mistake
  }

  #carryOut(party: Party, output: Output): void {
    switch (output.type) {
      case 'send':
        return this.#send(party, output)
      case 'ask':
        void this.#answers
          .to(output.question)
          .then((answer) => this.#input(party, { type: 'answer', id: output.id, answer }))
        return
      case 'event':
        this.#options.heard?.(party.name, output)
        return this.#recorder.event(this.now, party.name, output.event)
      case 'close':
        this.#streams.close(party.events, output.connection)
    }
  }

  #send(party: Party, send: Send): void {
    const { transport, local, remote, bytes, connection, channel } = send
    const there = this.#real(transport, remote)
    if (this.#recorder.wires) this.#enter(party, send, there !== undefined)
    if (transport === 'udp') return this.#datagram(party, send, there)
    const own = this.#real(transport, local) ?? local
    const origin = channel === undefined ? own : { ...own, channel }
    if (there !== undefined)
      return this.#streams.of(transport).send(party.events, origin, there, bytes, connection)
    const refused = { type: 'closed', transport, remote, reason: 'refused' } as const
    return this.#later(party, { ...refused, connection: this.#streams.nextNumber() })
  }

  #datagram(party: Party, send: Send, there: Address | undefined): void {
    const door = doorFor(party, send.local, there ?? send.remote)
    const { transport, local, remote } = send
    const unreachable: Input = { type: 'unreachable', transport, local, remote }
    if (door === undefined || !isPort(remote.port)) return this.#later(party, unreachable)
    // Nobody has this scenario address: lost without a word, as behind most firewalls.
    if (there === undefined) return
    if (door.outgoing.length === 0) this.#full.push(door)
    door.outgoing.push(there === send.remote ? send : { remote: there, bytes: send.bytes })
    if (send.isRepeated === true) this.#scouts.look(there, () => this.#input(party, unreachable))
  }

  /** Later: an endpoint is not stepped while its outputs are carried out. */
  #later(party: Party, input: Input): void {
    setImmediate(() => this.#input(party, input))
  }

  #enter({ name }: Party, { transport, local: source, remote: target, bytes }: Send, isThere: boolean): void {
    const at = this.now
    const to = this.#names.at(transport, target)
    const ends = { transport, source, target, from: name, ...(to && { to }) }
    const lost = transport === 'udp' ? 'unreachable' : 'refused'
    const end = isThere ? ({ arrived: at, fate: 'delivered' } as const) : ({ fate: lost } as const)
    this.#recorder.wire({ kind: 'wire', at, ...ends, bytes, ...end })
  }

  #party(name: string): Party {
    const party = this.#parties.get(name)
    assert(party !== undefined, `no endpoint is called ${name}`)
    return party
  }
}
