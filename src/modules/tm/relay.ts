// Forwarding a request in a transaction: t_relay and its family (SER tm; RFC 3261 §16.6).

import { Malformed } from '../../errors.js'
import { BRANCHES_MAX, ScriptFault, type Context, type QueuedBranch } from '../../proxy/context.js'
import { faultReply } from '../../proxy/faults.js'
import { findHop, forwardStateless } from '../../proxy/forward.js'
import { forwardedRequest, type BranchHeaders } from '../../proxy/outgoing.js'
import { hopTarget, type Target } from '../../proxy/resolve.js'
import type { Result } from '../../script/contract.js'
import { Header } from '../../sip/names.js'
import { parseUri } from '../../sip/uri.js'
import { isPending, type Branch, type Transaction } from './cell.js'
import { cancelInvite } from './cancel.js'
import { startBranch } from './client.js'
import { placesBehind } from './failover.js'
import { createTransaction } from './create.js'
import { replyLocally, startWait, tryingLater } from './server.js'
import type { Tm } from './tm.js'

/** Where every branch goes, instead of where its URI leads (t_relay_to_udp, t_forward_nonack, t_replicate). */
export interface Relaying {
  readonly target?: Target
  /** Replies are not relayed, errors are not answered (t_replicate). */
  readonly replicate?: boolean
  /** Of each branch. */
  readonly breadth?: number
}

/** t_relay in a request or failure route. */
export function relay(tm: Tm, context: Context, how: Relaying = {}): Result {
  if (context.kind === 'failure') return addBranches(tm, context.transaction as Transaction, context, how)
  const first = unusableUri(context, how)
  if (first !== undefined && context.message.method !== 'CANCEL') return context.fail(first)
  const creation = createTransaction(tm, context)
  switch (creation.kind) {
    case 'error':
      return -1
    case 'absorbed':
      return 1
    case 'ack':
      return forwardAck(context, how)
    case 'created':
      return relayNew(tm, creation.transaction, context, how)
  }
}

/** The fault of a Request-URI that leads nowhere because it cannot be read; undefined when it can. */
function unusableUri(context: Context, how: Relaying): number | undefined {
  if (how.target !== undefined) return undefined
  const uri = context.destinationUri()
  if (uri instanceof Malformed) return ScriptFault.BAD_URI
  return hopTarget(context.engine.rules, uri, context.uri) === undefined
    ? ScriptFault.BAD_TRANSPORT
    : undefined
}

/** An ACK for a 2xx goes on statelessly; 0 ends the script (SER tm). */
function forwardAck(context: Context, { target }: Relaying): Result {
  const uri = context.destinationUri()
  const to =
    target ?? (uri instanceof Malformed ? undefined : hopTarget(context.engine.rules, uri, context.uri))
  if (to === undefined) return context.fail(ScriptFault.BAD_URI)
  return mapValue(forwardStateless(context, to), (value) => (value > 0 ? 0 : value))
}

function mapValue(result: Result, change: (value: number) => number): Result {
  if (typeof result === 'number') return change(result)
  return { question: result.question, resume: (answer) => mapValue(result.resume(answer), change) }
}

function relayNew(tm: Tm, transaction: Transaction, context: Context, how: Relaying): Result {
  transaction.replicated = how.replicate ?? false
  if (transaction.method === 'CANCEL') {
    const invite = tm.find(context.message, 'INVITE')
    if (invite !== undefined) {
      transaction.handled = true
      cancelInvite(tm, invite, transaction, context)
      return 1
    }
  }
  if (transaction.isInvite && !transaction.replicated)
    replyLocally(tm, transaction, 100, tm.engine.rules.tryingReason, context)
  return forwardCreated(tm, transaction, context, how)
}

/** Forwards in an existing transaction; what cannot be forwarded is answered here, and the value is then 0. */
export function forwardCreated(tm: Tm, transaction: Transaction, context: Context, how: Relaying): Result {
  return mapValue(addBranches(tm, transaction, context, how), (value) => {
    if (value > 0) {
      tryingLater(tm, transaction)
      return value
    }
    if (transaction.replicated) {
      startWait(tm, transaction)
      return 0
    }
    const [status, reason] = faultReply(context.fault)
    return replyLocally(tm, transaction, status, `${reason} (${context.fault}/TM)`, context) ? 0 : -1
  })
}

/** Makes a branch of each destination and sends them all; positive when at least one went out. */
function addBranches(tm: Tm, transaction: Transaction, context: Context, how: Relaying): Result {
  if (transaction.cancelled || transaction.status >= 200) return -1
  const queue = destinations(context)
  const breadth = freeBreadth(transaction, context)
  context.branches = []
  if (breadth !== undefined && breadth < queue.length) return context.fail(ScriptFault.NO_BREADTH)
  const shared = breadth === undefined ? how : { ...how, breadth: Math.floor(breadth / queue.length) }
  transaction.onFailure = context.onFailure
  const made: Branch[] = []
  const next = (at: number): Result => {
    const destination = queue[at]
    if (destination === undefined) return sendAll(tm, transaction, context, made)
    return mapThen(makeBranch(tm, transaction, context, destination, shared, made), () => next(at + 1))
  }
  return next(0)
}

/** How much of its Max-Breadth no branch has now (RFC 5393 §5.3.3); undefined where nobody counts. */
function freeBreadth({ branches }: Transaction, { message, engine }: Context): number | undefined {
  const usual = engine.rules.maxBreadth
  if (usual === undefined || message.method === 'ACK' || message.method === 'CANCEL') return undefined
  const value = message.header(Header.MAX_BREADTH)
  let free = value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : usual
  for (const branch of branches) if (isPending(branch)) free -= branch.breadth
  return free
}

/** In a request route the current URI and the queue; in a failure route only what was queued (SER tm). */
function destinations(context: Context): QueuedBranch[] {
  if (context.kind === 'failure') return [...context.branches]
  const { uri, destination, registered } = context
  return [
    registered === undefined ? { uri, destination } : { ...registered, uri, destination },
    ...context.branches,
  ]
}

function mapThen(result: Result, then: (value: number) => Result): Result {
  if (typeof result === 'number') return then(result)
  return { question: result.question, resume: (answer) => mapThen(result.resume(answer), then) }
}

function makeBranch(
  tm: Tm,
  transaction: Transaction,
  context: Context,
  { uri, destination, route, flows }: QueuedBranch,
  how: Relaying,
  made: Branch[],
): Result {
  const parsed = parseUri(destination ?? context.destination ?? uri)
  if (parsed instanceof Malformed && how.target === undefined) return context.fail(ScriptFault.BAD_URI)
  const target =
    how.target ?? (parsed instanceof Malformed ? undefined : hopTarget(tm.engine.rules, parsed, uri))
  if (target === undefined) return context.fail(ScriptFault.BAD_TRANSPORT)
  return findHop(context, target, (found) => {
    const remote = found?.addresses[0]
    if (found === undefined || remote === undefined) return context.fail(ScriptFault.UNRESOLVABLE)
    const sending = tm.engine.sendingTo(context, found.transport, remote)
    if (sending === undefined) return context.fail(ScriptFault.SEND)
    if (!tm.engine.admits(context, found.transport, remote)) return context.fail(ScriptFault.OVERLOAD)
    const index = transaction.branches.length + made.length
    if (index >= BRANCHES_MAX) return context.fail(ScriptFault.TOO_MANY_BRANCHES)
    const group = tm.engine.rules.viaMaddr && isMulticast(remote.address) ? remote.address : undefined
    const own = route === undefined && group === undefined ? how : { ...how, route, group }
    const branch: Branch = {
      transaction,
      index,
      uri,
      sending,
      remote,
      bytes: forwardedRequest(context, uri, transaction.cookie + index.toString(16), sending, own),
      small: undefined,
      breadth: how.breadth ?? 0,
      state: transaction.isInvite ? 'calling' : 'trying',
      status: 0,
      reply: undefined,
      relayed: undefined,
      retransmission: undefined,
      attempts: 0,
      final: undefined,
      cancel: undefined,
      cancelWanted: false,
      others: tm.engine.rules.nextServer ? placesBehind(found) : undefined,
      isReplaced: false,
      flows,
    }
    made.push(isTooLarge(branch) ? (overTcp(context, branch, own) ?? branch) : branch)
    return 1
  })
}

/** Is it too long for a datagram (RFC 3261 §18.1.1)? */
function isTooLarge({ transaction, sending, bytes, remote }: Branch): boolean {
  const limit = transaction.context.engine.rules.largeOverTcp
  return (
    limit !== undefined && bytes.length > limit && sending.transport === 'udp' && !isMulticast(remote.address)
  )
}

/** The same over TCP, which falls back to the datagram; undefined when we listen at no TCP that fits. */
function overTcp(context: Context, branch: Branch, own: BranchHeaders): Branch | undefined {
  const { transaction, index, uri, remote, sending: datagrams, bytes } = branch
  const sending = context.engine.sendingTo(context, 'tcp', remote)
  if (sending === undefined) return undefined
  const written = forwardedRequest(context, uri, transaction.cookie + index.toString(16), sending, own)
  return { ...branch, sending, bytes: written, small: { sending: datagrams, bytes } }
}

function isMulticast(address: string): boolean {
  return /^(?:22[4-9]|23\d)\.|^ff/i.test(address)
}

function sendAll(tm: Tm, transaction: Transaction, context: Context, made: readonly Branch[]): Result {
  if (transaction.cancelled || transaction.status >= 200 || made.length === 0) {
    if (made.length === 0 && context.fault === ScriptFault.NONE)
      context.log(-1, 'ERROR: t_forward_nonack: no branch for forwarding')
    return -1
  }
  transaction.handled = true
  transaction.branches.push(...made)
  for (const branch of made) if (isPending(branch)) startBranch(tm, branch)
  return 1
}
