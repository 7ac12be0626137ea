// The best response of all branches ever tried (RFC 3261 §16.7-6, -7; SER: the lowest code, the recorded SER 0.9.7).

import type { Bytes } from '../../endpoint.js'
import { assert } from '../../errors.js'
import type { Rules } from '../../proxy/profile.js'
import { Header } from '../../sip/names.js'
import type { Branch, Transaction } from './cell.js'

/** Codes that tell the caller how to try again, before others of their class (RFC 3261 §16.7-6). */
const INFORMATIVE = new Set([401, 407, 415, 420, 484])

/** The winner among final failures; the first branch on a tie. */
export function pickBest(rules: Rules, transaction: Transaction): Branch {
  const { isInvite, branches } = transaction
  const areAllReplaced = branches.every(({ isReplaced }) => isReplaced)
  let best: Branch | undefined
  for (const branch of branches)
    if (branch.isReplaced && !areAllReplaced) continue
    else if (best === undefined || rank(rules, branch.status, isInvite) < rank(rules, best.status, isInvite))
      best = branch
  assert(best !== undefined, 'a transaction without branches has no best response')
  return best
}

/** Smaller is better. */
function rank(rules: Rules, status: number, isInvite: boolean): number {
  // It is not sent at all.
  if (status === 408 && !isInvite && rules.lateNonInvite) return Infinity
  if (rules.bestResponse === 'lowest') return status
  if (status >= 600) return status - 600
  // 503 says nothing about the callee, only about one server: any other 5xx tells more.
  const preferred = INFORMATIVE.has(status) ? 0 : status === 503 ? 200 : 100
  return Math.floor(status / 100) * 1000 + preferred + (status % 100)
}

/** The winning 401 or 407 with the challenges of all other 401 and 407 branches added (RFC 3261 §16.7-7). */
export function withChallenges(transaction: Transaction, best: Branch): Bytes {
  const bytes = best.relayed ?? ''
  if (best.status !== 401 && best.status !== 407) return bytes
  let added = ''
  for (const { reply, status } of transaction.branches) {
    if (reply === undefined || reply === best.reply || (status !== 401 && status !== 407)) continue
    for (const id of [Header.WWW_AUTHENTICATE, Header.PROXY_AUTHENTICATE])
      for (let index = reply.find(id); index >= 0; index = reply.find(id, index + 1))
        added += reply.text.slice(reply.lineStart(index), reply.lineEnd(index))
  }
  if (added === '') return bytes
  const end = bytes.indexOf('\r\n\r\n') + 2
  return bytes.slice(0, end) + added + bytes.slice(end)
}
