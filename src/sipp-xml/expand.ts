// Texts with keywords into octets, as SIPp writes them: what is absent takes its line end with it when it stands at the
// beginning of a line, [len] is five characters wide and counted at the end, [authentication] is made last, over the
// finished body.

import type { Bytes } from '../endpoint.js'
import { authorization } from './credentials.js'
import type { Call } from './call.js'
import { SIPP_VERSION } from './keywords.js'
import { cryptoText } from './crypto-text.js'
import { headerIn } from './received.js'
import { bracketed, lastHeader, lastTargetUri, stamp, tdmCircuit } from './keyword-values.js'
import { MESSAGE_LENGTH_MAX } from './sizes.js'
import { templateOf, type Keyword, type Template } from './template.js'
import { valueOf } from './scopes.js'
import { asNumber, shown } from './values.js'
import type { World } from './world.js'

/** An expanded text, or what stands in its way (SIPp would end there). */
export class Unexpandable {
  constructor(readonly reason: string) {}
}

interface Draft {
  text: string
  /** Nothing was written at the beginning of a line: blanks and line ends that follow are left out. */
  swallows: boolean
  lengthAt: number
  lengthOffset: number
  authAt: number
  authentication: Keyword | undefined
  failure: string | undefined
}

export interface ExpandAt {
  /** Index of the message in its scenario, for [branch] and [msg_index]; -1: an automatic message. */
  readonly index: number
  readonly method?: string | undefined
}

const NOWHERE: ExpandAt = { index: -1 }
const LENGTH_WIDTH = 5

/** Expands a text for a call. */
export function expand(
  template: Template,
  world: World,
  call: Call,
  at: ExpandAt = NOWHERE,
): Bytes | Unexpandable {
  if (template.plain !== undefined) return template.plain
  const draft: Draft = {
    ...{ text: '', swallows: false, lengthAt: -1, lengthOffset: 0, authAt: -1 },
    ...{ authentication: undefined, failure: undefined },
  }
  for (const part of template.parts) {
    if (typeof part === 'string') {
      draft.text += draft.swallows ? part.trimStart() : part
      draft.swallows = false
    } else add(draft, part, world, call, at)
    if (draft.text.length > MESSAGE_LENGTH_MAX) return new Unexpandable('the message is too long')
    if (draft.failure !== undefined) return new Unexpandable(draft.failure)
  }
  return finished(draft, world, call, at)
}

/** Expands a text that must be had: '' and a fatal mistake when it cannot. */
export function expandText(template: Template, world: World, call: Call): string {
  const text = expand(template, world, call)
  if (typeof text === 'string') return text
  world.fatal(text.reason)
  return ''
}

function add(draft: Draft, keyword: Keyword, world: World, call: Call, at: ExpandAt): void {
  const { kind } = keyword
  if (kind === 'len') {
    draft.lengthAt = draft.text.length
    draft.lengthOffset = keyword.offset
    draft.text += ' '.repeat(LENGTH_WIDTH)
    return
  }
  if (kind === 'authentication') return addAuthentication(draft, keyword)
  if (kind === 'field') return addField(draft, keyword, world, call)
  const value = valueOfKeyword(keyword, { world, call, at, draft })
  draft.text += value
  const mayVanish = kind === 'variable' || kind === 'last_header' || kind === 'routes'
  if (mayVanish && draft.text.endsWith('\n')) draft.swallows = true
}

function addAuthentication(draft: Draft, keyword: Keyword): void {
  if (draft.authentication !== undefined) draft.failure = 'Only one [authentication] keyword is supported'
  draft.authentication = keyword
  draft.authAt = draft.text.length
  draft.text += PLACEHOLDER
}

/** Keeps the line from being empty until the header is made. */
const PLACEHOLDER = '?'

const FIELD_TEMPLATES_MAX = 10_000
const fieldTemplates = new Map<string, Template>()

/** A field of the call's line; [authentication] in it works as if it stood in the message. */
function addField(draft: Draft, keyword: Keyword, world: World, call: Call): void {
  const file = world.injection.file(keyword.file)
  if (file === undefined) {
    draft.failure = `Invalid injection file: ${keyword.file || '(none given, use -inf)'}`
    return
  }
  const { line } = keyword.inner
  const number = line === undefined ? call.lines.get(file.name) : Number(expandText(line, world, call))
  const value = number === undefined || !Number.isInteger(number) ? '' : file.field(number, keyword.field)
  const from = value.indexOf('[authentication')
  const to = from < 0 ? -1 : value.indexOf(']', from)
  if (to < 0) draft.text += value
  else {
    draft.text += value.slice(0, from)
    const [part] = fieldTemplate(value.slice(from, to + 1)).parts
    if (part !== undefined && typeof part !== 'string') addAuthentication(draft, part)
    draft.text += value.slice(to + 1)
  }
  if (draft.text.endsWith('\n') && to < 0) draft.swallows = true
}

function fieldTemplate(text: string): Template {
  let template = fieldTemplates.get(text)
  if (template === undefined) {
    if (fieldTemplates.size >= FIELD_TEMPLATES_MAX) fieldTemplates.clear()
    template = templateOf(text, { slotOf: () => -1, complain: () => undefined, userKeyword: () => undefined })
    fieldTemplates.set(text, template)
  }
  return template
}

interface KeywordUse {
  readonly world: World
  readonly call: Call
  readonly at: ExpandAt
  readonly draft: Draft
}

type KeywordValue = (keyword: Keyword, use: KeywordUse) => string

function valueOfKeyword(keyword: Keyword, use: KeywordUse): string {
  return VALUES[keyword.kind]?.(keyword, use) ?? ''
}

const six = (address: string): string => (address.includes(':') ? '6' : '4')

/** The index that [branch] and [msg_index] show. */
function indexOf({ call, at }: KeywordUse): number {
  return at.index === -1 ? call.index - 1 : at.index
}

const mediaPort =
  (extra: number): KeywordValue =>
  ({ offset }, { world }) =>
    String(world.options.media.port + extra + offset)

const VALUES: Readonly<Record<string, KeywordValue>> = {
  remote_ip: (_, { world, call }) => bracketed((world.options.remote ?? call.peer)?.address ?? ''),
  remote_host: (_, { world }) => world.options.remote?.host ?? '',
  remote_port: ({ offset }, { world, call }) =>
    String(((world.options.remote ?? call.peer)?.port ?? 5060) + offset),
  transport: (_, { world }) => world.options.transport.toUpperCase(),
  local_ip: (_, { call }) => bracketed(call.local.address),
  local_ip_type: (_, { call }) => six(call.local.address),
  local_port: ({ offset }, { call }) => String(call.local.port + offset),
  server_ip: (_, { call }) => call.local.address,
  media_ip: (_, { world }) => world.options.media.address,
  media_ip_type: (_, { world }) => six(world.options.media.address),
  media_port: mediaPort(0),
  auto_media_port: ({ offset }, { world, call }) =>
    String(world.options.media.port + ((4 * (call.number - 1)) % 10_000) + offset),
  rtpstream_audio_port: mediaPort(0),
  rtpstream_video_port: mediaPort(2),
  call_number: (_, { call }) => String(call.number),
  dynamic_id: (_, { world }) => {
    const id = world.dynamicId
    const { start, max, step } = world.options.dynamic
    world.dynamicId = id + step > max ? start : id + step
    return String(id)
  },
  call_id: (_, { call }) => call.id,
  cseq: ({ offset }, { call }) => String(call.cseq + offset),
  pid: (_, { world }) => String(world.options.pid),
  service: (_, { world }) => world.options.service,
  branch: ({ offset }, use) => `z9hG4bK-${use.world.options.pid}-${use.call.number}-${indexOf(use) + offset}`,
  msg_index: (_, { at }) => String(at.index),
  next_url: (_, { call }) => call.routes?.nextUrl || lastTargetUri(call),
  peer_tag_param: (_, { call }) => (call.peerTag === undefined ? '' : `;tag=${call.peerTag}`),
  last_Request_URI: (_, { call }) => lastTargetUri(call),
  last_cseq_number: ({ offset }, { call }) => String((call.last?.cseq.number ?? 0) + offset),
  last_message: (_, { call }) => call.last?.text ?? '',
  last_header: ({ name }, { call }) => lastHeader(call, name),
  routes: (_, { call }) => (call.routes?.routes === undefined ? '' : `Route: ${call.routes.routes}`),
  tdmmap: (_, { world, call, draft }) => {
    const circuit = tdmCircuit(world.options.circuits, call.number)
    if (circuit === undefined) draft.failure = '[tdmmap] needs -tdmmap'
    return circuit ?? ''
  },
  clock_tick: (_, { world }) => String(Math.floor(world.now)),
  users: (_, { world }) => String(world.userCount),
  userid: (_, { call }) => String(call.user),
  timestamp: (_, { world }) => stamp(world.options.epochMs + world.now),
  date: (_, { world }) => new Date(world.options.epochMs + world.now).toUTCString(),
  sipp_version: () => SIPP_VERSION,
  variable: ({ slot }, { world, call }) => (slot < 0 ? '' : shown(valueOf(world, call, slot))),
  fill: ({ name, slot }, { world, call }) => {
    const length = Math.min(Math.max(0, Math.trunc(asNumber(valueOf(world, call, slot)))), MESSAGE_LENGTH_MAX)
    return name.repeat(Math.ceil(length / name.length)).slice(0, length)
  },
  file: ({ inner }, { world, call, draft }) => {
    const name = expandText(inner.name!, world, call)
    const text = world.options.files.get(name)
    if (text === undefined) draft.failure = `Could not open '${name}'`
    return text ?? ''
  },
  user: ({ name }, { world, draft }) => {
    const value = world.options.keys.get(name)
    if (value === undefined) draft.failure = `Unsupported keyword '${name}' in xml scenario file`
    return value ?? ''
  },
  srtp: ({ name }, { world }) => cryptoText(name, world.options.random),
}

function finished(draft: Draft, world: World, call: Call, at: ExpandAt): Bytes | Unexpandable {
  const { lengthAt, lengthOffset, authAt, authentication } = draft
  let { text } = draft
  if (lengthAt < 0 && authentication === undefined) return text
  const blank = text.indexOf('\r\n\r\n')
  const body = blank < 0 ? '' : text.slice(blank + 4)
  if (lengthAt >= 0) {
    const length = body.length > 0 ? body.length + lengthOffset : 0
    text =
      text.slice(0, lengthAt) + String(length).padStart(LENGTH_WIDTH) + text.slice(lengthAt + LENGTH_WIDTH)
  }
  if (authentication === undefined) return text
  if (blank >= 0 && authAt > blank)
    return new Unexpandable('[authentication] belongs into the headers, not the body')
  const header = authenticationHeader(authentication, { world, call, method: at.method ?? '', body })
  return typeof header === 'string'
    ? text.slice(0, authAt) + header + text.slice(authAt + PLACEHOLDER.length)
    : header
}

interface AuthenticationUse {
  readonly world: World
  readonly call: Call
  readonly method: string
  readonly body: string
}

function authenticationHeader({ inner }: Keyword, use: AuthenticationUse): string | Unexpandable {
  const { world, call, method, body } = use
  const { challenge } = call
  if (challenge === undefined)
    return new Unexpandable('Authentication keyword without dialog_authentication!')
  if (inner.aka_K !== undefined) return new Unexpandable('AKA authentication is not offered')
  const { credentials, remote } = world.options
  const target = remote ?? call.peer
  const username =
    inner.username === undefined ? credentials.username : expandText(inner.username, world, call)
  const password =
    inner.password === undefined ? credentials.password : expandText(inner.password, world, call)
  const uri = `sip:${credentials.uri ?? `${target?.address ?? ''}:${target?.port ?? ''}`}`
  const question = { challenge: challenge.text, code: challenge.code, username, password, method, uri, body }
  const answer = authorization({ ...question, count: challenge.count++ }, world.options.random)
  return answer instanceof Error ? new Unexpandable(answer.message) : answer
}

/** A header of a text about to be sent, for those who need one. */
export function sentHeader(text: Bytes, name: string): string {
  const end = text.indexOf('\r\n\r\n')
  return headerIn(end < 0 ? text : text.slice(0, end), name)
}
