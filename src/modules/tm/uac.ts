// Requests that a module makes itself, outside of any dialog, and what comes of them (RFC 3261 §8.1.1; SER tm's uac).
//
// They are transactions with nobody above: the final response goes to who asked for the request. Who sends an INVITE
// is told every 2xx, and acknowledges it (uac-dialog.ts).

import type { Address, Bytes } from '../../endpoint.js'
import { assert, Malformed } from '../../errors.js'
import { Context } from '../../proxy/context.js'
import type { Engine } from '../../proxy/engine.js'
import { hostText, SIP_PORT, type Sending } from '../../proxy/outgoing.js'
import { locate } from '../../proxy/locate.js'
import { uriTarget, type Target } from '../../proxy/resolve.js'
import { parseMessage, type Message } from '../../sip/message.js'
import { hostOf, parseUri, type Uri } from '../../sip/uri.js'
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

/** A request that its sender writes: when it is known where it goes, and with which branch parameter. */
export interface Written {
  readonly method: string
  /** The Request-URI. */
  readonly uri: string
  /** Where it goes. */
  readonly hop: Uri
  readonly write: (sending: Sending, branch: string) => Bytes
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
  const { method, uri } = request
  const hop = parseUri(uri)
  const isSound = ![method, uri, request.from, request.to].some((text) => LINE_END.test(text))
  if (hop instanceof Malformed || !isSound) return done(UNRESOLVABLE, undefined)
  const write = (sending: Sending, branch: string): Bytes => written(tm.engine, request, sending, branch)
  sendWritten(tm, { method, uri, hop, write }, done)
}

/** Sends a request that its sender writes. */
export function sendWritten(tm: Tm, request: Written, done: Done): void {
  const { engine } = tm
  const { hop } = request
  const target = uriTarget(hop)
  if (target === undefined) return done(UNRESOLVABLE, undefined)
  const own = engine.names.has(hostOf(hop), hop.port) ? ownSocket(engine, target) : undefined
  if (own !== undefined) return send(tm, request, target, own, done)
  const result = locate(target, (found) => {
    const [remote] = found?.addresses ?? []
    if (remote === undefined) done(UNRESOLVABLE, undefined)
    else send(tm, request, target, remote, done)
    return 1
  })
  engine.settle(result, () => undefined)
}

/** A request for a domain of ours comes back to us, whatever the name service says of the domain. */
function ownSocket({ sockets }: Engine, { transport }: Target): Address | undefined {
  return sockets.find((socket) => socket.transport === transport)
}

/** Where a request of ours leaves from; undefined: we listen at nothing that fits. */
export function ownSending({ sockets }: Engine, { transport }: Target, remote: Address): Sending | undefined {
  const isSix = remote.address.includes(':')
  const local = sockets.find((one) => one.transport === transport && one.address.includes(':') === isSix)
  return local && { transport, local }
}

function send(tm: Tm, request: Written, target: Target, remote: Address, done: Done): void {
  const { engine } = tm
  const sending = ownSending(engine, target, remote)
  if (sending === undefined) return done(UNAVAILABLE, undefined)
  const place = tm.store.reserve()
  if (place === undefined) return done(UNAVAILABLE, undefined)
  const { transport, local } = sending
  const bytes = request.write(sending, `${place.cookie}0`)
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
      state: transaction.isInvite ? 'calling' : 'trying',
      status: 0,
      attempts: 0,
    },
    ...{ reply: undefined, relayed: undefined, retransmission: undefined, final: undefined },
    ...{
      cancel: undefined,
      cancelWanted: false,
      others: undefined,
      small: undefined,
      isReplaced: false,
      breadth: 0,
      flows: undefined,
    },
  }
  transaction.branches.push(branch)
  startBranch(tm, branch)
}

/** Our Via line. */
export function ownVia({ settings }: Engine, { transport, local }: Sending, branch: string): string {
  const port = settings.advertisedPort ?? (local.port === SIP_PORT ? undefined : local.port)
  const sentBy =
    hostText(settings.advertisedAddress ?? local.address) + (port === undefined ? '' : `:${port}`)
  return `Via: SIP/2.0/${transport.toUpperCase()} ${sentBy};branch=${branch}\r\n`
}

function written(engine: Engine, request: OwnRequest, sending: Sending, branch: string): Bytes {
  const { settings, rules, random } = engine
  const { method, uri, from, to, headers, body } = request
  return (
    `${method} ${uri} SIP/2.0\r\n` +
    ownVia(engine, sending, branch) +
    `From: <${from}>;tag=${random.hex(TAG_DIGITS)}\r\n` +
    `To: <${to}>\r\n` +
    `Call-ID: ${random.hex(CALL_ID_DIGITS)}@${hostText(sending.local.address)}\r\n` +
    `CSeq: 1 ${method}\r\n` +
    (rules.maxForwardsGenerated ? 'Max-Forwards: 70\r\n' : '') +
    headers +
    (settings.serverSignature ? `User-Agent: ${settings.signature}\r\n` : '') +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  )
}
