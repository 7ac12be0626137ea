// The next server that DNS names, when one fails (RFC 3263 §4.3): the request goes there as a new client transaction, a
// branch that takes the failed one's place in the response context.

import type { Address } from '../../endpoint.js'
import type { Found } from '../../proxy/locate.js'
import { type Branch } from './cell.js'
import { startBranch } from './client.js'
import { BRANCHES_MAX } from '../../proxy/context.js'
import type { Result } from '../../script/contract.js'
import type { Tm } from './tm.js'

/** What is left of a place when its first address is taken; undefined when nothing is. */
export function placesBehind({ addresses, transport, more }: Found): Found | undefined {
  return addresses.length < 2 && more === undefined
    ? undefined
    : { addresses: addresses.slice(1), transport, more }
}

/** Is it the server that has failed, not the request? Silence counts for an INVITE only: timer F bounds any other search. */
export function hasFailed({ status: former, transaction }: Branch, status: number): boolean {
  if (status === 503) return true
  return status === 408 && former === 0 && transaction.isInvite
}

/** Sends as a datagram what a stream did not take; false when it was not for its size that it went there. */
export function trySmall(tm: Tm, branch: Branch): boolean {
  const { small, transaction } = branch
  const next = small && again(branch, branch.remote, small)
  if (next === undefined || transaction.cancelled || transaction.status >= 200) return false
  replace(tm, branch, next)
  return true
}

/** Sends the request to the next place, or goes on with `failed` when there is none. */
export function tryNext(tm: Tm, branch: Branch, failed: () => void): void {
  const { engine } = tm
  const { transaction, others } = branch
  branch.others = undefined
  tm.timers.stop(branch.retransmission)
  tm.timers.stop(branch.final)
  const giveUp = (): number => (failed(), 1)
  const to = (found: Found | undefined): Result => {
    const remote = found?.addresses[0]
    if (found === undefined || transaction.cancelled || transaction.status >= 200) return giveUp()
    if (remote === undefined) return found.more === undefined ? giveUp() : found.more(to)
    const next = branchTo(branch, remote, found)
    if (next === undefined) return giveUp()
    replace(tm, branch, next)
    return 1
  }
  engine.settle(to(others), () => undefined)
}

function replace(tm: Tm, branch: Branch, next: Branch): void {
  branch.isReplaced = true
  branch.status = 503
  branch.transaction.branches.push(next)
  startBranch(tm, next)
}

/** The same request to another address; undefined when it would have to leave from another socket, or there are too many. */
function branchTo(branch: Branch, remote: Address, found: Found): Branch | undefined {
  const { sending } = branch
  const isSameFamily = remote.address.includes(':') === branch.remote.address.includes(':')
  if (!isSameFamily || found.transport !== sending.transport) return undefined
  const next = again(branch, remote, branch)
  return next && { ...next, others: placesBehind(found) }
}

/** A branch that begins anew; undefined when there are too many. */
function again(
  branch: Branch,
  remote: Address,
  { sending, bytes }: Pick<Branch, 'sending' | 'bytes'>,
): Branch | undefined {
  const { transaction } = branch
  const index = transaction.branches.length
  if (index >= BRANCHES_MAX) return undefined
  const parameter = (at: number): string => `branch=${transaction.cookie}${at.toString(16)}`
  return {
    ...branch,
    ...{ index, remote, sending, bytes: bytes.replace(parameter(branch.index), parameter(index)) },
    state: transaction.isInvite ? 'calling' : 'trying',
    ...{ status: 0, reply: undefined, relayed: undefined, retransmission: undefined, attempts: 0 },
    ...{ final: undefined, cancel: undefined, cancelWanted: false, small: undefined, isReplaced: false },
  }
}
