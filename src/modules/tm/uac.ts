// Requests that a module makes itself, outside of any dialog, and what comes of them (RFC 3261 §8.1.1; SER tm's uac).
//
// They are transactions with nobody above: the final response goes to who asked for the request. No INVITEs.

import type { Address, Bytes } from '../../endpoint.js'
import { assert, Malformed } from '../../errors.js'
import { Context } from '../../proxy/context.js'
import type { Engine } from '../../proxy/engine.js'
import { hostText, SIP_PORT, type Sending } from '../../proxy/outgoing.js'
import { locate, uriTarget, type Target } from '../../proxy/resolve.js'
import { parseMessage, type Message } from '../../sip/message.js'
import { hostOf, parseUri } from '../../sip/uri.js'
import { Transaction, type Branch } from './cell.js'
import { startBranch } from './client.js'
import type { Tm } from './tm.js'

export interface OwnRequest {
  readonly method: string
  /** Request-URI, From and To; a tag is added to From. */
  readonly uri: string
  readonly from: string
  readonly to: string
  /** Further header lines, each ended by CRLF. */
  readonly headers: string
  readonly body: Bytes
}

/** Told the final status, 408 and 478 made up here; the response when there was one. */
export type Done = (status: number, response: Message | undefined) => void

const UNRESOLVABLE = 478
const UNAVAILABLE = 503
const TAG_DIGITS = 16
const CALL_ID_DIGITS = 32
/** No value of ours may begin a line of its own. */
const LINE_END = /[\r\n\0]/

/** Sends the request; over TCP when its URI says so. */
export function sendOwn(tm: Tm, request: OwnRequest, done: Done): void {
  assert(request.method !== 'INVITE', 'an INVITE needs a dialog')
  const { engine } = tm
  const uri = parseUri(request.uri)
  const target = uri instanceof Malformed ? undefined : uriTarget(uri)
  const isSound = ![request.method, request.uri, request.from, request.to].some((text) => LINE_END.test(text))
  if (uri instanceof Malformed || target === undefined || !isSound) return done(UNRESOLVABLE, undefined)
  const own = engine.names.has(hostOf(uri), uri.port) ? ownSocket(engine, target) : undefined
  if (own !== undefined) return send(tm, request, target, own, done)
  const found = locate(target, (addresses) => {
    const [remote] = addresses ?? []
    if (remote === undefined) done(UNRESOLVABLE, undefined)
    else send(tm, request, target, remote, done)
    return 1
  })
  engine.settle(found, () => undefined)
}

/** A request for a domain of ours comes back to us, whatever the name service says of the domain. */
function ownSocket({ sockets }: Engine, { transport }: Target): Address | undefined {
  return sockets.find((socket) => socket.transport === transport)
}

function send(tm: Tm, request: OwnRequest, { transport }: Target, remote: Address, done: Done): void {
  const { engine } = tm
  const isSix = remote.address.includes(':')
  const local = engine.sockets.find(
    (one) => one.transport === transport && one.address.includes(':') === isSix,
  )
  const place = tm.store.reserve()
  if (local === undefined || place === undefined) return done(UNAVAILABLE, undefined)
  const sending: Sending = { transport, local }
  const bytes = written(engine, request, sending, `${place.cookie}0`)
  const message = parseMessage(bytes)
  assert(!(message instanceof Malformed), 'a request of our own can be read')
  const packet = { type: 'packet', transport, local, remote: local, bytes } as const
  const context = new Context(engine, 'request', message, packet, engine.now)
  const transaction = new Transaction(place, context, [], engine.now)
  transaction.handled = true
  transaction.completed = done
  tm.store.add(transaction)
  tm.counters.local++
  const branch: Branch = {
    ...{
      transaction,
      index: 0,
      uri: request.uri,
      sending,
      remote,
      bytes,
      state: 'trying',
      status: 0,
      attempts: 0,
    },
    ...{ reply: undefined, relayed: undefined, retransmission: undefined, final: undefined },
    ...{ cancel: undefined, cancelWanted: false },
  }
  transaction.branches.push(branch)
  startBranch(tm, branch)
}

function written(engine: Engine, request: OwnRequest, { transport, local }: Sending, branch: string): Bytes {
  const { settings, rules, random } = engine
  const { method, uri, from, to, headers, body } = request
  const port = settings.advertisedPort ?? (local.port === SIP_PORT ? undefined : local.port)
  const sentBy =
    hostText(settings.advertisedAddress ?? local.address) + (port === undefined ? '' : `:${port}`)
  return (
    `${method} ${uri} SIP/2.0\r\n` +
    `Via: SIP/2.0/${transport.toUpperCase()} ${sentBy};branch=${branch}\r\n` +
    `From: <${from}>;tag=${random.hex(TAG_DIGITS)}\r\n` +
    `To: <${to}>\r\n` +
    `Call-ID: ${random.hex(CALL_ID_DIGITS)}@${hostText(local.address)}\r\n` +
    `CSeq: 1 ${method}\r\n` +
    (rules.maxForwardsGenerated ? 'Max-Forwards: 70\r\n' : '') +
    headers +
    (settings.serverSignature ? `User-Agent: ${settings.signature}\r\n` : '') +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  )
}
