// Sends requests through client transactions, again with credentials when they are challenged (RFC 3261 §22.2, §22.3).

import type { Bytes } from '../endpoint.js'
import type { Message } from '../sip/message.js'
import { Header } from '../sip/names.js'
import { requestUriOf } from '../sip/uri.js'
import type { ClientTransaction } from './client.js'
import type { HeaderWishes } from './command.js'
import type { Core } from './core.js'
import { answerTo, challengesOf } from './credentials.js'
import { routed, type Dialog } from './dialog.js'
import type { Hop } from './stack.js'
import { writeMessage, type HeaderLine } from './text.js'

/**
 * A request on its way out: kept as parts, because it may have to be sent again with another CSeq, another branch and
 * credentials, and because its ACK repeats some of them.
 */
export interface Outgoing {
  readonly method: string
  readonly uri: string
  /** Where it goes: this URI's host; when undefined the outbound proxy, the first Route or its own URI. */
  readonly next: string | undefined
  readonly routes: readonly string[]
  readonly from: string
  readonly to: string
  readonly callId: string
  cseq: number
  /** Headers that the method wants: Contact, Expires, Refer-To ... */
  readonly headers: readonly HeaderLine[]
  wishes: HeaderWishes | undefined
  readonly body: Bytes
  /** Authorization and Proxy-Authorization by realm. */
  readonly credentials: Map<string, HeaderLine>
  /** How many times it was made. */
  attempts: number
  /** Gives the next CSeq number for sending it again. */
  readonly nextCseq: () => number
}

/** Methods whose body is a session description unless a header says otherwise. */
const WITH_OFFERS = ['INVITE', 'ACK', 'UPDATE', 'PRACK']

/** The header lines of a request, in the order in which they are sent. */
function requestHeaders(outgoing: Outgoing, via: string, common: readonly HeaderLine[]): HeaderLine[] {
  const headers: HeaderLine[] = [
    ['Via', via],
    ['Max-Forwards', '70'],
  ]
  for (const route of outgoing.routes) headers.push(['Route', route])
  headers.push(['From', outgoing.from], ['To', outgoing.to], ['Call-ID', outgoing.callId])
  headers.push(['CSeq', `${outgoing.cseq} ${outgoing.method}`])
  headers.push(...outgoing.credentials.values(), ...outgoing.headers, ...common)
  if (outgoing.body !== '' && !outgoing.headers.some(([name]) => name === 'Content-Type'))
    headers.push(['Content-Type', WITH_OFFERS.includes(outgoing.method) ? 'application/sdp' : 'text/plain'])
  return headers
}

/** A request is sent at most so many times with ever new credentials. */
const ATTEMPTS_MAX = 4

/** Whoever ordered a request. */
export interface OutgoingUser {
  /** Not called for a challenge that is answered. */
  response(message: Message): void
  failed(status: 408 | 503): void
  /** It went out: called once more when it goes again with credentials. */
  sent?(transaction: ClientTransaction): void
  closed?(): void
  /** Nobody wants it any more: a challenge is not answered. */
  abandoned?(): boolean
}

/** Sends the request where its first Route, else its URI, or the outbound proxy says (RFC 3261 §8.1.2). */
export function submit(core: Core, outgoing: Outgoing, user: OutgoingUser): void {
  const go = (hop: Hop | undefined): void => {
    if (hop === undefined) user.failed(503)
    else submitTo(core, outgoing, hop, user)
  }
  const { uri, routes, next } = outgoing
  if (next === undefined) core.locator.outbound(secured(uri, routed(uri, routes).next), go)
  else core.locator.direct(secured(uri, next), go)
}

/** RFC 3261 §8.1.2, §26.2.2: what is for a sips URI goes over TLS, also by way of a sip Route. */
function secured(uri: string, next: string): string {
  return /^sips:/i.test(uri) ? next.replace(/^sip:/i, 'sips:') : next
}

function submitTo(core: Core, outgoing: Outgoing, hop: Hop, user: OutgoingUser): void {
  const branch = core.identity.newBranch()
  const bytes = writeRequest(core, outgoing, hop, branch)
  const { closed } = user
  const transaction = core.stack.request(branch, outgoing.method, bytes, hop, {
    response: (message) => responded(core, outgoing, user, message),
    failed: (status) => user.failed(status),
    ...(closed === undefined ? {} : { closed }),
  })
  user.sent?.(transaction)
}

/** The request's text with a branch of its own. */
export function writeRequest(core: Core, outgoing: Outgoing, hop: Hop, branch: string): string {
  const { method, uri, wishes, body } = outgoing
  const via = core.identity.via(hop.transport, branch)
  const headers = requestHeaders(outgoing, via, commonHeaders(core, method))
  return writeMessage(`${method} ${uri} SIP/2.0`, headers, wishes, body)
}

function commonHeaders(core: Core, method: string): HeaderLine[] {
  const tellsMethods = method === 'INVITE' || method === 'OPTIONS'
  return [...(tellsMethods ? [core.identity.allowLine()] : []), ...core.commonHeaders()]
}

function responded(core: Core, outgoing: Outgoing, user: OutgoingUser, message: Message): void {
  const challenged = message.status === 401 || message.status === 407
  if (challenged && user.abandoned?.() !== true && answered(core, outgoing, message)) {
    outgoing.cseq = outgoing.nextCseq()
    submit(core, outgoing, user)
  } else if (message.status === 420 && core.behaviour.forgoesRequired && forgone(outgoing, message)) {
    outgoing.cseq = outgoing.nextCseq()
    submit(core, outgoing, user)
  } else user.response(message)
}

/** Takes what was not understood out of Require (RFC 3261 §8.1.3.5); false when it is not there. */
function forgone(outgoing: Outgoing, response: Message): boolean {
  const unknown = response.valuesOf(Header.UNSUPPORTED).map((tag) => tag.toLowerCase())
  let isFound = false
  const wishes = (outgoing.wishes ?? []).flatMap<HeaderWishes[number]>(([name, value]) => {
    if (value === null || name.toLowerCase() !== 'require') return [[name, value]]
    const tags = value.split(',').map((tag) => tag.trim())
    const left = tags.filter((tag) => !unknown.includes(tag.toLowerCase()))
    isFound ||= left.length < tags.length
    return left.length === 0 ? [] : [[name, left.join(', ')]]
  })
  if (isFound && outgoing.attempts < ATTEMPTS_MAX) {
    outgoing.attempts++
    outgoing.wishes = wishes
    return true
  }
  return false
}

/** Puts credentials in; false when there is no password, nothing new to say, or the password was refused. */
function answered(core: Core, outgoing: Outgoing, response: Message): boolean {
  const { username = core.identity.uri.user ?? '', password } = core.options
  const { method, uri, body } = outgoing
  // Of several challenges for one realm the first that we can answer counts (RFC 8760 §2.4).
  const keys = new Set<string>()
  for (const challenge of challengesOf(response)) {
    const { realm, stale, header } = challenge
    core.notes.challenge({ at: core.stack.now, method, status: response.status, realm, stale })
    const key = `${header} ${realm}`
    const tried = keys.has(key) || (outgoing.credentials.has(key) && !stale)
    if (password === undefined || !core.behaviour.authenticates || tried) continue
    if (outgoing.attempts >= ATTEMPTS_MAX) continue
    const answer = answerTo(challenge, { username, password }, { method, uri, body }, core.options.random)
    if (answer === undefined) continue
    outgoing.credentials.set(key, answer)
    keys.add(key)
  }
  if (keys.size > 0) outgoing.attempts++
  return keys.size > 0
}

/** A request outside of dialogs (RFC 3261 §8.1.1), for the outbound proxy or wherever its URI points. */
export function newRequest(
  core: Core,
  parts: {
    readonly method: string
    readonly uri: string
    /** The URI of To. */
    readonly to: string
    readonly ids: { readonly callId: string; readonly tag: string }
    readonly routes?: readonly string[]
    readonly headers: readonly HeaderLine[]
    readonly wishes: HeaderWishes | undefined
    readonly body: string
  },
): Outgoing {
  const { method, uri, to, ids, routes = [], headers, wishes, body } = parts
  const way = routed(uri, routes)
  const isStrict = way.uri !== uri
  const outgoing: Outgoing = {
    method,
    uri: isStrict ? requestUriOf(way.uri) : uri,
    next: isStrict ? way.next : undefined,
    routes: way.routes,
    from: `<${core.identity.aor}>;tag=${ids.tag}`,
    to: `<${to}>`,
    callId: ids.callId,
    cseq: 1,
    headers,
    wishes,
    body,
    credentials: new Map(),
    attempts: 1,
    nextCseq: () => outgoing.cseq + 1,
  }
  return outgoing
}

/** What a request within a dialog is made of (RFC 3261 §12.2.1.1); takes the dialog's next CSeq number. */
export function withinDialog(
  core: Core,
  dialog: Dialog,
  method: string,
  parts: {
    readonly headers?: readonly HeaderLine[]
    readonly wishes?: HeaderWishes | undefined
    readonly body?: string
  } = {},
): Outgoing {
  const { uri, routes, next } = routed(dialog.target, dialog.routeSet)
  const refreshes = method === 'INVITE' || method === 'UPDATE' || method === 'REFER'
  const contact: HeaderLine[] = refreshes ? [core.identity.contactLine()] : []
  return {
    method,
    uri,
    next,
    routes,
    from: dialog.sides.local,
    to: dialog.sides.remote,
    callId: dialog.callId,
    cseq: ++dialog.localSeq,
    headers: [...contact, ...(parts.headers ?? [])],
    wishes: parts.wishes,
    body: parts.body ?? '',
    credentials: new Map(),
    attempts: 1,
    nextCseq: () => ++dialog.localSeq,
  }
}
