// Rules of forwarding: the Via stack, branches, Max-Forwards, where responses go (RFC 3261 §16.6, §16.7, §18.2.2).

import { hostOf } from '../sip/uri.js'
import { originOf, requestsOf, responsesOf, type Seen } from './seen.js'
import type { Check } from './rules.js'

/** A forwarded request has the proxy's Via on top of those it arrived with; a response no Via of the proxy. */
export const viaStack: Check = (seen, report) => {
  for (const one of requestsOf(seen)) {
    if (!one.fromProxy || one.vias.length < 2) continue
    const origin = originOf(one, seen)
    if (origin === undefined) report(one, 'forwarded with a Via stack that no received request had')
    else if (origin.vias.length !== one.vias.length - 1)
      report(one, `${origin.vias.length} Via values came in, ${one.vias.length} went out`)
  }
  for (const one of responsesOf(seen))
    if (one.fromProxy && isOwn(one))
      report(one, 'the proxy sent a response that still has its own Via on top')
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
    const other = users.get(one.branch)
    const same =
      other !== undefined &&
      other.callId === one.callId &&
      other.cseq === one.cseq &&
      other.wire.to === one.wire.to
    if (other !== undefined && !same) report(one, `the branch ${one.branch} is that of another transaction`)
    users.set(one.branch, one)
  }
}

/** Max-Forwards falls at each proxy; nothing is forwarded with 0 (RFC 3261 §16.6-3). */
export const maxForwards: Check = (seen, report) => {
  for (const one of requestsOf(seen)) {
    if (!one.fromProxy || one.vias.length < 2) continue
    const before = originOf(one, seen)?.message.headerNamed('Max-Forwards')
    const after = one.message.headerNamed('Max-Forwards')
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
    const address = via.received ?? hostOf(via)
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
