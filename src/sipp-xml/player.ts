// A player of SIPp scenarios: an endpoint with any number of calls. It makes them at its pace or waits for them, gives
// every message to its call, and ends as SIPp would, with SIPp's exit code.
//
// Nothing that a peer sends makes it throw; what would make SIPp end (exit code 255) ends it, too.

import type { Address, Bytes, Closed, Endpoint, Input, Milliseconds, Output, Packet } from '../endpoint.js'
import { run, wake } from './advance.js'
import type { Call } from './call.js'
import { CallBook } from './call-book.js'
import { CallMaker, statisticsFor } from './call-maker.js'
import { complete } from './ending.js'
import { deliver } from './incoming.js'
import { Inlet } from './inlet.js'
import type { PlayerOptions } from './options.js'
import { CallPace } from './pace.js'
import { PlayWorld } from './play-world.js'
import { orderOf, type PlayerOrder } from './player-command.js'
import type { Scenario } from './program.js'
import { Received } from './received.js'
import type { Statistics } from './statistics.js'
import { commandCallId, Twins } from './twin.js'
import { deliverCommand } from './twin-incoming.js'
import { exitCode } from './verdict.js'

const CALLS_MAX = 500_000
const AUTO_ANSWERED = ['INFO', 'NOTIFY', 'OPTIONS', 'UPDATE']

export class Player implements Endpoint {
  /** What is counted over the calls of the scenario. */
  readonly statistics: Statistics
  readonly scenario: Scenario
  /** Why it ended as SIPp does on a fatal error. */
  fatal: string | undefined
  readonly #options: PlayerOptions
  readonly #world: PlayWorld
  readonly #book: CallBook
  readonly #inlet: Inlet
  readonly #maker: CallMaker
  readonly #twins: Twins | undefined
  #pace: CallPace | undefined
  #startedAt: Milliseconds | undefined
  #quitting = false
  /** Somebody outside wants it to quit. */
  #wasTold = false
  #isStopped = false
  #timedOut = false
  #ended = false

  constructor(options: PlayerOptions) {
    const { scenario } = options
    this.#options = options
    this.scenario = scenario
    this.statistics = statisticsFor(scenario)
    this.#book = new CallBook(options.deadCallMs, options.callIdPrefix)
    this.#inlet = new Inlet((text) => this.#world.say('warning', text))
    this.#twins =
      options.twin === undefined ? undefined : new Twins(options.twin, scenario.twin === 'recvCmd')
    this.#world = new PlayWorld(options, this.statistics, this.#twins, {
      quit: () => void (this.#quitting = true),
      stop: () => {
        this.#isStopped = true
        this.#end()
      },
      fail: (text) => {
        this.fatal ??= text
        this.#end()
      },
      forget: (call, reason) => this.#forget(call, reason),
    })
    this.#maker = new CallMaker(this.#world, this.statistics)
  }

  // ---- for whoever holds it ----

  /** It has come to its end: all calls are over, and there will be none. */
  get ended(): boolean {
    return this.#ended
  }

  /** SIPp's exit code, once it has ended; before that, the one it would end with now. */
  get exitCode(): number {
    const { fatal } = this
    return exitCode(this.statistics, { fatal, stopped: this.#isStopped, timedOut: this.#timedOut })
  }

  get calls(): number {
    return this.#book.size
  }

  get rate(): number {
    return this.#pace?.rate ?? this.#options.pace.rate
  }

  get paused(): boolean {
    return this.#pace?.paused === true
  }

  get quitting(): boolean {
    return this.#quitting
  }

  /** Where the other player of a 3PCC pair is waited for, when it is. */
  get twinAddress(): Address | undefined {
    return this.#twins?.isListening === true ? this.#twins.local : undefined
  }

  // ---- the door ----

  get deadline(): Milliseconds | undefined {
    if (this.#ended) return undefined
    if (this.#startedAt === undefined) return 0
    const { timeoutMs } = this.#options
    const times = [
      this.#world.timers.deadline,
      this.#quitting ? undefined : this.#pace?.deadline,
      timeoutMs > 0 ? this.#startedAt + timeoutMs : undefined,
      this.#world.streams.deadline,
    ]
    let least: Milliseconds | undefined
    for (const time of times) if (time !== undefined && (least === undefined || time < least)) least = time
    return least
  }

  step(input: Input, now: Milliseconds): Output[] {
    const world = this.#world
    world.now = now
    world.outputs = []
    if (this.#ended) return world.outputs
    if (this.#startedAt === undefined) this.#start(now)
    this.#take(input)
    if (!this.#ended) this.#later(now)
    return world.outputs
  }

  #take(input: Input): void {
    switch (input.type) {
      case 'packet':
        return this.#packet(input)
      case 'wake':
        return
      case 'closed':
        return this.#closed(input)
      case 'unreachable':
        return this.#unreachable(input.remote)
      case 'command': {
        const order = orderOf(input.command)
        if (order !== undefined) this.#order(order)
        return
      }
      case 'answer':
        return
    }
  }

  /** Timers, new calls, media, and whether this was the end. */
  #later(now: Milliseconds): void {
    const world = this.#world
    world.timers.expire(now, ({ owner }) => {
      if (!this.#ended) wake(world, owner)
    })
    const { timeoutMs } = this.#options
    if (timeoutMs > 0 && now >= this.#startedAt! + timeoutMs) this.#timeout()
    if (!this.#quitting && !this.#ended) this.#makeCalls(now)
    this.#world.streams.wake(now, world.outputs)
    const { total } = this.#options.pace
    if (total !== undefined && this.statistics.created >= total) this.#quitting = true
    if (this.#quitting && this.statistics.current === 0) this.#end()
  }

  #start(now: Milliseconds): void {
    this.#startedAt = now
    if (this.scenario.role === 'client' && !this.#makesCallsForTwin)
      this.#pace = new CallPace(this.#options.pace, now)
    if (this.scenario.init.length === 0) return
    const call = this.#maker.init(this.scenario)
    run(this.#world, call)
  }

  #order(order: PlayerOrder): void {
    switch (order.kind) {
      case 'quit':
        if (this.#wasTold) return this.#end()
        this.#wasTold = this.#quitting = true
        return
      case 'stop':
        return this.#end()
      case 'pause':
        if (this.#pace === undefined) return
        this.#pace.paused = !this.#pace.paused
        return this.#pace.setRate(this.#pace.rate, this.#world.now)
      case 'rate':
        return this.#pace?.setRate(order.rate, this.#world.now)
    }
  }

  #timeout(): void {
    if (this.#options.timeoutIsFailure) {
      const seconds = (this.#options.timeoutMs / 1000).toFixed(3)
      return this.#world.fatal(`${this.scenario.file} timed out after '${seconds}' seconds`)
    }
    this.#timedOut = true
    this.#end()
  }

  #end(): void {
    this.#quitting = true
    this.#ended = true
    for (const call of this.#book.all) {
      this.#world.timers.stop(call.timer)
      call.over = true
      this.#world.streams.stop(call)
    }
  }

  // ---- calls ----

  #makeCalls(now: Milliseconds): void {
    const pace = this.#pace
    if (pace === undefined) return
    if (pace.raise(now) === 'quit') {
      this.#quitting = true
      return
    }
    const { statistics } = this
    const room = CALLS_MAX - this.#book.size
    for (let due = Math.min(pace.due(now, statistics.created, statistics.current), room); due > 0; due--) {
      const call = this.#maker.outgoing()
      this.#book.add(call)
      if (!this.#ended) run(this.#world, call)
      if (this.#ended) return
    }
  }

  #forget(call: Call, reason: string): void {
    this.#maker.free(call)
    this.#world.streams.stop(call)
    if (call.isInit) return
    this.#book.bury(call, reason, this.#world.now)
    call.statistics.end(this.#world.now - call.startedAt)
    if (call.connection !== undefined && this.#options.connectionPerCall)
      this.#world.outputs.push({ type: 'close', connection: call.connection })
  }

  // ---- what arrives ----

  #packet(packet: Packet): void {
    if (this.#twins?.owns(packet) === true) {
      for (const text of this.#twins.receive(packet)) if (!this.#ended) this.#command(text)
      return
    }
    if (this.#isMedia(packet)) return
    for (const bytes of this.#inlet.messages(packet)) if (!this.#ended) this.#message(bytes, packet)
  }

  /** Packets at the media ports are sent back, or nobody hears them. */
  #isMedia({ transport, local, remote, bytes }: Packet): boolean {
    const { port } = this.#options.media
    if (transport !== 'udp' || (local.port !== port && local.port !== port + 2)) return false
    if (this.#maker.owns(local)) return false
    if (this.#world.streams.echoes)
      this.#world.outputs.push({ type: 'send', transport, local, remote, bytes })
    return true
  }

  #message(bytes: Bytes, packet: Packet): void {
    const message = new Received(bytes)
    const key = this.#book.keyOf(message.callId)
    if (key === '') return this.#world.say('warning', `SIP message without Call-ID discarded:\n${bytes}`)
    const call = this.#book.find(key) ?? this.#callFor(message, packet, key)
    if (call === undefined) return
    if (packet.connection !== undefined) call.connection = packet.connection
    call.peer ??= this.#options.sendTo ?? packet.remote
    deliver(this.#world, call, message)
  }

  /** A new call for a message that belongs to none; undefined: it is discarded. */
  #callFor(message: Received, packet: Packet, key: string): Call | undefined {
    const { now } = this.#world
    const { statistics } = this
    const dead = this.#book.dead(key, now)
    if (dead !== undefined) {
      statistics.count('DeadCallMsgs')
      this.#world.say('warning', `Dead call ${key} (${dead}), received '${message.text}'`)
      return undefined
    }
    if (this.#book.size >= CALLS_MAX) return undefined
    if (this.#makesCallsForTwin) return this.#added(this.#maker.outgoing(key))
    if (this.scenario.role === 'server') {
      if (!this.#quitting) return this.#added(this.#maker.incoming(key, packet.local))
      statistics.count('OutOfCallMsgs')
      return undefined
    }
    return this.#outOfCall(message, packet)
  }

  /** Takes a new call into the book. */
  #added(call: Call): Call {
    this.#book.add(call)
    return call
  }

  /** -oocsf, -oocsn, -aa: requests that belong to no call of ours. */
  #outOfCall(message: Received, packet: Packet): Call | undefined {
    const { outOfCall, autoAnswers } = this.#options
    const isAnswered =
      outOfCall !== undefined || (autoAnswers && AUTO_ANSWERED.includes(message.method ?? ''))
    if (message.isResponse || !isAnswered) {
      this.statistics.count('OutOfCallMsgs')
      const text = "Discarding message which can't be mapped to a known SIPp call"
      if (!isAnswered) this.#world.say('warning', `${text}:\n${message.text}`)
      return undefined
    }
    const scenario = outOfCall ?? this.#options.automatic
    if (scenario === undefined) return undefined
    if (outOfCall !== undefined) {
      const remark = `Received out-of-call ${message.method} message, using the out-of-call scenario`
      this.#world.say('warning', remark)
    }
    this.statistics.count('AutoAnswered')
    return this.#added(this.#maker.outside(scenario, this.#book.keyOf(message.callId), packet.local))
  }

  /** A command of another player. */
  #command(text: Bytes): void {
    this.#world.say('message', `TCP control message received [${text.length}] bytes:\n\n${text}\n`)
    const id = commandCallId(text)
    if (id === '') return this.#world.say('warning', `A command without Call-ID was discarded:\n${text}`)
    let call = this.#book.find(this.#book.keyOf(id))
    if (call === undefined && this.#makesCallsForTwin && !this.#quitting && this.#book.size < CALLS_MAX)
      call = this.#added(this.#maker.outgoing(this.#book.keyOf(id)))
    if (call !== undefined) deliverCommand(this.#world, call, text)
  }

  /** Calls begin when the other player says so, or when a message comes. */
  get #makesCallsForTwin(): boolean {
    const { twin, role } = this.scenario
    return this.#twins !== undefined && (twin === 'recvCmd' || (twin === 'sendCmd' && role === 'server'))
  }

  #closed({ connection, remote, reason }: Closed): void {
    this.#inlet.closed(connection)
    if (this.#twins?.closed(connection) === true) return
    const isOurs = ({ connection: own, peer }: Call): boolean =>
      own === connection ||
      (own === undefined &&
        peer !== undefined &&
        peer.port === remote.port &&
        peer.address === remote.address)
    for (const call of this.#book.all) {
      if (!isOurs(call) || this.#options.transport === 'udp') continue
      const failure = reason === 'refused' || reason === 'timeout' ? 'FailedTcpConnect' : 'FailedTcpClosed'
      call.connection = undefined
      complete(this.#world, call, failure)
    }
  }

  /** SIPp goes on: the retransmissions end the call. */
  #unreachable({ address, port }: Address): void {
    this.#world.say('message', `${address}:${port} is unreachable`)
  }
}
