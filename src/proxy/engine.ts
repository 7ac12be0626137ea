// The engine: one SER process behind the one door. Packets come in, the receive pipeline (receive.ts) runs the routing
// script over them, modules serve its functions, and what is to be sent or asked is collected and returned.
//
// Rules kept: nothing here waits or blocks; a route that must wait is held as a value until its answer comes; two
// engines share nothing.

import { createHash } from 'node:crypto'
import type { Listen } from '../driver.js'
import type {
  Address,
  Answer,
  Bytes,
  Closed,
  Endpoint,
  Input,
  Milliseconds,
  Output,
  Packet,
  Transport,
} from '../endpoint.js'
import { assert } from '../errors.js'
import type { Random } from '../random.js'
import type { HostEntry, Program } from '../script/bind.js'
import type { Result, RouteKind, Value, Waiting } from '../script/contract.js'
import { ConnectionAliases } from './connection-aliases.js'
import type { Context } from './context.js'
import { control, CORE_CONTROLS, type ControlOrder } from './controls.js'
import type { ControlRecord, ModuleHooks, ModuleRecord } from './module.js'
import { OwnNames, type OwnName } from './myself.js'
import { observerOf } from './observer.js'
import type { Sending } from './outgoing.js'
import { rulesOf, type DeviationName, type ProfileName, type Rules } from './profile.js'
import { Receiver } from './receive.js'
import { settingsOf, type Identity, type Settings } from './settings.js'
import { Start } from './start.js'
import { Traffic } from './traffic.js'

/** Routes that may wait for an answer at once (SER: its children); more are dropped, never queued without end. */
export const HELD_ROUTES_MAX = 10_000

export interface EngineOptions {
  readonly program: Program<Context>
  /** The records of the modules that the script may have loaded. */
  readonly modules: readonly ModuleRecord[]
  readonly profile: ProfileName
  /** Single rules that are as the other profile has them. */
  readonly turned?: readonly DeviationName[]
  /** The addresses it listens at, as bound. */
  readonly sockets: readonly Listen[]
  readonly random: Random
  readonly identity: Identity
  /** Make events for readers (coverage, ladders, explain). */
  readonly trace: boolean
  /** The time of construction. */
  readonly now: Milliseconds
  /** The wall clock at time 0, in milliseconds since 1970. */
  readonly epochMs: Milliseconds
  /** Text files that the script names, read while the engine is built and never later; undefined: there is none. */
  readonly readFile?: (path: string) => Bytes | undefined
}

/** Orders: one route of the script over one message, as if it had arrived (a single route is tested so), a control
 *  command (answered by an event with its token), or the end. */
export type EngineCommand =
  | { readonly verb: 'route'; readonly route: number; readonly packet: Packet }
  | ControlOrder
  | { readonly verb: 'stop' }

interface Held {
  readonly waiting: Waiting
  readonly done: (value: Value) => void
}

interface Loaded {
  readonly record: ModuleRecord
  readonly state: ModuleHooks
}

export class Engine implements Endpoint {
  readonly program: Program<Context>
  readonly rules: Rules
  readonly settings: Settings
  readonly names: OwnNames
  readonly sockets: readonly Listen[]
  readonly random: Random
  readonly trace: boolean
  readonly aliases = new ConnectionAliases()
  readonly readFile: (path: string) => Bytes | undefined
  /** Random and secret to this engine; in tags and keys. */
  readonly serverId: string
  now: Milliseconds
  readonly startedAt: Milliseconds
  readonly traffic = new Traffic()
  /** Control commands of the core and of the loaded modules, by name. */
  readonly controls = new Map<string, ControlRecord>(Object.entries(CORE_CONTROLS))
  /** What modules put behind our Via (";oc"). */
  viaParams = ''
  readonly #epochMs: Milliseconds
  readonly #loaded: Loaded[] = []
  readonly #states = new Map<ModuleRecord, ModuleHooks>()
  readonly #held = new Map<number, Held>()
  /** Those that have a say in where requests go. */
  readonly #gates: readonly ModuleHooks[]
  readonly #receiver: Receiver
  readonly #start: Start
  #isStarting: boolean
  #outputs: Output[] = []
  #nextAsk = 1

  constructor(options: EngineOptions) {
    this.program = options.program
    this.rules = rulesOf(options.profile, options.turned)
    this.settings = settingsOf(options.program, this.rules, options.identity)
    this.sockets = options.sockets
    this.names = new OwnNames(ownNames(options))
    this.random = options.random
    this.serverId = options.random.hex(32)
    this.trace = options.trace
    this.readFile = options.readFile ?? (() => undefined)
    this.now = options.now
    this.startedAt = options.now
    this.#epochMs = options.epochMs
    for (const file of options.program.modules) this.#load(options, file)
    this.#gates = this.#loaded.map(({ state }) => state).filter(({ admits }) => admits !== undefined)
    this.#receiver = new Receiver(
      this,
      this.#loaded.map(({ state }) => state),
    )
    this.#start = new Start(this.#loaded.flatMap(({ state }) => state.preload?.() ?? []))
    this.#isStarting = !this.#start.isOver
  }

  /** Do modules still wait for what they must know? Messages wait, too. */
  get isStarting(): boolean {
    return this.#isStarting
  }

  /** Is something not to be had that a module must know? It has said so in the log. */
  get hasFailed(): boolean {
    return this.#start.hasFailed
  }

  /** Questions that are not answered yet. */
  get openQuestions(): number {
    return this.#held.size
  }

  #load({ modules, program }: EngineOptions, file: string): void {
    const record = modules.find((candidate) => candidate.file === file)
    if (record === undefined) throw new Error(`module ${file} was bound but not handed in`)
    for (const need of record.needs ?? [])
      if (!this.#loaded.some((loaded) => loaded.record.file === need))
        throw new Error(`module ${file} needs ${need}: put loadmodule "${need}.so" before it`)
    const state = record.start(this, program.params.get(file) ?? {})
    for (const [name, one] of Object.entries(record.controls ?? {}))
      this.controls.set(name.toLowerCase(), one)
    this.#loaded.push({ record, state })
    this.#states.set(record, state)
  }

  /** The state of a loaded module. */
  use<S extends object>(record: ModuleRecord<S>): S {
    return this.#states.get(record as unknown as ModuleRecord) as S
  }

  /** Is it loaded? */
  has(record: ModuleRecord<never>): boolean {
    return this.#states.has(record as unknown as ModuleRecord)
  }

  get deadline(): Milliseconds | undefined {
    if (this.#isStarting && !this.#start.isAsked) return this.now
    let least: Milliseconds | undefined
    for (const { state } of this.#loaded) {
      const deadline = state.deadline
      if (deadline !== undefined && (least === undefined || deadline < least)) least = deadline
    }
    return least
  }

  step(input: Input, now: Milliseconds): Output[] {
    this.now = now
    if (this.#isStarting) this.#begin(input)
    else this.#take(input)
    const outputs = this.#outputs
    this.#outputs = []
    return outputs
  }

  /** What arrives before the modules know what they must waits for that. */
  #begin(input: Input): void {
    if (!this.#start.isAsked) this.#start.ask((question, done) => this.settle(question, done))
    // Nothing is served any more: nothing waits, either.
    if (input.type === 'command' && (input.command as EngineCommand).verb === 'stop') this.#isStarting = false
    if (!this.#isStarting || !this.#start.keeps(input)) this.#take(input)
    if (!this.#start.isOver) return
    this.#isStarting = false
    for (const waiting of this.#start.waiting()) this.#take(waiting)
  }

  #take(input: Input): void {
    const { now } = this
    switch (input.type) {
      case 'packet':
        this.#receiver.packet(input)
        break
      case 'wake':
        for (const { state } of this.#loaded)
          if (state.deadline !== undefined && state.deadline <= now) state.wake?.(now)
        break
      case 'answer':
        this.#answer(input.id, input.answer)
        break
      case 'closed':
        this.#receiver.closed(input.connection)
        this.aliases.closed(input.connection)
        if (input.detail !== undefined) this.#complain(input)
        this.#unreachable(input.transport, input.remote, input.reason)
        break
      case 'unreachable':
        this.#unreachable(input.transport, input.remote, 'refused')
        break
      case 'command':
        this.#command(input.command as EngineCommand)
        break
    }
  }

  #complain({ transport, remote, reason, detail }: Closed): void {
    this.log(WARNING, `${transport} connection with ${remote.address}:${remote.port} ${reason}: ${detail}`)
  }

  /** Orders from whoever holds the engine. */
  #command(command: EngineCommand): void {
    const { verb } = command
    assert(['route', 'control', 'stop'].includes(verb), 'a command that the engine does not have')
    if (verb === 'route') this.#receiver.packet(command.packet, command.route)
    else if (verb === 'control') control(this, command)
    else for (const { state } of this.#loaded) state.shutdown?.(this.now)
  }

  #unreachable(transport: Transport, { address, port }: Address, reason: Closed['reason']): void {
    for (const { state } of this.#loaded) state.onUnreachable?.(transport, address, port, reason)
  }

  #answer(id: number, answer: Answer): void {
    const held = this.#held.get(id)
    if (held === undefined) return
    this.#held.delete(id)
    this.settle(held.waiting.resume(answer), held.done)
  }

  /** Goes on with a result now, or when its answer has come. */
  settle(result: Result, done: (value: Value) => void): void {
    if (typeof result === 'number') return done(result)
    if (this.#held.size >= HELD_ROUTES_MAX) {
      const reason = `more than ${HELD_ROUTES_MAX} routes wait for an answer`
      this.log(-1, `ERROR: ${reason}, one is not held`)
      // Whoever asked may clean up and answer; a further question is given up.
      const value = result.resume({ kind: 'failure', reason })
      if (typeof value === 'number') done(value)
      return
    }
    const id = this.#nextAsk++
    this.#held.set(id, { waiting: result, done })
    this.#outputs.push({ type: 'ask', id, question: result.question })
  }

  /** Runs a route of the script over a context. */
  runRoute(kind: RouteKind, number: number, context: Context, done: (value: Value) => void): void {
    const observer = this.trace ? observerOf(this, context) : undefined
    this.settle(this.program.run(kind, number, context, observer), done)
  }

  send(sending: Sending, remote: Address, bytes: Bytes, connection?: number): void {
    const { transport, local } = sending
    const open = connection ?? (transport === 'udp' ? undefined : this.aliases.find(transport, remote))
    this.#outputs.push(
      open === undefined
        ? { type: 'send', transport, local, remote, bytes }
        : { type: 'send', transport, local, remote, bytes, connection: open },
    )
  }

  /** Do all modules let the request go there? */
  admits(context: Context, transport: Transport, remote: Address): boolean {
    for (const gate of this.#gates) if (gate.admits?.(context, transport, remote) === false) return false
    return true
  }

  /** Has something come over this stream, and is it still open? */
  isOpen(connection: number): boolean {
    return this.#receiver.isOpen(connection)
  }

  /** Any other output, for the parts of the engine. */
  put(output: Output): void {
    this.#outputs.push(output)
  }

  /** The address a request leaves from: force_send_socket, else the receiving one, else the first that fits. */
  sendingTo(context: Context, transport: Transport, remote: Address): Sending | undefined {
    if (context.sendFrom !== undefined) return { transport, local: context.sendFrom }
    return this.sendingFrom(context.packet, transport, remote)
  }

  sendingFrom(packet: Packet, transport: Transport, remote: Address): Sending | undefined {
    const six = remote.address.includes(':')
    if (packet.transport === transport && packet.local.address.includes(':') === six)
      return { transport, local: packet.local }
    let fallback: Listen | undefined
    for (const socket of this.sockets) {
      if (socket.transport !== transport || socket.address.includes(':') !== six) continue
      if (!isLoopback(socket.address)) return { transport, local: socket }
      fallback ??= socket
    }
    return fallback && { transport, local: fallback }
  }

  /** Says a line in SER's log; kept only up to the script's debug level (or when somebody traces). */
  log(level: number, text: string): void {
    if (level <= this.settings.debug || this.trace)
      this.#outputs.push({ type: 'event', event: { kind: 'log', level, text } })
  }

  /** Notes that bytes were dropped, and why. */
  drop(reason: string, bytes: Bytes): void {
    this.traffic.dropped++
    if (this.trace) this.#outputs.push({ type: 'event', event: { kind: 'drop', reason, bytes } })
    this.log(DROP_LEVEL, `dropped: ${reason}`)
  }

  /** A digest that only this engine can make (branch parameters of stateless forwarding). */
  digest(text: string): string {
    return createHash('md5').update(this.serverId).update(text, 'latin1').digest('hex')
  }

  /** The wall clock that a point in time stands for. */
  clock(at: Milliseconds): Date {
    return new Date(this.#epochMs + at)
  }

  /** A last chance for modules to write down what must last. */
  shutdown(now: Milliseconds): Output[] {
    for (const { state } of this.#loaded) state.shutdown?.(now)
    const outputs = this.#outputs
    this.#outputs = []
    return outputs
  }
}

const DROP_LEVEL = 3
const WARNING = 1

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}

/** Sockets by address and port, aliases by name (the SER core). */
function ownNames({ sockets, program, identity }: EngineOptions): OwnName[] {
  const names: OwnName[] = sockets.map(({ address, port }) => ({ host: address, port }))
  const aliases = program.options.get('alias')
  if (Array.isArray(aliases))
    for (const { host, port } of aliases as readonly HostEntry[]) names.push({ host, port })
  return [...names, ...(identity.aliases ?? [])]
}
