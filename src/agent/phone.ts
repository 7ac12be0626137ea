// A phone: a user agent (RFC 3261) with any number of calls and one registration, behind the one door.
//
// The corridor of a message: step -> stack.ts (parse, transaction) -> requests.ts or uac.ts (what it means) ->
// reply.ts or submit.ts (what is said) -> stack.ts -> the outputs. Orders come as command inputs (command.ts).

import type { Closed, Endpoint, Input, Milliseconds, Output, Packet } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { StreamFramer } from '../sip/framing.js'
import type { Behaviour } from './command.js'
import { Core } from './core.js'
import type { PhoneOptions } from './options.js'
import { carryOut } from './orders.js'
import { RawSender } from './raw.js'
import { Registration } from './registration.js'
import { onAck, onRequest } from './requests.js'
import type {
  CallState,
  ChallengeState,
  ReceivedMessage,
  RegistrationState,
  RequestState,
  SentMessage,
} from './state.js'
import { onStray } from './uac.js'

/** Stream connections that may hold half a message at once; beyond it the oldest is closed. */
const STREAMS_MAX = 1000

export class Phone implements Endpoint {
  readonly #core: Core
  readonly #registration: Registration
  readonly #raw: RawSender
  readonly #streams = new Map<number, StreamFramer>()

  constructor(options: PhoneOptions) {
    const core: Core = new Core(options, {
      request: (server) => onRequest(core, server),
      ack: (message) => onAck(core, message),
      stray: (message) => onStray(core, message),
      unacknowledged: (server) => core.note(`no ACK for the ${server.status}`),
    })
    this.#core = core
    this.#registration = new Registration(core)
    this.#raw = new RawSender(core)
  }

  get name(): string {
    return this.#core.options.name
  }

  get aor(): string {
    return this.#core.options.aor
  }

  /** Its Contact URI. */
  get contact(): string {
    return this.#core.contact
  }

  get behaviour(): Behaviour {
    return this.#core.behaviour
  }

  /** All calls, oldest first; ended ones are kept up to CALLS_KEPT_MAX. */
  get calls(): readonly CallState[] {
    return this.#core.calls
  }

  get registration(): RegistrationState {
    return this.#registration
  }

  /** Messages in the order they arrived, retransmissions included. */
  get received(): readonly ReceivedMessage[] {
    return this.#core.stack.journal.received
  }

  /** Messages in the order they were sent, retransmissions included. */
  get sent(): readonly SentMessage[] {
    return this.#core.stack.journal.sent
  }

  /** Requests other than INVITE of a new call, with their final status. */
  get requests(): readonly RequestState[] {
    return this.#core.requests
  }

  /** 401 and 407 challenges received. */
  get challenges(): readonly ChallengeState[] {
    return this.#core.challenges
  }

  /** Transactions that wait for a final response (ours or theirs) or for the ACK of a non-2xx. */
  get pending(): number {
    return this.#core.stack.pending
  }

  get deadline(): Milliseconds | undefined {
    return this.#core.stack.timers.deadline
  }

  /** Throws UsageError for an order that cannot be carried out; nothing that a peer sends throws. */
  step(input: Input, now: Milliseconds): Output[] {
    const { stack } = this.#core
    stack.now = now
    stack.timers.expire(now, ({ owner }) => owner())
    switch (input.type) {
      case 'packet':
        this.#receive(input)
        break
      case 'command':
        carryOut({ core: this.#core, registration: this.#registration, raw: this.#raw }, input.command)
        break
      case 'answer':
        this.#core.locator.settle(input.id, input.answer)
        break
      case 'closed':
        this.#closed(input)
        break
      case 'unreachable':
        stack.unreachable(input.remote)
        break
      case 'wake':
        break
    }
    // Timers of zero length (a stream's linger timers) fire in the same step.
    stack.timers.expire(now, ({ owner }) => owner())
    return stack.takeOutputs()
  }

  #receive(packet: Packet): void {
    const { stack, behaviour } = this.#core
    if (packet.transport === 'udp') {
      // RFC 5626 §4.4.1, and what NAT keep-alives look like in the wild: nothing but blanks.
      if (/[^\s\0]/.test(packet.bytes)) stack.receive(packet.bytes, packet, behaviour.silent)
      return
    }
    for (const frame of this.#framer(packet.connection ?? 0).push(packet.bytes)) {
      if (typeof frame === 'string') stack.receive(frame, packet, behaviour.silent)
      else if (frame instanceof Malformed) this.#refuseStream(packet, frame)
      else if (!behaviour.silent) this.#answerKeepAlive(packet)
    }
  }

  #framer(connection: number): StreamFramer {
    let framer = this.#streams.get(connection)
    if (framer === undefined) {
      this.#streams.set(connection, (framer = new StreamFramer()))
      const oldest = this.#streams.keys().next().value
      if (this.#streams.size > STREAMS_MAX && oldest !== undefined) this.#end(oldest)
    }
    return framer
  }

  /** RFC 5626 §4.4.1: a double CRLF is answered with a single one. */
  #answerKeepAlive({ transport, local, remote, connection }: Packet): void {
    const open = connection === undefined ? {} : { connection }
    this.#core.stack.output({ type: 'send', transport, local, remote, ...open, bytes: '\r\n' })
  }

  #refuseStream({ connection, bytes }: Packet, { reason }: Malformed): void {
    this.#core.stack.drop(reason, bytes)
    if (connection !== undefined) this.#end(connection)
  }

  #end(connection: number): void {
    this.#streams.delete(connection)
    this.#core.stack.output({ type: 'close', connection })
  }

  #closed({ connection, remote, reason }: Closed): void {
    this.#streams.delete(connection)
    if (reason !== 'closed') this.#core.stack.unreachable(remote)
  }
}
