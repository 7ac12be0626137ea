// A phone's transport and transactions: bytes in, messages sorted to transactions, bytes out (RFC 3261 §17, §18).
//
// The machines are transaction/tables.ts's; here are their actions. Who uses a transaction is told through the
// callbacks it was made with. Nothing here knows calls.

import type { Address, Bytes, Milliseconds, Output, Packet, TraceEvent, Transport } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { parseMessage, type Message } from '../sip/message.js'
import { clientKey, responseKey, serverKey } from '../transaction/match.js'
import { TimerQueue } from '../transaction/timers.js'
import { RFC_TIMERS, timerValues, type BaseTimers, type TimerValues } from '../transaction/values.js'
import { ClientSide, type ClientTransaction, type ClientUser } from './client.js'
import { Journal } from './journal.js'
import type { PhoneOptions } from './options.js'
import { ServerSide, type ServerTransaction } from './server.js'

/** Transactions of each kind kept at once; beyond it requests are dropped. */
export const TRANSACTIONS_MAX = 50_000

/** Where bytes go: over an open connection, else to an address. */
export interface Hop {
  readonly transport: Transport
  readonly local: Address
  readonly remote: Address
  readonly connection?: number
}

/** Whose transactions these are: the user agent core. */
export interface StackUser {
  /** A new request, not ACK. */
  request(server: ServerTransaction): void
  /** An ACK that no transaction consumed: of a 2xx, or stray. */
  ack(message: Message): void
  /** A response without a transaction. */
  stray(message: Message): void
  /** No ACK came for a non-2xx final response of ours (timer H). */
  unacknowledged(server: ServerTransaction): void
}

export class Stack {
  now: Milliseconds = 0
  readonly timers = new TimerQueue<() => void>()
  readonly journal = new Journal()
  readonly unreliable: TimerValues
  readonly reliable: TimerValues
  /** The order `behave` may turn it off. */
  retransmits = true
  readonly clients = new ClientSide(this)
  readonly servers = new ServerSide(this)
  #outputs: Output[] = []

  readonly base: BaseTimers
  /** Where requests are sent from. */
  readonly local: Address

  constructor(
    readonly options: PhoneOptions,
    readonly user: StackUser,
  ) {
    const { timers = RFC_TIMERS, contact } = options
    this.base = timers
    this.local = { address: contact.address, port: contact.port }
    this.unreliable = timerValues(timers, false)
    this.reliable = timerValues(timers, true)
  }

  /** The outputs collected since the last call. */
  takeOutputs(): Output[] {
    const outputs = this.#outputs
    this.#outputs = []
    return outputs
  }

  values(transport: Transport): TimerValues {
    return transport === 'udp' ? this.unreliable : this.reliable
  }

  get pending(): number {
    return this.clients.pending + this.servers.pending
  }

  after(
    durationMs: Milliseconds,
    fire: () => void,
    name: string,
  ): ReturnType<TimerQueue<() => void>['start']> {
    return this.timers.start(durationMs, this.now, fire, name)
  }

  event(event: TraceEvent): void {
    this.#outputs.push({ type: 'event', event })
  }

  /** A transaction came into a state. */
  traceState(id: string, state: string): void {
    if (this.options.trace === true) this.event({ kind: 'transaction', id, state })
  }

  drop(reason: string, bytes: Bytes): void {
    if (this.options.trace === true) this.event({ kind: 'drop', reason, bytes })
  }

  output(output: Output): void {
    this.#outputs.push(output)
  }

  send(hop: Hop, bytes: Bytes): void {
    this.journal.noteSent(this.now, bytes, hop.transport, hop.remote)
    this.#outputs.push({ type: 'send', ...hop, bytes })
  }

  /** One whole message arrived. */
  receive(bytes: Bytes, packet: Packet, silent: boolean): void {
    const message = parseMessage(bytes)
    if (message instanceof Malformed) {
      this.drop(message.reason, bytes)
      return
    }
    this.journal.noteReceived(this.now, packet, message)
    if (silent) return
    if (message.isRequest) this.#receiveRequest(message, packet)
    else this.#receiveResponse(message)
  }

  #receiveRequest(message: Message, packet: Packet): void {
    const key = serverKey(message)
    if (key === undefined) {
      this.drop('a request without a readable Via', message.text)
      return
    }
    const known = this.servers.get(key)
    if (message.method === 'ACK') {
      // The ACK of a 2xx is a transaction of its own, whatever its branch says (RFC 3261 §17.1.1.3; RFC 6026 §7.1).
      if (known === undefined || known.state === 'accepted') this.user.ack(message)
      else this.servers.advance(known, 'ack')
    } else if (known !== undefined) this.servers.advance(known, 'request')
    else if (this.servers.size >= TRANSACTIONS_MAX) this.drop('too many open transactions', message.text)
    else this.user.request(this.servers.open(key, message, packet))
  }

  #receiveResponse(message: Message): void {
    // RFC 3261 §8.1.3.3: a second Via is of somebody who sent it the wrong way.
    if (message.secondVia() !== undefined) {
      this.drop('a response with more than one Via', message.text)
      return
    }
    const key = responseKey(message)
    const client = key === undefined ? undefined : this.clients.get(key)
    if (client === undefined) this.user.stray(message)
    else this.clients.receive(client, message)
  }

  /** Sends a request through a new client transaction. */
  request(branch: string, method: string, bytes: Bytes, hop: Hop, user: ClientUser): ClientTransaction {
    return this.clients.open(clientKey(branch, method), method, bytes, hop, user)
  }

  /** The network refused what was sent to `remote`. */
  unreachable(remote: Address): void {
    this.clients.unreachable(remote)
  }
}
