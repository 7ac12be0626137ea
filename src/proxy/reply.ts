// Replies that we make ourselves, in SER's field order (the SER core; RFC 3261 §8.2.6).

import { createHash } from 'node:crypto'
import type { Address, Bytes } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { applyEdits, type Edit } from '../sip/edit.js'
import { Header } from '../sip/names.js'
import type { Context, QueuedBranch } from './context.js'
import { editReceived, isStream, SIP_PORT } from './outgoing.js'
import { isIp } from './resolve.js'

/** Warning is left out when it would be longer (SER). */
const WARNING_LENGTH_MAX = 256
/** The Contact line of a redirect is left out when it would be longer (SER). */
const REDIRECT_CONTACT_LENGTH_MAX = 512
/** With q and expires a contact takes more. */
const REDIRECT_PARAMETERS_LENGTH_MAX = 4096

/** Who made the reply: the separator of its To tag ("." for sl, "-" for tm) and its own half of the tag. */
export interface TagMaker {
  readonly prefix: string
  readonly separator: '.' | '-'
}

/** A tag maker of one engine: `role` keeps the tags of sl and tm apart. */
export function tagMaker(role: string, serverId: string, separator: '.' | '-'): TagMaker {
  return { prefix: createHash('md5').update(`${role} ${serverId}`).digest('hex'), separator }
}

/** The To tag that this maker gives the request: the same for the same request (RFC 3261 §8.2.7). */
export function toTagFor(context: Context, maker: TagMaker): string {
  const via = context.message.topVia()
  const key = via && !(via instanceof Malformed) ? `${via.host}:${via.port ?? ''};${via.branch ?? ''}` : ''
  const source = key.endsWith(';') ? key + (context.message.callId ?? '') : key
  return `${maker.prefix}${maker.separator}${crc16(source).toString(16).padStart(4, '0')}`
}

function crc16(text: string): number {
  let crc = 0xffff
  for (let i = 0; i < text.length; i++) {
    crc ^= text.charCodeAt(i) << 8
    for (let bit = 0; bit < 8; bit++)
      crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
  }
  return crc
}

/** The whole reply. `toTag` is put in unless To has one; pass undefined for a 100. */
export function localReply(
  context: Context,
  status: number,
  reason: string,
  toTag: string | undefined,
): Bytes {
  const { message, engine } = context
  let text = `SIP/2.0 ${status} ${reason}\r\n`
  for (let index = 0; index < message.headerCount; index++) {
    const id = message.headerIdOf(index)
    if (id === Header.VIA) text += viaLine(context, index)
    else if (id === Header.TO) text += toLine(context, index, toTag)
    else if (id === Header.FROM || id === Header.CALL_ID || id === Header.CSEQ) text += line(context, index)
    else if (id === Header.RECORD_ROUTE && status >= 180 && status < 300) text += recordRoute(context, index)
  }
  if (status === 100 && engine.rules.tryingTimestamp) text += timestamp(context)
  for (const header of context.replyHeaders) text += header
  if (status >= 300 && status < 400) text += redirectContact(context)
  if (engine.settings.serverSignature) text += `Server: ${engine.settings.signature}\r\n`
  text += 'Content-Length: 0\r\n'
  if (engine.settings.sipWarning) text += warning(context)
  return text + '\r\n'
}

function line(context: Context, index: number): string {
  const { message } = context
  const text = message.text.slice(message.lineStart(index), message.lineEnd(index))
  return text.endsWith('\n') ? text : text + '\r\n'
}

/** A REGISTER makes no dialog, so that nothing is recorded (RFC 3261 §10.3). */
function recordRoute(context: Context, index: number): string {
  const isNone = context.message.method === 'REGISTER' && context.engine.rules.recordRouteReplies === 'dialog'
  return isNone ? '' : line(context, index)
}

function timestamp(context: Context): string {
  const index = context.message.find(Header.TIMESTAMP)
  return index < 0 ? '' : line(context, index)
}

/** The topmost Via gets received and rport as when forwarding; the line's end is ours (SER). */
function viaLine(context: Context, index: number): string {
  const { message } = context
  const edits: Edit[] = []
  const top = message.topVia()
  if (index === message.find(Header.VIA) && top !== undefined && !(top instanceof Malformed))
    editReceived(context, top, edits, top.end)
  const text = message.text.slice(0, message.valueEnd(index))
  return `${applyEdits(text, edits, message.lineStart(index))}\r\n`
}

function toLine(context: Context, index: number, toTag: string | undefined): string {
  const { message } = context
  if (toTag === undefined || message.toTag !== undefined) return line(context, index)
  const end = message.valueEnd(index)
  return `${message.text.slice(message.lineStart(index), end)};tag=${toTag}${message.text.slice(end, message.lineEnd(index))}`
}

/** Contact of a 3xx: the override (if any) and the queued branches (the recorded SER 0.9.7). */
function redirectContact(context: Context): string {
  const { redirectBrackets, redirectParameters } = context.engine.rules
  const first = redirectParameters ? context.registered : undefined
  const set: readonly QueuedBranch[] = [
    ...(context.newUri === undefined ? [] : [{ ...first, uri: context.newUri }]),
    ...context.branches,
  ]
  if (set.length === 0) return ''
  const values = set.map(({ uri, q, expires }) => {
    const left = expires === undefined || !redirectParameters ? '' : `;expires=${expires}`
    if (q === undefined) return redirectBrackets ? `<${uri}>${left}` : uri
    return `<${uri}>;q=${q}${left}`
  })
  const text = `Contact: ${values.join(', ')}\r\n`
  const limit = redirectParameters ? REDIRECT_PARAMETERS_LENGTH_MAX : REDIRECT_CONTACT_LENGTH_MAX
  return text.length > limit ? '' : text
}

function warning(context: Context): string {
  const { message, packet, engine } = context
  // SER counts none when it answers from the stored copy of a request.
  let vias = 0
  for (
    let at = message.find(Header.VIA);
    at >= 0 && context.kind === 'request';
    at = message.find(Header.VIA, at + 1)
  )
    vias++
  const text =
    `Warning: 392 ${packet.local.address}:${packet.local.port} "Noisy feedback tells:  pid=${engine.settings.pid} ` +
    `req_src_ip=${packet.remote.address} req_src_port=${packet.remote.port} in_uri=${message.requestUri} ` +
    `out_uri=${context.uri} via_cnt==${vias}"\r\n`
  return text.length > WARNING_LENGTH_MAX + 2 ? '' : text
}

/** Where a local reply goes: the packet's source, the port by rport or Via (RFC 3261 §18.2.2; the SER core). */
export function replyTarget(context: Context): Address {
  const { packet, message, forceRport } = context
  if (isStream(packet.transport)) return packet.remote
  const via = message.topVia()
  if (via === undefined || via instanceof Malformed) return packet.remote
  if (via.maddr !== undefined && context.engine.rules.viaMaddr && isIp(via.maddr))
    return { address: via.maddr, port: via.port ?? SIP_PORT }
  if (via.rport !== undefined || forceRport) return packet.remote
  return { address: packet.remote.address, port: via.port ?? SIP_PORT }
}
