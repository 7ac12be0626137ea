// A phone: a user agent (RFC 3261) with any number of calls and one registration, behind the one door.
//
// The corridor of a message: step -> stack.ts (parse, transaction) -> requests.ts or uac.ts (what it means) ->
// reply.ts or submit.ts (what is said) -> stack.ts -> the outputs. Orders come as command inputs (command.ts).

import type { Endpoint, Input, Milliseconds, Output, Packet } from '../endpoint.js'
import { arrivesWhole } from '../sip/framing.js'
import { onAck } from './accepted.js'
import type { Behaviour } from './behaviour.js'
import { Core } from './core.js'
import type { PhoneOptions } from './options.js'
import { Orders } from './orders.js'
import { onRequest } from './requests.js'
import type {
  CallState,
  ChallengeState,
  ReceivedMessage,
  RegistrationState,
  RequestState,
  SentMessage,
} from './state.js'
import { Streams } from './streams.js'
import { onStray } from './uac.js'

export class Phone implements Endpoint {
  readonly #core: Core
  readonly #orders: Orders
  readonly #streams: Streams

  /** Throws UsageError when the AOR is no SIP URI with a user. */
  constructor(options: PhoneOptions) {
    const core: Core = new Core(options, {
      request: (server) => onRequest(core, server),
      ack: (message) => onAck(core, message),
      stray: (message) => onStray(core, message),
      unacknowledged: (server) => core.note(`no ACK for the ${server.status}`),
    })
    this.#core = core
    this.#orders = new Orders(core)
    this.#streams = new Streams({
      message: (bytes, packet) => core.stack.receive(bytes, packet, core.behaviour.silent),
      keepAlive: (packet) => this.#answerKeepAlive(packet),
      broken: (reason, bytes) => core.stack.drop(reason, bytes),
      output: (output) => core.stack.output(output),
    })
  }

  get name(): string {
    return this.#core.options.name
  }

  get aor(): string {
    return this.#core.options.aor
  }

  /** Its Contact URI. */
  get contact(): string {
    return this.#core.identity.contact
  }

  get behaviour(): Behaviour {
    return this.#core.behaviour
  }

  /** All calls, oldest first; ended ones are kept up to CALLS_KEPT_MAX. */
  get calls(): readonly CallState[] {
    return this.#core.calls.all
  }

  get registration(): RegistrationState {
    return this.#orders.registration
  }

  /** Messages in the order they arrived, retransmissions included. */
  get received(): readonly ReceivedMessage[] {
    return this.#core.stack.journal.received
  }

  /** Messages in the order they were sent, retransmissions included. */
  get sent(): readonly SentMessage[] {
    return this.#core.stack.journal.sent
  }

  /** Requests other than the INVITE of a new call, ACK, CANCEL, BYE and REGISTER, with their final status. */
  get requests(): readonly RequestState[] {
    return this.#core.notes.requests
  }

  /** 401 and 407 challenges received. */
  get challenges(): readonly ChallengeState[] {
    return this.#core.notes.challenges
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
    this.#take(input)
    // Timers of zero length (a stream's linger timers) fire in the same step.
    stack.timers.expire(now, ({ owner }) => owner())
    return stack.takeOutputs()
  }

  #take(input: Input): void {
    const { stack, locator } = this.#core
    switch (input.type) {
      case 'packet':
        this.#receive(input)
        break
      case 'command':
        this.#orders.carryOut(input.command)
        break
      case 'answer':
        locator.settle(input.id, input.answer)
        break
      case 'closed':
        this.#streams.closed(input.connection)
        if (input.reason !== 'closed') stack.unreachable(input.remote)
        break
      case 'unreachable':
        stack.unreachable(input.remote)
        break
      case 'wake':
        break
    }
  }

  #receive(packet: Packet): void {
    const { stack, behaviour } = this.#core
    if (!arrivesWhole(packet.transport)) this.#streams.receive(packet)
    // NAT keep-alives are nothing but blanks or zeros (RFC 5626 §4.4.2 has STUN, the wild has these).
    else if (/[^\s\0]/.test(packet.bytes)) stack.receive(packet.bytes, packet, behaviour.silent)
  }

  /** RFC 5626 §4.4.1: a double CRLF is answered with a single one. */
  #answerKeepAlive({ transport, local, remote, connection }: Packet): void {
    if (this.#core.behaviour.silent) return
    const open = connection === undefined ? {} : { connection }
    this.#core.stack.output({ type: 'send', transport, local, remote, ...open, bytes: '\r\n' })
  }
}
