// Creating and finding transactions (SER tm; RFC 3261 §17.2.3).

import { Malformed } from '../../errors.js'
import { ScriptFault, type Context } from '../../proxy/context.js'
import { parseMessage, type Message } from '../../sip/message.js'
import { loopMark } from '../../proxy/loops.js'
import { Transaction, type Place } from './cell.js'
import { dialogKey, requestKey } from './keys.js'
import { serverEvent } from './server.js'
import { hasTuple, type Tm } from './tm.js'

/** What became of the attempt to make a transaction for a request. */
export type Creation =
  | { readonly kind: 'created'; readonly transaction: Transaction }
  /** The request again: its last reply was sent again. Or the ACK of a final reply of ours: it is done. */
  | { readonly kind: 'absorbed' }
  /** An ACK that ends here for nobody: it goes on end to end. */
  | { readonly kind: 'ack' }
  | { readonly kind: 'error' }

export function createTransaction(tm: Tm, context: Context): Creation {
  const { message } = context
  if (context.transaction !== undefined) {
    context.log(-1, 'ERROR: t_newtran: transaction already in process')
    return { kind: 'error' }
  }
  if (!hasTuple(message)) return failed(context, ScriptFault.BAD_TUPLE)
  if (!isReadable(context)) return failed(context, ScriptFault.NONE)
  if (message.method === 'ACK') return acknowledge(tm, context)
  const key = requestKey(message, message.method, tm.old)
  const known = tm.store.byKey(key)
  if (known !== undefined) {
    context.transaction = known
    serverEvent(tm, known, 'request')
    return { kind: 'absorbed' }
  }
  const transaction = newTransaction(tm, context, key === undefined ? [] : [key])
  if (transaction === undefined) return failed(context, ScriptFault.NONE)
  context.transaction = transaction
  return { kind: 'created', transaction }
}

function failed(context: Context, fault: number): Creation {
  context.fault = fault
  return { kind: 'error' }
}

/** SER parses all headers before it makes a transaction; one that cannot be read makes it fail (the recorded SER 0.9.7). */
export function isReadable(context: Context): boolean {
  const { message } = context
  if (!message.complete) return false
  return !(
    message.cseq() instanceof Malformed ||
    message.contentLength() instanceof Malformed ||
    message.to() instanceof Malformed
  )
}

function acknowledge(tm: Tm, context: Context): Creation {
  const { message } = context
  const found = tm.find(message, 'INVITE')
  const sameHop = found !== undefined && isOthersAck(tm, found, message) ? undefined : found
  const invite = sameHop ?? tm.store.byKey(dialogKey(message))
  if (invite === undefined) return { kind: 'ack' }
  // A relayed 2xx may have followed a failure of ours: its ACK, which has a branch of its own, is not for us.
  const isForUs = invite.local || (sameHop !== undefined && invite.status >= 300)
  if (isForUs) serverEvent(tm, invite, 'ack')
  else if (invite.status >= 200) for (const listener of tm.listeners) listener.acknowledged?.(invite, context)
  return { kind: isForUs ? 'absorbed' : 'ack' }
}

/** The branch parameter says where the request went, so that it is known when it comes back (RFC 5393 §4.2). */
function marked(tm: Tm, place: Place, context: Context): Place {
  if (!tm.engine.rules.loopDetection) return place
  return { ...place, cookie: `${place.cookie}${loopMark(context)}.` }
}

function newTransaction(tm: Tm, context: Context, keys: string[]): Transaction | undefined {
  const place = tm.store.reserve()
  if (place === undefined) return undefined
  const transaction = new Transaction(marked(tm, place, context), context, keys, tm.engine.now)
  tm.store.add(transaction)
  if (tm.engine.trace) tm.trace(transaction, transaction.state)
  return transaction
}

/** Without the branch cookie the To tag tells whose ACK it is. */
function isOthersAck(tm: Tm, { lastReply, status }: Transaction, message: Message): boolean {
  if (!tm.engine.rules.oldAckByTag || status < 300 || lastReply === undefined) return false
  const via = message.topVia()
  if (via === undefined || via instanceof Malformed || via.branch?.startsWith('z9hG4bK')) return false
  const reply = parseMessage(lastReply)
  return !(reply instanceof Malformed) && reply.toTag !== message.toTag
}
