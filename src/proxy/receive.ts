// The receive pipeline (the SER core): bytes to messages, messages to the main route or to whoever waits for them.
//
// The core never answers malformed input in profile `ser`: it says why and drops. What the profile `rfc3261` answers
// before the script runs is validation.ts's.

import type { Packet } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { arrivesWhole, StreamFramer } from '../sip/framing.js'
import { parseMessage, type Message } from '../sip/message.js'
import { Header } from '../sip/names.js'
import { validateResponse } from '../sip/validate.js'
import { aliasConnection, asksForAlias } from './connection-aliases.js'
import { Context } from './context.js'
import type { Engine } from './engine.js'
import { forwardResponse } from './forward.js'
import { takeOwnMaddr } from './maddr.js'
import type { ModuleHooks } from './module.js'
import { SIP_PORT } from './outgoing.js'
import { answerMalformed, refusal } from './validation.js'

/** Shorter datagrams are keep-alives (SER). */
const DATAGRAM_LENGTH_MIN = 32
const TRANSPORTS = new Set(['UDP', 'TCP', 'TLS', 'SCTP', 'WS', 'WSS'])

export class Receiver {
  readonly #framers = new Map<number, StreamFramer>()
  /** Open connections whose packets are whole messages. */
  readonly #frames = new Set<number>()

  constructor(
    private readonly engine: Engine,
    /** In load order. */
    private readonly hooks: readonly ModuleHooks[],
  ) {}

  /** A datagram or chunk; requests go to `route` of the script, 0 unless a single route is tested. */
  packet(packet: Packet, route = 0): void {
    if (!arrivesWhole(packet.transport)) return this.#chunk(packet)
    if (packet.connection !== undefined) this.#frames.add(packet.connection)
    let text = packet.bytes
    if (text.length < DATAGRAM_LENGTH_MIN || packet.remote.port === 0) return
    if (text.charCodeAt(text.length - 1) === 0) text = text.slice(0, -1)
    this.#message(text, packet, route)
  }

  closed(connection: number): void {
    this.#framers.delete(connection)
    this.#frames.delete(connection)
  }

  isOpen(connection: number): boolean {
    return this.#framers.has(connection) || this.#frames.has(connection)
  }

  #chunk(packet: Packet): void {
    const connection = packet.connection ?? 0
    let framer = this.#framers.get(connection)
    if (framer === undefined) this.#framers.set(connection, (framer = new StreamFramer()))
    for (const frame of framer.push(packet.bytes)) {
      if (typeof frame === 'string') this.#message(frame, packet, 0)
      else if (frame instanceof Malformed) {
        this.engine.drop(frame.reason, packet.bytes)
        this.engine.put({ type: 'close', connection })
        this.#framers.delete(connection)
        return
      } else if (this.engine.rules.keepAliveAnswered) this.#pong(packet)
    }
  }

  #pong({ transport, local, remote, connection }: Packet): void {
    this.engine.send({ transport, local }, remote, '\r\n', connection)
  }

  #message(text: string, packet: Packet, route: number): void {
    let message = parseMessage(text)
    const mistake = message instanceof Malformed ? message : mistakeOf(message)
    if (message instanceof Malformed || mistake !== undefined) return this.#mistaken(text, packet, mistake!)
    if (this.engine.rules.datagramTail === 'cut') message = withoutTail(message)
    this.engine.traffic.received(message)
    if (message.isRequest) this.#request(message, packet, route)
    else this.#reply(message, packet)
  }

  #mistaken(text: string, packet: Packet, mistake: Malformed): void {
    if (this.engine.rules.malformedAnswered && answerMalformed(this.engine, text, packet, mistake)) return
    this.engine.drop(mistake.reason, text)
  }

  #request(message: Message, packet: Packet, route: number): void {
    const { engine, hooks } = this
    const context = new Context(engine, 'request', message, packet, engine.now)
    if (asksForAlias(context)) aliasConnection(context)
    if (engine.rules.validateFirst && refusal(context)) return
    if (engine.rules.maddrCounts) takeOwnMaddr(context)
    for (let at = hooks.length - 1; at >= 0; at--) if (hooks[at]!.beforeRoute?.(context) === false) return
    engine.runRoute('request', route, context, (value) => {
      if (value < 0) engine.log(DEBUG, 'error while trying script')
      for (const hook of hooks) hook.afterRoute?.(context)
    })
  }

  #reply(message: Message, packet: Packet): void {
    const { engine } = this
    if (engine.rules.validateFirst) {
      const wrong = validateResponse(message)
      if (wrong !== undefined) return engine.drop(wrong.reason, message.text)
    }
    if (engine.settings.checkVia) {
      const via = message.topVia()
      const ours = via && !(via instanceof Malformed) && engine.names.has(via.host, via.port ?? SIP_PORT)
      if (!ours) return engine.drop('check_via: the top Via of the response is not ours', message.text)
    }
    for (const hook of this.hooks) if (hook.onReply?.(message, packet)) return
    forwardResponse(engine, message, packet)
  }
}

const DEBUG = 4

/** What ends a message before anything looks at it (SER); undefined when nothing does. */
function mistakeOf(message: Message): Malformed | undefined {
  const via = message.topVia()
  if (via === undefined) return new Malformed(message.headersStart, 'no Via')
  if (via instanceof Malformed) return via
  if (!isSip2(via.protocol) || !TRANSPORTS.has(via.transport) || via.branch === '')
    return new Malformed(via.start, 'the Via is not SIP/2.0 over a known transport with a branch')
  if (!message.complete && !message.text.endsWith('\n'))
    return new Malformed(message.headersEnd, 'a header is cut off')
  return malformedBeforeVia(message)
}

/** What a datagram holds behind the body belongs to no message (RFC 3261 §18.3). */
function withoutTail(message: Message): Message {
  const length = message.contentLength()
  if (typeof length !== 'number' || message.bodyStart + length >= message.text.length) return message
  const whole = parseMessage(message.text.slice(0, message.bodyStart + length))
  return whole instanceof Malformed ? message : whole
}

function isSip2(protocol: string): boolean {
  return protocol === 'SIP/2.0' || protocol.toUpperCase() === 'SIP/2.0'
}

/** SER reads the headers up to the first Via at once: one of them that cannot be read ends the message. */
function malformedBeforeVia(message: Message): Malformed | undefined {
  const via = message.find(Header.VIA)
  for (const [id, value] of [
    [Header.TO, message.to()],
    [Header.CSEQ, message.cseq()],
  ] as const)
    if (value instanceof Malformed && message.find(id) < via) return value
  return undefined
}
