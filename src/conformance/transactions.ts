// Rules of transactions: one final response, ACKs, CANCELs, CSeq, what a response copies (RFC 3261 §8, §9, §12, §17).

import type { Check } from './rules.js'
import { requestsOf, responsesOf, type Seen } from './seen.js'

/** One final response a transaction goes upstream; several 2xx to an INVITE may (RFC 3261 §16.7-5, -10). */
export const oneFinal: Check = (seen, report) => {
  const finals = new Map<string, Seen>()
  for (const one of responsesOf(seen)) {
    const { status } = one.message
    if (!one.fromProxy || status < 200) continue
    const key = `${one.wire.from} ${one.branch} ${one.method} ${one.callId}`
    const first = finals.get(key)
    const success = status < 300 && one.method === 'INVITE'
    if (first !== undefined && !success && first.message.status !== status)
      report(one, `a ${first.message.status} had gone before this ${status}`)
    else if (first === undefined) finals.set(key, one)
  }
}

/** Who receives a non-2xx final for its INVITE acknowledges it, hop by hop (RFC 3261 §17.1.1.3). */
export const ackNon2xx: Check = (seen, report) => {
  for (const one of responsesOf(seen)) {
    const { status } = one.message
    if (one.method !== 'INVITE' || status < 300 || !one.toProxy || one.wire.arrived === undefined) continue
    const acknowledged = seen.some(
      ({ message, method, branch, wire }) =>
        message.isRequest &&
        method === 'ACK' &&
        branch === one.branch &&
        wire.from === one.wire.to &&
        wire.to === one.wire.from,
    )
    if (!acknowledged) report(one, `the ${status} got no ACK from ${one.wire.to}`)
  }
}

/** CSeq never falls within a dialog and direction (RFC 3261 §12.2.1.1). */
export const cseqOrder: Check = (seen, report) => {
  const last = new Map<string, number>()
  for (const one of requestsOf(seen)) {
    if (one.method === 'ACK' || one.method === 'CANCEL' || one.vias.length !== 1) continue
    const key = `${one.wire.from} ${one.callId} ${one.message.fromTag}`
    const before = last.get(key)
    if (before !== undefined && one.cseq < before) report(one, `CSeq ${one.cseq} after ${before}`)
    last.set(key, Math.max(one.cseq, before ?? 0))
  }
}

/** A response has the Call-ID, CSeq and From tag of its request, and its To tag if it had one (RFC 3261 §8.2.6.2). */
export const responseCopies: Check = (seen, report) => {
  const requests = new Map<string, Seen>()
  for (const one of seen) {
    const { message, wire, method, branch } = one
    if (message.isRequest) {
      if (method !== 'ACK') requests.set(`${wire.from} ${wire.to} ${method} ${branch}`, one)
      continue
    }
    const request = requests.get(`${wire.to} ${wire.from} ${method} ${branch}`)
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
    const key = `${one.branch} ${one.wire.to}`
    if (sent.has(key)) report(one, 'a second 100 for the same request')
    sent.add(key)
  }
}

/** A CANCEL follows a provisional response and has the Request-URI of its INVITE (RFC 3261 §9.1). */
export const cancelAfterProvisional: Check = (seen, report) => {
  for (const one of requestsOf(seen)) {
    if (!one.fromProxy || one.method !== 'CANCEL' || one.vias.length !== 1) continue
    const invite = seen.find(
      ({ message, method, branch, wire }) =>
        message.isRequest && method === 'INVITE' && branch === one.branch && wire.to === one.wire.to,
    )
    const provisional = seen.some(
      ({ message, method, branch, wire }) =>
        message.status >= 100 &&
        message.status < 200 &&
        method === 'INVITE' &&
        branch === one.branch &&
        wire.to === one.wire.from,
    )
    if (invite === undefined) report(one, 'cancels nothing that was sent')
    else if (invite.message.requestUri !== one.message.requestUri)
      report(one, "the Request-URI is not the INVITE's")
    if (!provisional) report(one, 'sent before any provisional response')
  }
}
