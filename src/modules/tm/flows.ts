// The next way to a phone when one fails (RFC 5626 §7): the request goes there as a branch that takes the failed one's place.

import { Context } from '../../proxy/context.js'
import type { Branch, Transaction } from './cell.js'
import { hasFailed } from './failover.js'
import { relay } from './relay.js'
import type { Tm } from './tm.js'

/** The proxy next to the phone says that the flow is gone. */
const FLOW_FAILED = 430

/** Is it the way that has failed, while there are others? */
export function hasOtherFlow(branch: Branch, status: number): boolean {
  return branch.flows !== undefined && (status === FLOW_FAILED || hasFailed(branch, status))
}

/** Sends the request over the next flow, or goes on with `failed` when it cannot be sent. */
export function tryFlow(tm: Tm, branch: Branch, failed: () => void): void {
  const { transaction, flows: [next, ...further] = [], status: former } = branch
  if (next === undefined || transaction.cancelled || transaction.status >= 200) return failed()
  tm.timers.stop(branch.retransmission)
  tm.timers.stop(branch.final)
  branch.isReplaced = true
  branch.status = FLOW_FAILED
  const context = again(tm, transaction)
  context.appendBranch({ ...next, flows: further.length === 0 ? undefined : further })
  tm.engine.settle(relay(tm, context), (value) => {
    if (value > 0) return
    branch.isReplaced = false
    branch.status = former
    failed()
  })
}

/** The request as it was forwarded, for a further branch. */
function again(tm: Tm, transaction: Transaction): Context {
  const { context: origin, onFailure, flags } = transaction
  const context = new Context(tm.engine, 'failure', origin.message, origin.packet, tm.engine.now)
  const { edits, recordRoutes, maxForwardsDone, forceRport, sendFrom } = origin
  Object.assign(context, { edits, recordRoutes, maxForwardsDone, forceRport, sendFrom })
  Object.assign(context, { transaction, onFailure, flags })
  return context
}
