// A phone's client transactions: the actions of the client tables (RFC 3261 §17.1, RFC 6026).

import type { Address, Bytes } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { parseMessage, type Message } from '../sip/message.js'
import { advance, type Actor } from '../transaction/machine.js'
import { inviteClient, nonInviteClient } from '../transaction/tables.js'
import type { ClientAction, ClientEvent, ClientState, Table } from '../transaction/tables.js'
import type { Timer } from '../transaction/timers.js'
import { retransmissionMs } from '../transaction/values.js'
import { ackOfRefusal } from './ack.js'
import type { Hop, Stack } from './stack.js'

/** Whoever sent the request. */
export interface ClientUser {
  response(message: Message): void
  /** No final response came in time (408), or the network refused (503) (RFC 3261 §8.1.3.1). */
  failed(status: 408 | 503): void
  /** The transaction is gone: nothing more will come through it. */
  closed?(): void
}

export interface ClientTransaction {
  readonly key: string
  readonly method: string
  readonly bytes: Bytes
  readonly hop: Hop
  readonly user: ClientUser
  state: ClientState
  attempts: number
  /** Retransmit at T2 from now on. */
  slow: boolean
  retransmission: Timer<() => void> | undefined
  timeout: Timer<() => void> | undefined
  linger: Timer<() => void> | undefined
  /** The response that the running event is about. */
  response: Message | undefined
}

type ClientTable = Table<ClientState, ClientEvent, ClientAction>

export class ClientSide {
  readonly #open = new Map<string, ClientTransaction>()
  readonly #actor: Actor<ClientAction, ClientTransaction>

  constructor(private readonly stack: Stack) {
    this.#actor = actorOf(stack, this)
  }

  get(key: string): ClientTransaction | undefined {
    return this.#open.get(key)
  }

  /** Those that wait for a final response. */
  get pending(): number {
    let count = 0
    for (const { state } of this.#open.values())
      if (state === 'calling' || state === 'trying' || state === 'proceeding') count++
    return count
  }

  open(key: string, method: string, bytes: Bytes, hop: Hop, user: ClientUser): ClientTransaction {
    const transaction: ClientTransaction = {
      key,
      method,
      bytes,
      hop,
      user,
      state: method === 'INVITE' ? 'calling' : 'trying',
      attempts: 0,
      slow: false,
      retransmission: undefined,
      timeout: undefined,
      linger: undefined,
      response: undefined,
    }
    this.#open.set(key, transaction)
    this.stack.send(hop, bytes)
    this.startRetransmission(transaction)
    const { timeoutMs } = this.stack.values(hop.transport)
    transaction.timeout = this.stack.after(timeoutMs, () => this.advance(transaction, 'timeout'), 'timeout')
    return transaction
  }

  receive(transaction: ClientTransaction, message: Message): void {
    const { status } = message
    transaction.response = message
    this.advance(transaction, status < 200 ? 'provisional' : status < 300 ? 'success' : 'failure')
  }

  advance(transaction: ClientTransaction, event: ClientEvent): void {
    const table: ClientTable = transaction.method === 'INVITE' ? inviteClient : nonInviteClient
    if (!advance(table, transaction, event, this.#actor)) return
    if (event !== 'retransmit') this.stack.traceState(transaction.key, transaction.state)
    if (transaction.state === 'terminated') this.#close(transaction)
  }

  /** Forgets a transaction whose user no longer wants it. */
  abandon(transaction: ClientTransaction): void {
    this.stack.timers.stop(transaction.retransmission)
    this.stack.timers.stop(transaction.timeout)
    transaction.state = 'terminated'
    this.#close(transaction)
  }

  #close(transaction: ClientTransaction): void {
    this.stack.timers.stop(transaction.linger)
    if (this.#open.delete(transaction.key)) transaction.user.closed?.()
  }

  unreachable(remote: Address): void {
    for (const transaction of [...this.#open.values()]) {
      const { address, port } = transaction.hop.remote
      if (address === remote.address && port === remote.port) this.advance(transaction, 'transportError')
    }
  }

  /** Timers A and E. */
  startRetransmission(transaction: ClientTransaction): void {
    const { stack } = this
    if (transaction.hop.transport !== 'udp' || !stack.retransmits) return
    const { base } = stack
    const capped = transaction.method !== 'INVITE'
    const next = retransmissionMs(base, transaction.attempts++, capped)
    const intervalMs = transaction.slow ? base.t2Ms : next
    transaction.retransmission = stack.after(
      intervalMs,
      () => this.advance(transaction, 'retransmit'),
      'retransmit',
    )
  }
}

function actorOf(stack: Stack, side: ClientSide): Actor<ClientAction, ClientTransaction> {
  return {
    resend: (transaction) => {
      stack.send(transaction.hop, transaction.bytes)
      side.startRetransmission(transaction)
    },
    stopRetransmit: ({ retransmission }) => stack.timers.stop(retransmission),
    // A user agent has no timer C: while proceeding it waits as long as the callee rings.
    startProceeding: ({ timeout }) => stack.timers.stop(timeout),
    slowRetransmit: (transaction) => void (transaction.slow = true),
    stopTimeout: ({ timeout }) => stack.timers.stop(timeout),
    startLinger: (transaction) => {
      const end = () => side.advance(transaction, 'linger')
      transaction.linger = stack.after(lingerMs(stack, transaction), end, 'linger')
    },
    ack: (transaction) => acknowledge(stack, transaction),
    pass: ({ user, response }) => {
      if (response !== undefined) user.response(response)
    },
    reportTimeout: ({ user }) => user.failed(408),
    reportTransport: ({ user }) => user.failed(503),
  }
}

/** Timer M after a 2xx, D after another final response to INVITE, K otherwise. */
function lingerMs(stack: Stack, { method, state, hop }: ClientTransaction): number {
  const values = stack.values(hop.transport)
  if (method !== 'INVITE') return values.lingerClientMs
  return state === 'accepted' ? values.lingerAcceptedMs : values.lingerInviteClientMs
}

/** RFC 3261 §17.1.1.3 */
function acknowledge(stack: Stack, { bytes, response, hop }: ClientTransaction): void {
  const invite = parseMessage(bytes)
  if (invite instanceof Malformed || response === undefined) return
  stack.send(hop, ackOfRefusal(invite, response))
}
