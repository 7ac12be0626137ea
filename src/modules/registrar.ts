// SER module registrar: save() and lookup() (SER's modules; RFC 3261 §10.3).

import { Malformed } from '../errors.js'
import type { Context } from '../proxy/context.js'
import type { ModuleRecord, Parameters } from '../proxy/module.js'
import type { Result, RouteKind } from '../script/contract.js'
import { parseUri, unescape, type Uri } from '../sip/uri.js'
import { answer, unsupported } from './registrar/answer.js'
import { contactLine } from './registrar/contacts.js'
import { target } from './registrar/lookup.js'
import { pathOf, supports, wantsFlows } from './registrar/path.js'
import { Refusal } from './registrar/refusal.js'
import { saveContacts } from './registrar/save.js'
import { TABLE, usrloc, type Draft, type Table } from './usrloc.js'

const REQUEST: readonly RouteKind[] = ['request']
const REQUEST_FAILURE: readonly RouteKind[] = ['request', 'failure']
/** Longest address of record (SER). */
const AOR_LENGTH_MAX = 256
/** Requests of one address of record that wait for the database. */
const HELD_MAX = 100

export class Registrar {
  constructor(readonly params: Parameters) {}
}

/** The address of record a URI names; a Refusal when it names none. */
export function aorOf(context: Context, uri: Uri): string | Refusal {
  const { params } = context.engine.use(registrar)
  const user = unescape(uri.user ?? '')
  const domain = withoutPrefix(uri.host.toLowerCase(), String(params.realm_prefix).toLowerCase())
  const aor = params.use_domain === 1 ? `${user}@${domain}` : user
  if (aor.length > AOR_LENGTH_MAX) return new Refusal(500, 'Address Of Record too long')
  if (params.case_sensitive !== 1) return aor.toLowerCase()
  return params.use_domain === 1 ? `${user}@${domain}` : user
}

/** "sip.example.com" registers the users of "example.com" where the prefix is "sip.". */
function withoutPrefix(domain: string, prefix: string): string {
  return prefix !== '' && domain.startsWith(prefix) ? domain.slice(prefix.length) : domain
}

function tableOf(context: Context, name: string): Table {
  return context.engine.use(usrloc).table(name)
}

/** save(): 1 when answered 200, 0 when refused (an error reply was sent), -1 when nothing could be sent. */
function save(context: Context, name: string, replies: boolean): Result {
  const { engine } = context
  const { params } = engine.use(registrar)
  const aor = unsupported(context, params) ?? savedAor(context)
  if (aor instanceof Refusal) return refuse(context, aor, replies)
  const table = tableOf(context, name)
  const origin = originOf(context)
  // Repeated while its first copy waits for the database: that one's answer will do.
  const held = table.held(aor)
  if (held.some((draft) => draft.origin === origin)) return 0
  if (held.length >= HELD_MAX) {
    const full = new Refusal(503, 'Too many requests wait for the database', undefined, 'Service Unavailable')
    return refuse(context, full, replies)
  }
  const draft = table.draft(aor, origin)
  const refusal = saveContacts(context, params, draft)
  if (refusal !== undefined) return refuse(context, refusal, replies)
  return engine.use(usrloc).commit(draft, (isDone) => {
    if (!isDone) return refuse(context, new Refusal(500, 'usrloc_contact_update failed'), replies)
    if (!replies) return 1
    const line = contactLine(table.usable(aor, engine.now), engine.now, String(params.received_param))
    if (line !== '') context.replyHeaders.push(line)
    context.replyHeaders.push(...wayLines(context, params, draft))
    return answer(context, 200, 'OK')
  })
}

/** What the 200 says of the way to the phone (RFC 3327 §5.3, RFC 5626 §6). */
function wayLines(context: Context, params: Parameters, { changes }: Draft): string[] {
  const lines: string[] = []
  const path = pathOf(context, params)
  if (path !== '' && !(path instanceof Refusal) && supports(context.message, 'path'))
    lines.push(`Path: ${path}\r\n`)
  const isFlow = changes.some((change) => change.kind === 'put' && change.contact.flow !== undefined)
  if (!isFlow || !wantsFlows(context, params)) return lines
  lines.push('Require: outbound\r\n')
  if (Number(params.flow_timer) > 0) lines.push(`Flow-Timer: ${params.flow_timer}\r\n`)
  return lines
}

function savedAor(context: Context): string | Refusal {
  const to = context.message.to()
  const uri = to === undefined || to instanceof Malformed ? undefined : parseUri(to.uri)
  if (uri === undefined || uri instanceof Malformed) return new Refusal(400, 'Error while parsing AOR')
  return aorOf(context, uri)
}

/** What a copy of the request has in common with it. */
function originOf({ message }: Context): string {
  const cseq = message.cseq()
  return cseq === undefined || cseq instanceof Malformed ? '' : `${cseq.number} ${message.callId ?? ''}`
}

function refuse(context: Context, { header, text, status, reason }: Refusal, replies: boolean): Result {
  if (!replies) return 0
  if (header !== undefined) context.replyHeaders.push(header)
  context.replyHeaders.push(`P-Registrar-Error: ${text}\r\n`)
  answer(context, status, reason)
  return 0
}

/** lookup(): the best usable contact becomes the Request-URI, the others are queued. */
function lookup(context: Context, name: string): Result {
  const uri = context.parsedUri()
  const aor = uri instanceof Malformed ? undefined : aorOf(context, uri)
  if (aor === undefined || aor instanceof Refusal) return -1
  const table = tableOf(context, name)
  const contacts = table.bindings(aor)
  if (contacts.length === 0) return -3
  return target(context, contacts, context.engine.use(registrar).params)
}

function registered(context: Context, name: string): Result {
  const uri = context.parsedUri()
  const aor = uri instanceof Malformed ? undefined : aorOf(context, uri)
  if (aor === undefined || aor instanceof Refusal) return -1
  return tableOf(context, name).bindings(aor).length > 0 ? 1 : -1
}

export const registrar: ModuleRecord<Registrar> = {
  name: 'registrar',
  file: 'registrar',
  about: 'registrations: save() and lookup()',
  needs: ['sl', 'usrloc'],
  params: {
    default_expires: {
      kind: 'integer',
      initial: 3600,
      about: 'seconds, when neither contact nor Expires says',
    },
    default_q: { kind: 'integer', initial: 0, about: 'q * 1000 of contacts without one (0: none)' },
    append_branches: { kind: 'integer', initial: 1, about: 'lookup queues the other contacts' },
    use_domain: { kind: 'integer', initial: 0, about: 'addresses of record are user@domain' },
    case_sensitive: { kind: 'integer', initial: 0, about: 'user names keep their case' },
    desc_time_order: {
      kind: 'integer',
      initial: 0,
      about: "move updated contacts to the top (usrloc's desc_time_order)",
    },
    nat_flag: { kind: 'integer', initial: 4, about: 'message flag of contacts behind a NAT' },
    min_expires: { kind: 'integer', initial: 60, about: 'shortest registration in seconds (0: any)' },
    max_expires: { kind: 'integer', initial: 0, about: 'longest registration in seconds (0: any)' },
    max_contacts: { kind: 'integer', initial: 0, about: 'bindings an address of record may have (0: any)' },
    retry_after: { kind: 'integer', initial: 0, about: 'Retry-After of 5xx refusals in seconds (0: none)' },
    received_param: {
      kind: 'string',
      initial: 'received',
      about: 'contact parameter with the source of the request',
    },
    use_path: { kind: 'integer', initial: 0, about: 'Path is kept, and followed by lookup (RFC 3327)' },
    outbound_mode: {
      kind: 'integer',
      initial: 0,
      about: 'flows of a phone are told apart (RFC 5626; needs use_path)',
    },
    flow_timer: {
      kind: 'integer',
      initial: 0,
      about: 'seconds between pings of a flow, as the 200 says (0: nothing)',
    },
    received_avp: {
      kind: 'integer',
      initial: 42,
      about: 'no effect: there are no AVPs; received_param carries the source',
    },
    realm_prefix: { kind: 'string', initial: '', about: 'cut off the front of domains, with use_domain' },
  },
  start: (_engine, params) => new Registrar(params),
  functions: {
    save: {
      args: [TABLE],
      routes: REQUEST,
      about: 'saves the contacts of a REGISTER and answers it',
      call: (context: Context, table: string) => save(context, table, true),
    },
    save_noreply: {
      args: [TABLE],
      routes: REQUEST,
      about: 'saves the contacts of a REGISTER without an answer',
      call: (context: Context, table: string) => save(context, table, false),
    },
    lookup: {
      args: [TABLE],
      routes: REQUEST_FAILURE,
      about: 'replaces the Request-URI by the registered contacts',
      call: lookup,
    },
    registered: {
      args: [TABLE],
      routes: REQUEST_FAILURE,
      about: 'is the Request-URI registered? (nothing is rewritten)',
      call: registered,
    },
  },
}
