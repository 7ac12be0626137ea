// Sends requests through client transactions, again with credentials when they are challenged (RFC 3261 §22.2, §22.3).

import type { Message } from '../sip/message.js'
import type { ClientTransaction } from './client.js'
import type { HeaderWishes } from './command.js'
import type { Core } from './core.js'
import { answerTo, challengesOf } from './credentials.js'
import { routed, type Dialog } from './dialog.js'
import { requestHeaders, type Outgoing } from './outgoing.js'
import type { Hop } from './stack.js'
import { writeMessage, type HeaderLine } from './text.js'

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
}

/** Sends the request where its URI or the outbound proxy says. */
export function submit(core: Core, outgoing: Outgoing, user: OutgoingUser): void {
  const go = (hop: Hop | undefined): void => {
    if (hop === undefined) user.failed(503)
    else submitTo(core, outgoing, hop, user)
  }
  if (outgoing.next === undefined) core.locator.outbound(outgoing.uri, go)
  else core.locator.direct(outgoing.next, go)
}

function submitTo(core: Core, outgoing: Outgoing, hop: Hop, user: OutgoingUser): void {
  const branch = core.newBranch()
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
  const via = core.via(hop.transport, branch)
  const headers = requestHeaders(outgoing, via, core.commonHeaders(method))
  return writeMessage(`${method} ${uri} SIP/2.0`, headers, wishes, body)
}

function responded(core: Core, outgoing: Outgoing, user: OutgoingUser, message: Message): void {
  const challenged = message.status === 401 || message.status === 407
  if (challenged && answered(core, outgoing, message)) {
    outgoing.cseq = outgoing.nextCseq()
    submit(core, outgoing, user)
  } else user.response(message)
}

/** Puts credentials in; false when there is no password, nothing new to say, or the password was refused. */
function answered(core: Core, outgoing: Outgoing, response: Message): boolean {
  const { username = core.uri.user ?? '', password } = core.options
  const challenges = challengesOf(response)
  let news = false
  for (const challenge of challenges) {
    const { realm, stale, header } = challenge
    const { method } = outgoing
    core.noteChallenge({ at: core.stack.now, method, status: response.status, realm, stale })
    const key = `${header} ${realm}`
    const tried = outgoing.credentials.has(key) && !stale
    if (password === undefined || !core.behaviour.authenticates || tried) continue
    if (outgoing.attempts >= ATTEMPTS_MAX) continue
    const answer = answerTo(challenge, { username, password }, method, outgoing.uri, core.random)
    if (answer === undefined) continue
    outgoing.credentials.set(key, answer)
    news = true
  }
  if (news) outgoing.attempts++
  return news
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
  const contact: HeaderLine[] = refreshes ? [['Contact', `<${core.contact}>`]] : []
  return {
    method,
    uri,
    next,
    routes,
    from: dialog.local,
    to: dialog.remote,
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
