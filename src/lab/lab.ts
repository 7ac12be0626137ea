// A scenario's bench: the proxies, phones and network that its steps name, one driver that owns time, one log.
//
// Givens only note; the bench is built when the first thing happens (`ready`). A `Then` waits, in the driver's time,
// until it is true or its limit is over. The same bench stands in virtual time and on real loopback sockets.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { AddressBook } from '../host/address-book.js'
import { HostDriver } from '../host/driver.js'
import type { Listen, LogEntry, WireEntry } from '../driver.js'
import type { Milliseconds, Transport } from '../endpoint.js'
import { assert, ExpectationError, UsageError } from '../errors.js'
import { Phone } from '../agent/phone.js'
import type { PhoneCommand } from '../agent/command.js'
import type { ProfileName } from '../proxy/profile.js'
import { Random } from '../random.js'
import { ladderHtml } from '../report/ladder-html.js'
import { ladderSvg } from '../report/ladder-svg.js'
import { ladderText } from '../report/ladder-text.js'
import { ladderOf } from '../report/messages.js'
import type { DnsRecord } from '../sim/dns.js'
import { SimDriver } from '../sim/driver.js'
import { parseDuration } from './patterns.js'
import { saveCapture, saveFeature } from './capture-save.js'
import { ProxyBench } from './proxy-bench.js'
import type { SippBackend } from './sipp/play.js'
import { Surroundings } from './surroundings.js'
import type { Places } from './systems/places.js'
import type { System } from './systems/system.js'

/** How long a Then waits unless it says otherwise: 64*T1. */
export const LIMIT_MS = 32_000
/** How long transactions may take to end once a scenario is over. */
const DRAIN_MS_MAX = 600_000

export interface LabOptions {
  readonly seed: number
  readonly profile: ProfileName
  /** On loopback sockets, in real time. */
  readonly real: boolean
  /** Where script files of the scenario are looked for, in order. */
  readonly folders: readonly string[]
  /** Who plays SIPp scenarios. */
  readonly sipp?: SippBackend
  /** Who takes the proxies' place; undefined: the engine. */
  readonly system?: System
  /** The addresses of this run instead of the scenario's; undefined: the scenario's own. */
  readonly places?: Places
  /** What an inline script is called in errors and coverage. */
  readonly scriptName: (text: string) => string
}

/** How a phone is declared. */
export interface PhoneDeclaration {
  readonly name: string
  readonly aor?: string
  readonly address: string
  readonly transport?: Transport
  readonly password?: string
}

/** Asked of real sockets: what only the simulated world can do. */
export class NeedsVirtualTime extends UsageError {
  constructor(readonly what: string) {
    super(`${what} needs virtual time: take @real off this scenario`)
  }
}

/** Asked of a system that is not the engine: what it does not show, or cannot be told. */
export class NotApplicable extends UsageError {}

export class Lab {
  readonly proxies = new Map<string, ProxyBench>()
  readonly phones = new Map<string, Phone>()
  readonly #dns: DnsRecord[] = []
  readonly notes: string[] = []
  readonly #surroundings = new Surroundings()
  /** Values kept by "I remember ... as". */
  readonly remembered = new Map<string, string>()
  /** Set by "within {duration},". */
  limitMs: Milliseconds = LIMIT_MS
  #driver: SimDriver | HostDriver | undefined
  readonly #first: (() => Promise<void>)[] = []
  readonly #pending: (() => Promise<void>)[] = []
  readonly #last: (() => Promise<void>)[] = []
  /** Phones whose places others have. */
  readonly #vacant = new Set<string>()
  readonly #declared: PhoneDeclaration[] = []
  readonly #attached = new Set<string>()
  readonly #random: Random

  constructor(readonly options: LabOptions) {
    this.#random = new Random(options.seed + (options.system?.salt ?? 0))
  }

  // ---- arranging ----

  /** The proxy of this name, declared by naming it; "proxy" is the usual one. */
  proxy(name = 'proxy'): ProxyBench {
    let proxy = this.proxies.get(name)
    if (proxy === undefined) {
      const { places = (text: string) => text } = this.options
      proxy = new ProxyBench(
        name,
        places(`10.0.0.${this.proxies.size + 1}`),
        this.options,
        this.#random.fork(),
      )
      this.proxies.set(name, proxy)
    }
    return proxy
  }

  declarePhone(declaration: PhoneDeclaration): void {
    this.#declared.push(declaration)
    if (this.#driver !== undefined) this.#pending.push(() => this.#attachPhones())
  }

  /** Something a Given wants done before the first When (a registration): in order, once the bench stands. */
  beforehand(act: () => Promise<void>): void {
    this.#pending.push(act)
  }

  /** Something that must be before anything is on the network. */
  atStart(act: () => Promise<void>): void {
    this.#first.push(act)
  }

  /** Something that is done when the scenario is over; the last one first. */
  atEnd(act: () => Promise<void>): void {
    this.#last.unshift(act)
  }

  /** The phone is declared, but its place on the network is for somebody else. */
  vacate(name: string): void {
    this.#vacant.add(name)
  }

  /** What only the engine shows, or can be told. Throws a NotApplicable when another system is in its place. */
  inside<T>(what: string, own: T): T {
    const { system } = this.options
    if (system !== undefined) throw new NotApplicable(`${system.name} cannot be asked about ${what}`)
    return own
  }

  get dns(): DnsRecord[] {
    return this.inside('names', this.#dns)
  }

  /** What answers the engine's questions. */
  get surroundings(): Surroundings {
    return this.inside('what it asks of the world', this.#surroundings)
  }

  /** The simulated world, for what only it can do. */
  virtual(what: string): SimDriver {
    if (this.options.real) throw new NeedsVirtualTime(what)
    return this.driver as SimDriver
  }

  /** The real world, for what only it can do. */
  get hostDriver(): HostDriver {
    assert(this.driver instanceof HostDriver, 'programs of their own live in real time')
    return this.driver
  }

  get driver(): SimDriver | HostDriver {
    const { real, sipp = 'inproc', system } = this.options
    if (this.#driver === undefined)
      this.#driver = real
        ? new HostDriver({
            // Programs of their own know nothing of a book of addresses.
            ...(sipp === 'inproc' && system === undefined && { loopback: new AddressBook() }),
            answer: async (question) => this.#surroundings.answer(question),
          })
        : new SimDriver({
            seed: this.options.seed,
            dns: this.#dns,
            answer: (question) => this.#surroundings.answer(question),
          })
    return this.#driver
  }

  /** Builds what is not built yet and does what the Givens want done. */
  async ready(): Promise<void> {
    const { driver } = this
    for (let act = this.#first.shift(); act !== undefined; act = this.#first.shift()) await act()
    for (const proxy of this.proxies.values()) await proxy.start(driver)
    await this.#attachPhones()
    for (let act = this.#pending.shift(); act !== undefined; act = this.#pending.shift()) await act()
  }

  async #attachPhones(): Promise<void> {
    for (const declaration of this.#declared) {
      const { name, address, transport = this.options.system?.transport ?? 'udp', password } = declaration
      if (this.#attached.has(name) || this.#vacant.has(name)) continue
      this.#attached.add(name)
      const contact = { ...parseAddress(address), transport }
      const outbound = this.proxies.values().next().value?.placeFor(transport)
      const phone = new Phone({
        name,
        aor: declaration.aor ?? `sip:${name.toLowerCase()}@${contact.address}`,
        contact,
        ...(outbound && { proxy: outbound }),
        random: this.#random.fork(),
        ...(password !== undefined && { password }),
        trace: true,
      })
      this.phones.set(name, phone)
      const listens: Listen[] = [{ ...contact }]
      await this.driver.attach(name, phone, listens)
    }
  }

  /** The phones as they were declared. */
  get declarations(): readonly PhoneDeclaration[] {
    return this.#declared
  }

  // ---- doing ----

  phone(name: string): Phone {
    const phone = this.phones.get(name)
    if (phone === undefined) {
      if (this.#vacant.has(name))
        throw new UsageError(`${name} is a SIPp container, which does only what its scenario says.`)
      const known = this.#declared.map((declaration) => declaration.name).join(', ')
      throw new UsageError(`no phone is called ${name}. Declared: ${known || 'none'}`)
    }
    return phone
  }

  /** Tells a phone to do something. */
  async order(name: string, command: PhoneCommand): Promise<void> {
    await this.ready()
    this.phone(name)
    this.driver.give(name, { type: 'command', command })
  }

  /** The AOR of a phone, or the URI as written. */
  uriOf(target: string): string {
    return this.phones.get(target)?.aor ?? this.#declared.find(({ name }) => name === target)?.aor ?? target
  }

  async settle(): Promise<void> {
    await this.ready()
    await this.driver.settle()
  }

  /** Lets time pass; on real sockets it is really waited for. */
  async pass(duration: string): Promise<void> {
    await this.ready()
    if (this.options.real) this.notes.push(`waited ${duration} in real time`)
    await this.driver.advance(parseDuration(duration))
  }

  /** Nothing is sent (to the party, or at all) for so long. */
  async expectSilence(durationMs: Milliseconds, party?: string): Promise<void> {
    await this.settle()
    const before = this.wires.length
    await this.driver.advance(durationMs)
    const sent = this.wires.slice(before).filter(({ to }) => party === undefined || to === party)
    if (sent.length > 0)
      throw new ExpectationError(
        'not silent',
        'nothing is sent',
        sent.map(({ bytes }) => bytes.split('\r\n')[0]).join(', '),
      )
  }

  /** Ends the stream connections of a phone. */
  async cut(name: string, reason: 'closed' | 'reset'): Promise<void> {
    await this.settle()
    if (this.driver.cutStreams(name, reason) === 0) throw new UsageError(`${name} has no TCP connection`)
    await this.settle()
  }

  /** The phone's port is closed: datagrams to it bounce with ICMP. */
  unplug(name: string): void {
    this.beforehand(async () => {
      const world = this.virtual('an ICMP error')
      const declared = this.#declared.find((declaration) => declaration.name === name)
      world.deafen(name)
      world.answerWithIcmp(parseAddress(declared?.address ?? ''))
    })
  }

  /** The phone is behind a NAT that forgets it when nothing passes for a while; over UDP. */
  hide(name: string, outside: string, forgetsMs: Milliseconds): void {
    this.beforehand(async () => {
      const declared = this.#declared.find((declaration) => declaration.name === name)
      this.virtual('a NAT').hide(parseAddress(declared?.address ?? '').address, outside, forgetsMs)
    })
  }

  // ---- judging ----

  get log(): readonly LogEntry[] {
    return this.driver.log
  }

  /** All packets so far, in the order they were sent. */
  get wires(): WireEntry[] {
    return this.log.filter((entry) => entry.kind === 'wire')
  }

  /** Runs until `done`; else fails with what was expected and what is the case. */
  async until(done: () => boolean, expected: string, actual: () => string): Promise<void> {
    await this.ready()
    if (await this.driver.runUntil(done, this.limitMs)) return
    this.#complainOfDead()
    const bound =
      this.driver instanceof SimDriver && this.driver.bound === 'steps' ? ' (a loop: step limit)' : ''
    throw new ExpectationError(`not within ${this.limitMs / 1000} s${bound}`, expected, actual())
  }

  /** A system that has ended by itself answers nothing: that is to be said, not what it did not do. */
  #complainOfDead(): void {
    for (const { died } of this.proxies.values()) if (died !== undefined) throw new UsageError(died)
  }

  /** Holds now, after everything on its way has arrived; else fails. */
  async holds(condition: () => boolean, expected: string, actual: () => string): Promise<void> {
    await this.settle()
    if (!condition()) throw new ExpectationError('not so', expected, actual())
  }

  /** What the phones and the last packets are like, for a failure. */
  situation(name?: string): string {
    const phones = name === undefined ? [...this.phones.values()] : [this.phone(name)]
    const calls = phones.flatMap((phone) =>
      phone.calls.map((call) =>
        `${phone.name}: ${call.role} ${call.state} ${call.status || ''} ${call.reason}`.trim(),
      ),
    )
    return calls.length > 0 ? calls.join('; ') : name === undefined ? 'no calls' : `${name} has no calls`
  }

  /** Writes the call flow so far, in the form that the file's name says. */
  async save(file: string): Promise<void> {
    await this.settle()
    const ladder = ladderOf(this.log, [...this.phones.keys(), ...this.proxies.keys()])
    const path = resolve(file)
    if (!path.startsWith(process.cwd())) throw new UsageError(`${file} is outside this folder`)
    mkdirSync(dirname(path), { recursive: true })
    if (file.endsWith('.svg')) writeFileSync(path, ladderSvg(ladder))
    else if (file.endsWith('.html')) writeFileSync(path, ladderHtml(ladder, file))
    else if (file.endsWith('.txt')) writeFileSync(path, ladderText(ladder))
    else if (file.endsWith('.pcap')) saveCapture(path, this.log)
    else if (file.endsWith('.feature')) saveFeature(path, this)
    else throw new UsageError(`${file}: the call flow is written as .txt, .svg, .html, .pcap or .feature`)
  }

  // ---- ending ----

  /** Lets everything come to its end; returns what is left that should not be. */
  async finish(): Promise<string[]> {
    if (this.#driver === undefined) return []
    const { driver } = this
    if (!driver.virtual) return []
    const busy = (): string[] =>
      [...this.proxies.values()].filter((proxy) => proxy.transactions > 0).map((proxy) => proxy.name)
    await driver.runUntil(() => busy().length === 0, DRAIN_MS_MAX)
    return busy().map(
      (name) => `${name} still has transactions ${DRAIN_MS_MAX / 1000} s after the scenario ended`,
    )
  }

  async close(): Promise<void> {
    for (const act of this.#last.splice(0)) await act()
    for (const proxy of this.proxies.values()) await proxy.close()
    await this.#driver?.close()
    await this.#surroundings.close()
  }
}

/** "10.0.0.11", "10.0.0.11:5062", "[2001:db8::1]:5060". */
export function parseAddress(text: string): { address: string; port: number } {
  const match = /^\[?([0-9a-fA-F:.]+?)\]?(?::(\d+))?$/.exec(text)
  const six = match === null ? false : text.startsWith('[') || (match[1]!.match(/:/g) ?? []).length > 1
  if (six && !text.startsWith('[')) return { address: text, port: 5060 }
  assert(match !== null, `"${text}" is no address`)
  return { address: match[1]!, port: Number(match[2] ?? 5060) }
}
