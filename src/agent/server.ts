// A phone's server transactions: the actions of the server tables (RFC 3261 §17.2, RFC 6026), and where responses go.

import type { Bytes, Packet } from '../endpoint.js'
import { Malformed } from '../errors.js'
import type { Message } from '../sip/message.js'
import { advance, type Actor } from '../transaction/machine.js'
import { inviteServer, nonInviteServer } from '../transaction/tables.js'
import type { ServerAction, ServerEvent, ServerState, Table } from '../transaction/tables.js'
import type { Timer } from '../transaction/timers.js'
import { retransmissionMs } from '../transaction/values.js'
import type { Hop, Stack } from './stack.js'

export interface ServerTransaction {
  readonly key: string
  readonly request: Message
  readonly packet: Packet
  /** Where its responses go (RFC 3261 §18.2.2, RFC 3581 §4). */
  readonly hop: Hop
  readonly invite: boolean
  state: ServerState
  /** The tag that we put into To. */
  toTag: string | undefined
  /** Last status sent; 0 before any. */
  status: number
  /** Its reason phrase. */
  reason: string
  /** The last response as sent. */
  response: Bytes
  attempts: number
  retransmission: Timer<() => void> | undefined
  timeout: Timer<() => void> | undefined
  linger: Timer<() => void> | undefined
  closed: (() => void) | undefined
}

type ServerTable = Table<ServerState, ServerEvent, ServerAction>

export class ServerSide {
  readonly #open = new Map<string, ServerTransaction>()
  readonly #actor: Actor<ServerAction, ServerTransaction>

  constructor(private readonly stack: Stack) {
    this.#actor = actorOf(stack, this)
  }

  get(key: string): ServerTransaction | undefined {
    return this.#open.get(key)
  }

  get size(): number {
    return this.#open.size
  }

  /** Those that owe a final response, or wait for the ACK of a non-2xx. */
  get pending(): number {
    let count = 0
    for (const { state, invite } of this.#open.values())
      if (state === 'trying' || state === 'proceeding' || (invite && state === 'completed')) count++
    return count
  }

  /** Is there one whose key begins so, that is no CANCEL? */
  hasLike(beginning: string): boolean {
    for (const key of this.#open.keys())
      if (key.startsWith(beginning) && !key.endsWith('|CANCEL')) return true
    return false
  }

  /** All that have no final response yet, oldest first. */
  unanswered(): ServerTransaction[] {
    return [...this.#open.values()].filter(({ status }) => status < 200)
  }

  open(key: string, request: Message, packet: Packet): ServerTransaction {
    const invite = request.method === 'INVITE'
    const transaction: ServerTransaction = {
      key,
      request,
      packet,
      hop: replyHop(request, packet),
      invite,
      state: invite ? 'proceeding' : 'trying',
      toTag: undefined,
      status: 0,
      reason: '',
      response: '',
      attempts: 0,
      retransmission: undefined,
      timeout: undefined,
      linger: undefined,
      closed: undefined,
    }
    this.#open.set(key, transaction)
    return transaction
  }

  /** Sends a response; false when one that is final has already gone. */
  respond(transaction: ServerTransaction, status: number, response: Bytes): boolean {
    if (transaction.status >= 200) return false
    transaction.reason = /^\S+ \d+ ([^\r\n]*)/.exec(response)?.[1] ?? ''
    transaction.status = status
    transaction.response = response
    this.advance(transaction, status < 200 ? 'provisional' : status < 300 ? 'success' : 'failure')
    return true
  }

  advance(transaction: ServerTransaction, event: ServerEvent): void {
    const table: ServerTable = transaction.invite ? inviteServer : nonInviteServer
    if (!advance(table, transaction, event, this.#actor)) return
    if (event !== 'retransmit') this.stack.traceState(transaction.key, transaction.state)
    if (transaction.state === 'terminated') this.#close(transaction)
  }

  #close(transaction: ServerTransaction): void {
    this.stack.timers.stop(transaction.linger)
    if (this.#open.delete(transaction.key)) transaction.closed?.()
  }

  /** Timer G. */
  startRetransmission(transaction: ServerTransaction): void {
    const { stack } = this
    if (transaction.hop.transport !== 'udp' || !stack.retransmits) return
    const intervalMs = retransmissionMs(stack.base, transaction.attempts++, true)
    transaction.retransmission = stack.after(
      intervalMs,
      () => this.advance(transaction, 'retransmit'),
      'retransmit',
    )
  }
}

function actorOf(stack: Stack, side: ServerSide): Actor<ServerAction, ServerTransaction> {
  const send = ({ hop, response }: ServerTransaction): void => {
    if (response !== '') stack.send(hop, response)
  }
  return {
    send,
    resend: send,
    startRetransmit: (transaction) => side.startRetransmission(transaction),
    stopRetransmit: ({ retransmission }) => stack.timers.stop(retransmission),
    startTimeout: (transaction) => {
      const { timeoutMs } = stack.values(transaction.hop.transport)
      transaction.timeout = stack.after(timeoutMs, () => side.advance(transaction, 'timeout'), 'timeout')
    },
    stopTimeout: ({ timeout }) => stack.timers.stop(timeout),
    startLinger: (transaction) => {
      const end = () => side.advance(transaction, 'linger')
      transaction.linger = stack.after(lingerMs(stack, transaction), end, 'linger')
    },
    reportTimeout: (transaction) => stack.user.unacknowledged(transaction),
    reportTransport: () => {},
  }
}

/** Timer L after a 2xx to INVITE, I after the ACK of another, J otherwise. */
function lingerMs(stack: Stack, { invite, state, hop }: ServerTransaction): number {
  const values = stack.values(hop.transport)
  if (!invite) return values.lingerServerMs
  return state === 'accepted' ? values.lingerAcceptedMs : values.lingerInviteServerMs
}

/** Streams: the connection it came by. Datagrams: the source address, at the source port if rport asks for it. */
function replyHop(request: Message, { transport, local, remote, connection }: Packet): Hop {
  if (transport !== 'udp')
    return { transport, local, remote, ...(connection === undefined ? {} : { connection }) }
  const via = request.topVia()
  if (via === undefined || via instanceof Malformed || via.rport !== undefined)
    return { transport, local, remote }
  return { transport, local, remote: { address: remote.address, port: via.port ?? 5060 } }
}
