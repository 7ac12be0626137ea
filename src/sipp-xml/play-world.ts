// What the calls of a player share, made real: sending, remarks, media, commands to other players.

import type { Bytes, Milliseconds, Output } from '../endpoint.js'
import { TimerQueue } from '../transaction/timers.js'
import type { Call } from './call.js'
import { Injection } from './injection.js'
import { MediaStreams } from './media.js'
import type { PlayerOptions } from './options.js'
import type { Statistics } from './statistics.js'
import type { Twins } from './twin.js'
import type { Value } from './values.js'
import { CHANNEL_LEVELS, type Channel, type MediaOrder, type World } from './world.js'

const SHELL_TIMEOUT_MS = 60_000

/** What only the player itself can do. */
export interface PlayerVerbs {
  quit(): void
  stop(): void
  fail(text: string): void
  forget(call: Call, reason: string): void
}

export class PlayWorld implements World {
  readonly timers = new TimerQueue<Call>()
  readonly injection: Injection
  readonly globals = new Map<string, Value>()
  readonly users = new Map<number, Map<string, Value>>()
  readonly streams: MediaStreams
  now: Milliseconds = 0
  outputs: Output[] = []
  dynamicId: number
  #askNumber = 0

  constructor(
    readonly options: PlayerOptions,
    private readonly statistics: Statistics,
    private readonly twins: Twins | undefined,
    private readonly player: PlayerVerbs,
  ) {
    this.injection = new Injection(options.injection)
    this.streams = new MediaStreams(options.media)
    this.dynamicId = options.dynamic.start
    for (const [name, value] of options.globals) this.globals.set(name, value)
  }

  get hasTwin(): boolean {
    return this.twins !== undefined
  }

  get userCount(): number {
    return this.options.pace.users ?? -1
  }

  send({ peer, local, connection, number }: Call, bytes: Bytes): void {
    const { transport, remote: target, connectionPerCall } = this.options
    const to = peer ?? target
    if (to === undefined) return this.fatal('Missing remote host parameter. This scenario requires it')
    const remote = { address: to.address, port: to.port }
    if (connection !== undefined)
      this.outputs.push({ type: 'send', transport, local, remote, bytes, connection })
    else if (connectionPerCall && transport !== 'udp')
      this.outputs.push({ type: 'send', transport, local, remote, bytes, channel: number })
    else this.outputs.push({ type: 'send', transport, local, remote, bytes })
  }

  sendTwin(bytes: Bytes, dest: string | undefined): boolean {
    const output = this.twins?.send(bytes, dest, this.options.locals[0]!)
    if (output === undefined) return false
    this.outputs.push(output)
    this.say('message', `TCP control message sent (${bytes.length} bytes):\n\n${bytes}\n`)
    return true
  }

  say(channel: Channel, text: string): void {
    if (channel === 'warning') this.statistics.count('Warnings')
    if (!this.options.trace) return
    this.outputs.push({ type: 'event', event: { kind: 'log', level: CHANNEL_LEVELS[channel], text } })
  }

  shell(command: string, environment: Readonly<Record<string, string>>): void {
    if (!this.options.allowsShell)
      return this.fatal(`<exec command="${command}"> is refused: shell commands must be allowed first`)
    const id = ++this.#askNumber
    const question = { kind: 'exec', command, argument: undefined, environment, input: '' } as const
    this.outputs.push({ type: 'ask', id, question: { ...question, timeoutMs: SHELL_TIMEOUT_MS } })
  }

  media(call: Call, order: MediaOrder): void {
    const remark = this.streams.order(call, order, this.now)
    if (!this.options.trace) return
    const phone = this.options.name
    this.outputs.push({ type: 'event', event: { kind: 'phone', phone, text: `media: ${remark}` } })
  }

  quit(): void {
    this.player.quit()
  }

  stop(): void {
    this.player.stop()
  }

  fatal(text: string): void {
    this.say('error', text)
    this.statistics.count('FatalErrors')
    this.player.fail(text)
  }

  forget(call: Call, reason: string): void {
    this.player.forget(call, reason)
  }
}
