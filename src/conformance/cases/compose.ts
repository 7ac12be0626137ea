// Builds what a party sends from what it has sent and heard: a case says only how a message differs from the plain one
// (RFC 3261 §8.1.1, §8.2.6, §9.1, §12.2.1, §17.1.1.3).

import type { Bytes } from '../../endpoint.js'
import { splitList } from '../../sip/name-addr.js'
import { reasonPhrase } from '../../sip/reasons.js'
import type { Message } from '../../sip/message.js'
import type { HeaderChange } from './case.js'
import { hostPort, readPath, type Heard } from './path.js'
import { ownPlace, type Scene } from './scene.js'

export type HeaderLine = [name: string, value: string]

/** A message before it is text. */
export interface Draft {
  start: string
  headers: HeaderLine[]
  body: Bytes
}

/** What a party knows of its correspondence. */
export interface Memory {
  readonly party: string
  readonly sent: readonly Heard[]
  readonly received: readonly Heard[]
  /** Numbers its requests outside of dialogs. */
  count: number
}

const IN_DIALOG = new Set(['BYE', 'INFO', 'UPDATE', 'PRACK', 'NOTIFY', 'REFER'])
const WITH_CONTACT = new Set(['INVITE', 'SUBSCRIBE', 'NOTIFY', 'UPDATE', 'REFER'])

/** A request of this party; `to` is a party, a URI, "dialog", or nothing for the play's user at the server's domain. */
export function draftRequest(
  method: string,
  to: string | undefined,
  over: string,
  memory: Memory,
  scene: Scene,
): Draft {
  const invite = last(memory.sent, (one) => one.message.method === 'INVITE')
  if ((method === 'ACK' || method === 'CANCEL') && to === undefined && invite !== undefined) {
    const final = last(
      memory.received,
      (one) => one.message.status >= 200 && one.message.cseqMethod === 'INVITE',
    )
    if (method === 'CANCEL' || (final !== undefined && final.message.status >= 300))
      return draftHopRequest(method, invite.message, final?.message)
  }
  const dialog = to === 'dialog' || (to === undefined && (IN_DIALOG.has(method) || method === 'ACK'))
  const within = dialog ? draftInDialog(method, memory, scene) : undefined
  const draft = within ?? draftOutside(method, to, memory, scene)
  const via = `SIP/2.0/${over.toUpperCase()} ${hostPort(ownPlace(memory.party, over, scene))};branch=z9hG4bK${scene.random.hex(16)}`
  draft.headers.unshift(['Via', via], ['Max-Forwards', '70'])
  if (WITH_CONTACT.has(method)) draft.headers.push(['Contact', contactOf(memory.party, over, scene)])
  return draft
}

export function contactOf(party: string, over: string, scene: Scene): string {
  const self = hostPort(ownPlace(party, over, scene))
  return `<sip:${party}@${self}${over === 'udp' ? '' : `;transport=${over}`}>`
}

function draftOutside(method: string, to: string | undefined, memory: Memory, scene: Scene): Draft {
  const { party } = memory
  const place = scene.places.get(to ?? '')
  const own = `sip:u${scene.nonce}@${scene.domain}`
  const registers = method === 'REGISTER'
  const uri =
    place !== undefined
      ? `sip:${to!}-${scene.nonce}@${hostPort(place)}`
      : (to ?? (registers ? `sip:${scene.domain}` : own))
  const address = registers ? own : uri
  const number = ++memory.count
  const from = registers ? own : `sip:${party}-${scene.nonce}@${scene.domain}`
  const draft: Draft = {
    start: `${method} ${uri} SIP/2.0`,
    headers: [
      ['From', `<${from}>;tag=${party}${scene.nonce}`],
      ['To', `<${address}>`],
      ['Call-ID', registers ? `${party}-reg-${scene.nonce}` : `${party}-${number}-${scene.nonce}`],
      ['CSeq', `${number} ${method}`],
    ],
    body: '',
  }
  if (registers) draft.headers.push(['Contact', contactOf(party, 'udp', scene)], ['Expires', '3600'])
  return draft
}

/** CANCEL, and ACK of a failure: the INVITE's branch, and To of the response (RFC 3261 §9.1, §17.1.1.3). */
function draftHopRequest(method: string, invite: Message, final: Message | undefined): Draft {
  const to = method === 'ACK' ? final?.headerNamed('To') : invite.headerNamed('To')
  const via = invite.headersNamed('Via')[0]!
  const [start, end] = splitList(via, 0, via.length)[0]!
  return {
    start: `${method} ${invite.requestUri} SIP/2.0`,
    headers: [
      ['Via', via.slice(start, end)],
      ['Max-Forwards', '70'],
      ...invite.headersNamed('Route').map((value): HeaderLine => ['Route', value]),
      ['From', invite.headerNamed('From') ?? ''],
      ['To', to ?? ''],
      ['Call-ID', invite.callId ?? ''],
      ['CSeq', `${invite.headerNamed('CSeq')?.split(/\s+/)[0] ?? '1'} ${method}`],
    ],
    body: '',
  }
}

/** A request in the dialog that the party's last INVITE made, whoever sent it (RFC 3261 §12.2.1.1). */
function draftInDialog(method: string, memory: Memory, scene: Scene): Draft | undefined {
  const sent = last(memory.sent, ({ message }) => message.isRequest && message.method === 'INVITE')
  const received = last(memory.received, ({ message }) => message.isRequest && message.method === 'INVITE')
  const calling = sent !== undefined && (received === undefined || sent.at >= received.at)
  const invite = (calling ? sent : received)?.message
  if (invite === undefined) return undefined
  const answered = ({ message }: Heard): boolean =>
    message.status > 100 &&
    message.callId === invite.callId &&
    message.cseqMethod === 'INVITE' &&
    message.toTag !== undefined
  const answer = last(calling ? memory.received : memory.sent, answered)
  if (answer === undefined) return undefined
  const peer = calling ? answer.message : invite
  const routes = peer
    .headersNamed('Record-Route')
    .flatMap((line) => splitList(line, 0, line.length).map(([from, to]) => line.slice(from, to)))
  if (calling) routes.reverse()
  const contact = readPath({ ...answer, message: peer }, 'Contact.uri') ?? 'sip:nobody@invalid'
  const own = Number(invite.headerNamed('CSeq')?.split(/\s+/)[0] ?? '1')
  const number = method === 'ACK' ? own : calling ? own + ++memory.count : ++memory.count
  const [from, to] = calling
    ? [answer.message.headerNamed('From'), answer.message.headerNamed('To')]
    : [answer.message.headerNamed('To'), answer.message.headerNamed('From')]
  return {
    start: `${method} ${contact} SIP/2.0`,
    headers: [
      ...routes.map((value): HeaderLine => ['Route', value]),
      ['From', from ?? ''],
      ['To', to ?? ''],
      ['Call-ID', invite.callId ?? scene.nonce],
      ['CSeq', `${number} ${method}`],
    ],
    body: '',
  }
}

/** The response to a request (RFC 3261 §8.2.6.2, §12.1.1). */
export function draftResponse(
  what: string,
  request: Message,
  over: string,
  party: string,
  scene: Scene,
): Draft {
  const status = Number(what.slice(0, 3))
  const reason = what.length > 4 ? what.slice(4) : reasonPhrase(status)
  const copied = (name: string): HeaderLine[] => request.headersNamed(name).map((value) => [name, value])
  const to = request.headerNamed('To') ?? ''
  const tagged = status === 100 || request.toTag !== undefined ? to : `${to};tag=${party}${scene.nonce}`
  const dialog = status > 100 && status < 300
  return {
    start: `SIP/2.0 ${status} ${reason}`,
    headers: [
      ...copied('Via'),
      ...(dialog ? copied('Record-Route') : []),
      ...copied('From'),
      ['To', tagged],
      ...copied('Call-ID'),
      ...copied('CSeq'),
      ...(dialog && WITH_CONTACT.has(request.method)
        ? [['Contact', contactOf(party, over, scene)] as HeaderLine]
        : []),
    ],
    body: '',
  }
}

/** Carries out the changes that a case asks for, and writes the message with its Content-Length. */
export function write(draft: Draft, changes: readonly HeaderChange[]): Bytes {
  let { start, body } = draft
  let headers = [...draft.headers]
  const length = changes.some(({ name }) => /^(?:content-length|l)$/i.test(name))
  for (const { how, name, value } of changes) {
    const isIt = ([one]: HeaderLine): boolean => one.toLowerCase() === name.toLowerCase()
    if (how === 'start') start = value
    else if (how === 'body') body = value
    else if (how === 'pad') continue
    else if (how === 'add') headers.push([name, value])
    else if (how === 'remove') headers = headers.filter((line) => !isIt(line))
    else if (headers.some(isIt))
      headers = headers.flatMap((line, index) =>
        isIt(line) ? (headers.findIndex(isIt) === index ? [[name, value]] : []) : [line],
      )
    else headers.push([name, value])
  }
  if (!length) headers.push(['Content-Length', String(body.length)])
  const pad = changes.find(({ how }) => how === 'pad')
  if (pad !== undefined) headers.push([pad.name, padding(textOf(start, headers, body), pad)])
  return textOf(start, headers, body)
}

/** What brings the message to so many octets, as another header's value. */
function padding(text: Bytes, { name, value }: HeaderChange): string {
  const missing = Number(value) - text.length - `${name}: \r\n`.length
  if (missing < 1) throw new Error(`the message is longer than ${value} octets without padding`)
  return 'a'.repeat(missing)
}

function textOf(start: string, headers: readonly HeaderLine[], body: Bytes): Bytes {
  return `${[start, ...headers.map(([name, value]) => `${name}: ${value}`)].join('\r\n')}\r\n\r\n${body}`
}

export function last(list: readonly Heard[], is: (one: Heard) => boolean): Heard | undefined {
  return list.findLast(is)
}
