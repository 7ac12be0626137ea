// Rules of forwarding: the Via stack, branches, Max-Forwards, where responses go (RFC 3261 §16.6, §16.7, §18.2.2).

import { Header } from '../sip/names.js'
import { hostOf } from '../sip/uri.js'
import { originOf, receivedBefore, requestsOf, responsesOf, sameVias, type Seen } from './seen.js'
import type { Check } from './rules.js'

/** A forwarded request has the proxy's Via on top of those it came with; a forwarded response has lost the topmost. */
export const viaStack: Check = (seen, report) => {
  for (const one of requestsOf(seen)) {
    if (!one.fromProxy || isHopByHop(one, seen) || originOf(one, seen) !== undefined) continue
    const came = receivedBefore(one, seen).filter(({ message }) => message.isRequest)
    if (came.length > 0)
      report(one, `went out with the Vias ${named(one)}, came in with ${named(came.at(-1)!)}`)
    else if (one.vias.length > 1) report(one, 'forwarded with a Via stack that no received request had')
  }
  for (const one of responsesOf(seen)) {
    // What it answers itself, it has asked itself: a request of its own that came back to it.
    if (!one.fromProxy || one.from === one.to) continue
    if (isOwn(one)) report(one, 'the proxy sent a response that still has its own Via on top')
    const { status, toTag } = one.message
    const came = receivedBefore(one, seen).filter(
      ({ message }) => message.status === status && message.toTag === toTag && toTag !== undefined,
    )
    if (came.length > 0 && !came.some(({ vias }) => sameVias(vias.slice(1), one.vias)))
      report(one, `went out with the Vias ${named(one)}, came in with ${named(came.at(-1)!)}`)
  }
}

/** An ACK or CANCEL in the branch of an INVITE that the proxy sent: made by the proxy, with one Via. */
function isHopByHop(one: Seen, seen: readonly Seen[]): boolean {
  if ((one.method !== 'ACK' && one.method !== 'CANCEL') || one.vias.length !== 1) return false
  return seen.some(
    ({ message, branch, from }) =>
      message.isRequest && message.method === 'INVITE' && branch === one.branch && from === one.from,
  )
}

function named({ vias }: Seen): string {
  return `[${vias.map(({ branch, host }) => branch ?? host).join(', ')}]`
}

function isOwn({ vias, wire }: Seen): boolean {
  return hostOf(vias[0]!) === wire.source.address && (vias[0]!.port ?? 5060) === wire.source.port
}

/** Each transaction has a branch of its own, beginning with the cookie (RFC 3261 §8.1.1.7). */
export const branchUnique: Check = (seen, report) => {
  const users = new Map<string, Seen>()
  for (const one of requestsOf(seen)) {
    if (!one.fromProxy || one.method === 'ACK' || one.method === 'CANCEL') continue
    if (!one.branch.startsWith('z9hG4bK'))
      report(one, `the branch "${one.branch}" does not begin with z9hG4bK`)
    const key = `${one.from} ${one.branch}`
    const other = users.get(key)
    if (other !== undefined && !sameTransaction(one, other))
      report(one, `the branch ${one.branch} is that of another transaction`)
    users.set(key, one)
  }
}

/** The branches of a fork differ in their Request-URI or place: each is a transaction. */
function sameTransaction(one: Seen, other: Seen): boolean {
  return (
    other.callId === one.callId &&
    other.cseq === one.cseq &&
    other.method === one.method &&
    other.to === one.to &&
    other.message.requestUri === one.message.requestUri
  )
}

/** Max-Forwards falls at each proxy; nothing is forwarded with 0 (RFC 3261 §16.6-3). */
export const maxForwards: Check = (seen, report) => {
  for (const one of requestsOf(seen)) {
    if (!one.fromProxy || one.vias.length < 2) continue
    const before = originOf(one, seen)?.message.header(Header.MAX_FORWARDS)
    const after = one.message.header(Header.MAX_FORWARDS)
    if (after === undefined) report(one, 'forwarded without Max-Forwards')
    else if (
      before !== undefined &&
      /^\d+$/.test(before) &&
      !(Number(after) < Number(before) && /^\d+$/.test(after))
    )
      report(one, `Max-Forwards ${before} came in, ${after || 'nothing'} went out`)
  }
}

/** A response goes where its topmost Via says (RFC 3261 §18.2.2, RFC 3581 §4). */
export const responseTarget: Check = (seen, report) => {
  for (const one of responsesOf(seen)) {
    if (!one.fromProxy || one.wire.transport !== 'udp') continue
    const via = one.vias[0]!
    // RFC 3261 §18.2.2: maddr first.
    const address = hostOf({ host: via.maddr ?? via.received ?? via.host })
    const rport = via.rport === undefined || via.rport === '' ? undefined : Number(via.rport)
    const port = rport ?? via.port ?? 5060
    const { target } = one.wire
    if (/^[\d.]+$|:/.test(address) && (target.address !== address || target.port !== port))
      report(one, `went to ${target.address}:${target.port}, the Via says ${address}:${port}`)
  }
}

/** On a stream Content-Length is a must, and true (RFC 3261 §18.3). */
export const contentLength: Check = (seen, report) => {
  for (const one of seen) {
    if (!one.fromProxy || one.wire.transport === 'udp' || one.again) continue
    const length = one.message.contentLength()
    const body = one.message.text.length - one.message.bodyStart
    if (length !== body)
      report(one, `Content-Length ${String(one.message.headerNamed('Content-Length'))}, body of ${body}`)
  }
}
