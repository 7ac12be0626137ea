// Rules of transactions: one final response, ACKs, CANCELs, CSeq, what a response copies (RFC 3261 §8, §9, §12, §17).

import type { Milliseconds } from '../endpoint.js'
import type { Check } from './rules.js'
import { originOf, precedes, requestsOf, responsesOf, sameVia, type Seen } from './seen.js'

/** A run that ends so soon after a response ended before its ACK. */
const GRACE_MS = 200
/** 64*T1: an INVITE without any response is given up (timer B); what comes later meets no transaction. */
const GIVEN_UP_MS = 32_000
/** How long a finished transaction surely remembers its branches (SER's wt_timer). */
const REMEMBERED_MS = 5000

/** One final response a transaction goes upstream; several 2xx to an INVITE may (RFC 3261 §16.7-5, -10). */
export const oneFinal: Check = (seen, report) => {
  const finals = new Map<string, Seen>()
  for (const one of responsesOf(seen)) {
    const { status } = one.message
    if (!one.fromProxy || status < 200) continue
    const key = `${one.from} ${one.to} ${one.branch} ${one.method} ${one.cseq}`
    const first = finals.get(key)
    const success = status < 300 && one.method === 'INVITE'
    if (first === undefined) finals.set(key, one)
    else if (!success && (first.message.status !== status || first.message.toTag !== one.message.toTag))
      report(one, `a ${first.message.status} had gone before this ${status}`)
  }
}

/** Who receives a non-2xx final for its INVITE acknowledges it, hop by hop (RFC 3261 §17.1.1.3). */
export const ackNon2xx: Check = (seen, report) => {
  for (const one of responsesOf(seen)) {
    const { status } = one.message
    const { arrived } = one.wire
    if (one.method !== 'INVITE' || status < 300 || arrived === undefined || one.toSilent) continue
    if (one.runEnd - arrived < GRACE_MS || !isAwaited(one, seen, arrived)) continue
    const acknowledged = seen.some(
      (ack) =>
        ack.message.isRequest &&
        ack.method === 'ACK' &&
        ack.from === one.to &&
        ack.to === one.from &&
        ack.cseq === one.cseq &&
        // A stateless proxy passes on the caller's ACK, whose branch may be another.
        (ack.branch === one.branch || (ack.fromProxy && originOf(ack, seen) !== undefined)),
    )
    if (!acknowledged) report(one, `the ${status} got no ACK from ${one.to}`)
  }
}

/** Is there a client transaction yet that this response ends? */
function isAwaited(one: Seen, seen: readonly Seen[], arrived: Milliseconds): boolean {
  const mine = seen.filter(({ vias, order }) => order < one.order && sameVia(vias[0]!, one.vias[0]!))
  const invite = mine.find(
    ({ message, from }) => message.isRequest && message.method === 'INVITE' && from === one.to,
  )
  if (invite === undefined) return false
  const before = mine.filter(({ message, wire }) => !message.isRequest && wire.arrived !== undefined)
  if (before.length === 0 && arrived - invite.wire.at >= GIVEN_UP_MS) return false
  if (before.some(({ method, message }) => method === 'INVITE' && isSuccess(message.status))) return false
  if (mine.some(({ message }) => message.method === 'CANCEL')) return true
  // Answered upstream so long ago that it is forgotten: fr_timer had given this branch up.
  return !seen.some(
    ({ message, from, method, cseq, wire }) =>
      message.status >= 200 &&
      from === one.to &&
      method === 'INVITE' &&
      cseq === one.cseq &&
      arrived - wire.at > REMEMBERED_MS,
  )
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}

/** CSeq rises within a dialog and direction; only a retransmission, ACK and CANCEL repeat it (RFC 3261 §12.2.1.1). */
export const cseqOrder: Check = (seen, report) => {
  const last = new Map<string, Seen>()
  for (const one of requestsOf(seen)) {
    const { fromTag, toTag } = one.message
    if (one.method === 'ACK' || one.method === 'CANCEL' || one.fromProxy || toTag === undefined) continue
    const key = `${one.from} ${fromTag} ${toTag}`
    const before = last.get(key)
    if (before === undefined || one.cseq > before.cseq) last.set(key, one)
    else if (one.cseq <= before.cseq && !repeats(one, seen))
      report(one, `CSeq ${one.cseq} after ${before.method} with ${before.cseq}`)
  }
}

/** The same request once more: in the branch of one before. */
function repeats(one: Seen, seen: readonly Seen[]): boolean {
  return seen.some(
    ({ order, message, from, cseq, method, branch }) =>
      order < one.order &&
      message.isRequest &&
      from === one.from &&
      cseq === one.cseq &&
      method === one.method &&
      branch === one.branch,
  )
}

/** A response has the Call-ID, CSeq and From tag of its request, and its To tag if it had one (RFC 3261 §8.2.6.2). */
export const responseCopies: Check = (seen, report) => {
  const requests = new Map<string, Seen>()
  for (const one of seen) {
    const { message, from, to, method, branch } = one
    if (message.isRequest) {
      if (method !== 'ACK') requests.set(`${from} ${to} ${method} ${branch}`, one)
      continue
    }
    const request = requests.get(`${to} ${from} ${method} ${branch}`)
    if (request === undefined || branch === '0' || branch === '') continue
    if (request.callId !== one.callId)
      report(one, `Call-ID ${one.callId}, the request's is ${request.callId}`)
    if (request.cseq !== one.cseq) report(one, `CSeq ${one.cseq}, the request's is ${request.cseq}`)
    if (request.message.fromTag !== message.fromTag) report(one, "the From tag is not the request's")
    const { toTag } = request.message
    if (toTag !== undefined && message.toTag !== toTag) report(one, "the To tag is not the request's")
  }
}

/** A request's CSeq names its own method (RFC 3261 §8.1.1.5): those that a proxy makes itself. */
export const cseqMethod: Check = (seen, report) => {
  for (const one of requestsOf(seen))
    if (one.fromProxy && one.vias.length === 1 && one.message.cseqMethod !== one.message.method)
      report(one, `CSeq says ${one.message.cseqMethod}`)
}

/** 100 goes one hop: a proxy sends at most one of its own for each request (RFC 3261 §16.7-5). */
export const tryingOnce: Check = (seen, report) => {
  const sent = new Set<string>()
  for (const one of responsesOf(seen)) {
    if (!one.fromProxy || one.message.status !== 100) continue
    const key = `${one.from} ${one.to} ${one.branch}`
    if (sent.has(key)) report(one, 'a second 100 for the same request')
    sent.add(key)
  }
}

/** A CANCEL follows a provisional response and has the Request-URI of its INVITE (RFC 3261 §9.1). */
export const cancelAfterProvisional: Check = (seen, report) => {
  for (const one of requestsOf(seen)) {
    if (!one.fromProxy || one.method !== 'CANCEL' || one.vias.length !== 1) continue
    const invite = seen.find(
      ({ message, method, branch, from, to }) =>
        message.isRequest &&
        method === 'INVITE' &&
        branch === one.branch &&
        from === one.from &&
        to === one.to,
    )
    const provisional = seen.some(
      (response) =>
        response.message.status >= 100 &&
        response.method === 'INVITE' &&
        response.branch === one.branch &&
        response.to === one.from &&
        precedes(response, one),
    )
    if (invite === undefined) report(one, 'cancels nothing that was sent')
    else if (invite.message.requestUri !== one.message.requestUri)
      report(one, "the Request-URI is not the INVITE's")
    else if (invite.cseq !== one.cseq) report(one, `CSeq ${one.cseq}, the INVITE's is ${invite.cseq}`)
    if (!provisional) report(one, 'sent before any provisional response')
  }
}
