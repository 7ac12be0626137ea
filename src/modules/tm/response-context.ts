// The response context (RFC 3261 §16.7): which response goes upstream, and when the failure route has its turn
// (SER tm).

import type { Bytes } from '../../endpoint.js'
import { Context } from '../../proxy/context.js'
import { Header } from '../../sip/names.js'
import { reasonPhrase } from '../../sip/reasons.js'
import type { Message } from '../../sip/message.js'
import { pickBest, withChallenges } from './best.js'
import { cancelOthers } from './cancel.js'
import { hasFailed, tryNext } from './failover.js'
import { hasOtherFlow, tryFlow } from './flows.js'
import { isPending, type Branch, type Transaction } from './cell.js'
import { dialogKey } from './keys.js'
import { replyLocally, sendUpstream, startWait } from './server.js'
import type { Tm } from './tm.js'

/** A branch has a response: real (`bytes` makes what would go upstream) or made up (408, 487, 503). */
export function branchReplied(
  tm: Tm,
  branch: Branch,
  status: number,
  reply: Message | undefined,
  bytes: (() => Bytes) | undefined,
): void {
  if (status < 200) return provisional(tm, branch, status, reply, bytes)
  const first = isPending(branch)
  if (first && branch.others !== undefined && hasFailed(branch, status))
    return tryNext(tm, branch, () => branchReplied(tm, branch, status, reply, bytes))
  if (first && hasOtherFlow(branch, status))
    return tryFlow(tm, branch, () => settled(tm, branch, status, reply, bytes))
  settled(tm, branch, status, reply, bytes)
}

/** A final response, when there is no other way for the request. */
function settled(
  tm: Tm,
  branch: Branch,
  status: number,
  reply: Message | undefined,
  bytes: (() => Bytes) | undefined,
): void {
  const { transaction } = branch
  const first = isPending(branch)
  const success = status < 300
  if (first || success) {
    branch.status = status
    branch.reply = reply
    branch.relayed = bytes?.()
  }
  if (success) return succeeded(tm, branch)
  if (!first || transaction.status >= 200) return
  if (status >= 600 && tm.engine.rules.globalFailureCancels) cancelOthers(tm, transaction, branch)
  if (!transaction.branches.some(isPending)) exhausted(tm, transaction)
}

/** 100 goes one hop only; the others are relayed from any branch (RFC 3261 §16.7-5). */
function provisional(tm: Tm, branch: Branch, status: number, reply?: Message, bytes?: () => Bytes): void {
  const { transaction } = branch
  if (!isPending(branch)) return
  branch.status = status
  const goesUp = status > 100 && (transaction.isInvite || !tm.engine.rules.lateNonInvite)
  if (goesUp && transaction.status < 200 && bytes !== undefined) {
    transaction.local = false
    sendUpstream(tm, transaction, status, bytes(), reply)
  }
}

/** A 2xx is relayed at once; to an INVITE also after another final (RFC 3261 §16.7-5, -10). */
function succeeded(tm: Tm, branch: Branch): void {
  const { transaction } = branch
  if (transaction.status >= 200 && !transaction.isInvite) return
  transaction.local = false
  if (transaction.isInvite && tm.listeners.length > 0) awaitAck(tm, transaction)
  sendUpstream(tm, transaction, branch.status, branch.relayed ?? '', branch.reply)
  if (transaction.isInvite) cancelOthers(tm, transaction, branch)
  // What waits for late copies needs none of it: thousands of finished calls stay small.
  branch.bytes = ''
  branch.reply = undefined
  branch.relayed = undefined
}

/** The ACK of a relayed 2xx has a branch of its own: somebody wants to know whose it is. */
function awaitAck(tm: Tm, transaction: Transaction): void {
  const key = dialogKey(transaction.context.message)
  if (!transaction.keys.includes(key)) tm.store.addKey(transaction, key)
}

/** All branches have failed: the failure route, if one is armed, else the best response. */
function exhausted(tm: Tm, transaction: Transaction): void {
  const best = pickBest(tm.engine.rules, transaction)
  if (transaction.onFailure === 0 || transaction.replicated) return relayBest(tm, transaction)
  for (const listener of tm.listeners) listener.failed?.(transaction, best.status, best.reply)
  runFailureRoute(tm, transaction, best)
}

function runFailureRoute(tm: Tm, transaction: Transaction, best: Branch): void {
  const { engine } = tm
  const { context: origin, snapshot } = transaction
  const number = transaction.onFailure
  const context = new Context(engine, 'failure', origin.message, origin.packet, engine.now)
  context.newUri = snapshot.newUri
  context.destination = snapshot.destination
  context.edits = [...snapshot.edits]
  context.recordRoutes = [...snapshot.recordRoutes]
  context.maxForwardsDone = origin.maxForwardsDone
  context.flags = transaction.flags
  context.transaction = transaction
  transaction.onFailure = 0
  transaction.winner = best.status
  transaction.inFailureRoute = true
  if (engine.trace) {
    const event = {
      kind: 'failure',
      route: `failure_route[${number}]`,
      status: best.status,
      branch: best.index,
    } as const
    engine.put({ type: 'event', event })
  }
  engine.runRoute('failure', number, context, () => {
    transaction.inFailureRoute = false
    transaction.flags = context.flags
    if (transaction.status < 200 && !transaction.branches.some(isPending)) relayBest(tm, transaction)
  })
}

/** Sends the best response upstream; a made-up one is written here. */
export function relayBest(tm: Tm, transaction: Transaction): void {
  const { rules } = tm.engine
  const best = pickBest(rules, transaction)
  transaction.winner = best.status
  // The caller has given up as well, or is about to: a 408 only harms (RFC 4320 §4.2).
  const isHarmful = best.status === 408 && !transaction.isInvite && transaction.completed === undefined
  if (isHarmful && rules.lateNonInvite) return startWait(tm, transaction)
  if (best.status === 503 && rules.serviceUnavailableBecomes500) {
    const context = madeUpContext(tm, transaction)
    // The next hop's word on when to come again is not lost with its 503.
    const retryAfter = best.reply?.header(Header.RETRY_AFTER)
    if (retryAfter !== undefined) context.replyHeaders.push(`Retry-After: ${retryAfter}\r\n`)
    replyLocally(tm, transaction, 500, reasonPhrase(500), context)
    return
  }
  if (best.relayed === undefined || best.reply === undefined) {
    replyLocally(tm, transaction, best.status, reasonPhrase(best.status), madeUpContext(tm, transaction))
    return
  }
  transaction.local = false
  const bytes = rules.aggregateChallenges ? withChallenges(transaction, best) : best.relayed
  sendUpstream(tm, transaction, best.status, bytes, best.reply)
}

/** The request's context without what a script queued for its own replies. */
function madeUpContext(tm: Tm, transaction: Transaction): Context {
  const { context: origin } = transaction
  const context = new Context(tm.engine, 'failure', origin.message, origin.packet, tm.engine.now)
  context.newUri = transaction.snapshot.newUri
  context.forceRport = origin.forceRport
  return context
}
