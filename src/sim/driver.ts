// Virtual time and a virtual network: the driver jumps to whatever happens next, so that 120 seconds of a timer pass
// in microseconds. Addresses are the scenario's own. Everything is decided by one seed: same seed, same bytes.
//
// At one instant, what was planned first happens first, and packets before timers; endpoints whose deadlines are the
// same wake in the order in which they were attached.

import type { Driver, Listen, LogEntry } from '../driver.js'
import type { Address, Endpoint, Input, Milliseconds, Output } from '../endpoint.js'
import { assert, UsageError } from '../errors.js'
import { Random } from '../random.js'
import { Recorder, type RecorderOptions } from './recorder.js'
import { Agenda } from './agenda.js'
import { Datagrams } from './datagrams.js'
import { Faults, type LinkFaults } from './faults.js'
import { Questions, type QuestionOptions } from './questions.js'
import { Streams } from './streams.js'
import { Places, type Party, type World } from './world.js'

/** Steps of one drive before it is taken for a loop. */
const STEPS_MAX = 1_000_000
/** The longest delay of a packet that settling waits for. */
const SETTLE_MS_MAX = 5000

const WAKE: Input = { type: 'wake' }

export interface SimOptions extends RecorderOptions, QuestionOptions {
  readonly seed: number
  readonly startMs?: Milliseconds
  /** Every link, unless `faults` says otherwise: by default nothing takes time and nothing is lost. */
  readonly link?: LinkFaults
  /** What arrives on streams is glued and cut anew, into chunks of 1 to so many octets. */
  readonly chunkMax?: number
  /** Steps of one drive before it is taken for a loop. */
  readonly stepsMax?: number
}

export class SimDriver implements Driver {
  readonly virtual = true
  readonly seed: number
  readonly faults: Faults
  /** Which bound the last drive hit, when it did not come to its end. */
  bound: 'time' | 'steps' | undefined
  readonly #world: World
  readonly #parties = new Map<string, Party>()
  readonly #datagrams: Datagrams
  readonly #streams: Streams
  readonly #questions: Questions
  readonly #stepsMax: number

  constructor(options: SimOptions) {
    const random = new Random(options.seed)
    this.seed = options.seed
    this.faults = new Faults(random.fork(), options.link ?? {})
    this.#stepsMax = options.stepsMax ?? STEPS_MAX
    this.#world = {
      now: options.startMs ?? 0,
      agenda: new Agenda(),
      faults: this.faults,
      places: new Places(),
      recorder: new Recorder(options),
      step: (party, input) => this.#step(party, input),
    }
    this.#datagrams = new Datagrams(this.#world)
    this.#streams = new Streams(this.#world, random.fork(), options.chunkMax)
    this.#questions = new Questions(this.#world, options)
    this.faults.changed = () => this.#streams.linksChanged()
  }

  get now(): Milliseconds {
    return this.#world.now
  }

  get log(): readonly LogEntry[] {
    return this.#world.recorder.log
  }

  // ---- parties ----

  async attach(name: string, endpoint: Endpoint, listens: readonly Listen[]): Promise<readonly Listen[]> {
    return this.attachNow(name, endpoint, listens)
  }

  /** attach without a promise, for those who have no time to wait. */
  attachNow(name: string, endpoint: Endpoint, listens: readonly Listen[]): readonly Listen[] {
    const { places } = this.#world
    if (this.#parties.has(name)) throw new UsageError(`there are two endpoints called ${name}`)
    const party: Party = { name, endpoint, listens, deadline: deadlineOf(endpoint), attached: true }
    try {
      for (const listen of listens) places.add(party, listen)
    } catch (error) {
      places.remove(party)
      throw error
    }
    this.#parties.set(name, party)
    return listens
  }

  async detach(name: string): Promise<void> {
    const party = this.#parties.get(name)
    if (party === undefined) return
    this.#world.places.remove(party)
    this.#streams.closeAll(party)
    this.#parties.delete(name)
    party.attached = false
  }

  give(name: string, input: Input): void {
    this.#step(this.#party(name), input)
  }

  mark(text: string): void {
    this.#world.recorder.mark(this.now, text)
  }

  /** Datagrams to this address and port are answered with ICMP port unreachable from now on. */
  answerWithIcmp(address: Address): void {
    this.#datagrams.bounceAt(address)
  }

  /** What sends datagrams from `inside` is seen, and reached, at `outside` from now on (nat.ts). */
  hide(inside: string, outside: string, forgetsMs: Milliseconds): void {
    this.#datagrams.nats.hide(inside, outside, forgetsMs)
  }

  /** Nobody is reached at a party's addresses any more (the phone is off); its endpoint goes on. */
  deafen(name: string): void {
    this.#world.places.remove(this.#party(name))
  }

  /** Ends all stream connections of a party, for both ends; returns how many there were. */
  cutStreams(name: string, reason: 'closed' | 'reset'): number {
    return this.#streams.cut(this.#party(name), reason)
  }

  // ---- time ----

  async runUntil(done: () => boolean, limitMs: Milliseconds): Promise<boolean> {
    const world = this.#world
    const end = world.now + limitMs
    this.bound = undefined
    this.#lookAtDeadlines()
    for (let steps = 0; !done(); steps++) {
      if (this.#questions.isOpen) await this.#questions.settled()
      if (steps >= this.#stepsMax) {
        this.bound = 'steps'
        return false
      }
      if (this.#happen(end)) continue
      if (end < Infinity) world.now = Math.max(world.now, end)
      this.bound = 'time'
      return done()
    }
    return true
  }

  /** Lets exactly this much time pass. Throws when a loop keeps the run from it. */
  async advance(durationMs: Milliseconds): Promise<void> {
    await this.runUntil(() => false, durationMs)
    if (this.bound === 'steps') throw this.#loop()
  }

  /** Lets everything arrive that is on its way now, and what that sets off; timers further off stay where they are. */
  async settle(): Promise<void> {
    const end = this.now + SETTLE_MS_MAX
    this.#lookAtDeadlines()
    for (let steps = 0; steps < this.#stepsMax; steps++) {
      if (this.#questions.isOpen) await this.#questions.settled()
      const until = this.#isAnyDue() ? this.now : this.#world.agenda.next
      if (until > end || !this.#happen(until)) return
    }
    throw this.#loop()
  }

  async close(): Promise<void> {
    for (const name of [...this.#parties.keys()]) await this.detach(name)
  }

  #loop(): Error {
    return new Error(`more than ${this.#stepsMax} steps, and virtual time is at ${this.now} ms: a loop?`)
  }

  /** Does the next thing at or before `end`; false when there is none. */
  #happen(end: Milliseconds): boolean {
    const world = this.#world
    let least = world.agenda.next
    let due: Party | undefined
    for (const party of this.#parties.values())
      if (party.deadline < least) {
        due = party
        least = party.deadline
      }
    if (least > end || least === Infinity) return false
    if (least > world.now) world.now = least
    if (due === undefined) world.agenda.act()
    else this.#step(due, WAKE)
    return true
  }

  /** Whoever holds an endpoint may have changed it between two drives. */
  #lookAtDeadlines(): void {
    for (const party of this.#parties.values()) party.deadline = deadlineOf(party.endpoint)
  }

  #isAnyDue(): boolean {
    for (const party of this.#parties.values()) if (party.deadline <= this.now) return true
    return false
  }

  // ---- steps ----

  #step(party: Party, input: Input): void {
    if (!party.attached) return
    this.#world.recorder.input(this.now, party.name, input)
    for (const output of this.#outputsOf(party, input)) this.#carryOut(party, output)
    party.deadline = deadlineOf(party.endpoint)
  }

  #outputsOf(party: Party, input: Input): readonly Output[] {
    try {
      return party.endpoint.step(input, this.now)
    } catch (error) {
      throw this.#world.recorder.mistake(error, this.now, party.name)
    }
  }

  #carryOut(party: Party, output: Output): void {
    switch (output.type) {
      case 'send':
        return (output.transport === 'udp' ? this.#datagrams : this.#streams).send(party, output)
      case 'ask':
        return this.#questions.ask(party, output.id, output.question)
      case 'event':
        return this.#world.recorder.event(this.now, party.name, output.event)
      case 'close':
        return this.#streams.close(party, output.connection)
    }
  }

  #party(name: string): Party {
    const party = this.#parties.get(name)
    assert(party !== undefined, `no endpoint is called ${name}`)
    return party
  }
}

function deadlineOf({ deadline }: Endpoint): Milliseconds {
  return deadline ?? Infinity
}
