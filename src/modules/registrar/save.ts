// What a REGISTER does to the bindings (RFC 3261 §10.3-6, -7; SER's modules). All or nothing: the request is read
// whole before the first binding changes.

import { Malformed } from '../../errors.js'
import type { Context } from '../../proxy/context.js'
import type { Parameters } from '../../proxy/module.js'
import { sameUri } from '../../sip/compare.js'
import { Header } from '../../sip/names.js'
import { parseNameAddr, unquote, type NameAddr } from '../../sip/name-addr.js'
import { parseUri } from '../../sip/uri.js'
import {
  CONTACT_NATED,
  CONTACTS_MAX,
  detach,
  isSameBinding,
  usrloc,
  type Contact,
  type Draft,
  type Flow,
} from '../usrloc.js'
import { parseQ } from './contacts.js'
import { flowOf, pathOf, wantsFlows } from './path.js'
import { Refusal } from './refusal.js'

interface Wanted {
  readonly uri: string
  readonly q: number | undefined
  /** Seconds from now; 0 removes. */
  readonly expires: number
  readonly received: string | undefined
  readonly display: string
  readonly params: string
  /** '' for none. */
  readonly path: string
  readonly flow: Flow | undefined
}

/** Expires of a contact that cannot be read (SER). */
const BAD_EXPIRES = 3600
/** What may stand in quotes and brackets as it is. */
const RECEIVED = /^[!#-;=?-[\]-~]{1,255}$/
const EXPIRES_MAX = 2 ** 31 - 1
/** Beyond this an expiry is no number of the grammar, and counts as one that cannot be read (RFC 3261 §20.10, §20.19). */
const EXPIRES_DIGITS_MAX = 2 ** 32 - 1
/** Longer ones are no phone's. */
const CONTACT_LENGTH_MAX = 2048
const CALL_ID_LENGTH_MAX = 255
/** Name and parameters that come back; longer ones do not. */
const REST_LENGTH_MAX = 1024
const USER_AGENT_LENGTH_MAX = 255

/** Changes the draft of an AOR's bindings as the REGISTER says; a Refusal when it must not. */
export function saveContacts(context: Context, params: Parameters, draft: Draft): Refusal | undefined {
  const { message } = context
  const cseq = message.cseq()
  if (message.callId === undefined) return new Refusal(400, 'Call-ID header not found')
  if (cseq === undefined) return new Refusal(400, 'CSeq header not found')
  if (cseq instanceof Malformed) return new Refusal(400, 'Invalid CSeq number')
  if (message.callId.length > CALL_ID_LENGTH_MAX) return new Refusal(400, 'Call-ID too long')
  const values = message.valuesOf(Header.CONTACT)
  const expires = expiresHeader(context)
  if (values.includes('*')) return removeAll(context, draft, values, expires)
  const wanted = readContacts(context, values, expires, params)
  if (wanted instanceof Refusal) return wanted
  const brief = tooBrief(context, wanted, params)
  if (brief !== undefined) return brief
  const update = { callId: message.callId, cseq: cseq.number }
  const stale =
    context.engine.rules.registrarOrder &&
    wanted.some((contact) => isStale(find(context, draft, contact), update))
  if (stale) return new Refusal(500, 'CSeq out of order', undefined, 'Server Internal Error')
  const full = tooMany(context, draft, wanted, params)
  if (full !== undefined) return full
  for (const contact of wanted) apply(context, draft, raise(contact, params), update, params)
  return undefined
}

function expiresHeader({ message }: Context): number | undefined {
  const value = message.header(Header.EXPIRES)
  if (value === undefined) return undefined
  return seconds(value)
}

/** `Contact: *` (RFC 3261 §10.2.2): alone, with Expires: 0. */
function removeAll(
  context: Context,
  draft: Draft,
  values: readonly string[],
  expires: number | undefined,
): Refusal | undefined {
  if (expires !== 0) return new Refusal(400, '* used in contact and expires is not zero')
  if (values.length > 1) return new Refusal(400, '* used in contact and more than 1 contact')
  const cseq = context.message.cseq()
  const update = {
    callId: context.message.callId ?? '',
    cseq: cseq && !(cseq instanceof Malformed) ? cseq.number : 0,
  }
  if (context.engine.rules.registrarOrder && draft.contacts.some((contact) => isStale(contact, update)))
    return new Refusal(500, 'CSeq out of order')
  draft.removeAll()
  return undefined
}

function readContacts(
  context: Context,
  values: readonly string[],
  expires: number | undefined,
  params: Parameters,
): Wanted[] | Refusal {
  const wanted: Wanted[] = []
  const path = pathOf(context, params)
  if (path instanceof Refusal) return path
  for (const value of values) {
    const contact = parseNameAddr(value, 0, value.length)
    if (contact instanceof Malformed || !/^[A-Za-z][A-Za-z0-9+.-]*:\S+$/.test(contact.uri))
      return new Refusal(400, 'Contact parse error')
    const q = contact.params.get('q')
    const thousandths = q === undefined ? defaultQ(params) : parseQ(q)
    if (q !== undefined && thousandths === undefined) return new Refusal(400, 'Invalid q param in contact')
    const uri = (wanted.length === 0 ? context.contact : undefined) ?? contact.uri
    if (uri.length > CONTACT_LENGTH_MAX) return new Refusal(400, 'Contact too long')
    const received = context.received ?? receivedParam(contact, params)
    const flow = flowOf(context, contact, params)
    if (flow instanceof Refusal) return flow
    if (flow !== undefined && wanted.some((other) => other.flow !== undefined))
      return new Refusal(400, 'More than one reg-id')
    const rest = { ...restOf(context, contact, params), path, flow }
    wanted.push({ uri, q: thousandths, expires: contactExpires(contact, expires, params), received, ...rest })
  }
  return wanted
}

/** Where another proxy says that the phone is really reached (add_rcv_param). */
function receivedParam(contact: NameAddr, params: Parameters): string | undefined {
  const text = contact.params.get(String(params.received_param).toLowerCase())
  const uri = text === undefined ? undefined : parseUri(unquote(text))
  return uri === undefined || uri instanceof Malformed || !RECEIVED.test(uri.text) ? undefined : uri.text
}

/** What comes back as it was, though it means nothing here: the name and further parameters. */
function restOf(context: Context, contact: NameAddr, params: Parameters): Pick<Wanted, 'display' | 'params'> {
  const isKept = context.engine.rules.contactParameters === 'all' || wantsFlows(context, params)
  if (!isKept) return { display: '', params: '' }
  const known = ['q', 'expires', String(params.received_param).toLowerCase()]
  let rest = ''
  for (const [name, value] of contact.params)
    if (!known.includes(name)) rest += value === '' ? `;${name}` : `;${name}=${value}`
  return contact.display.length + rest.length > REST_LENGTH_MAX
    ? { display: '', params: '' }
    : { display: contact.display, params: rest }
}

function defaultQ(params: Parameters): number | undefined {
  const q = Number(params.default_q)
  return q > 0 ? q : undefined
}

function contactExpires(contact: NameAddr, header: number | undefined, params: Parameters): number {
  const param = contact.params.get('expires')
  if (param === undefined) return header ?? Number(params.default_expires)
  return seconds(param)
}

function seconds(text: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : Infinity
  return number > EXPIRES_DIGITS_MAX ? BAD_EXPIRES : Math.min(number, EXPIRES_MAX)
}

/** RFC 3261 §10.3-7: 423 with Min-Expires (profile rfc3261; SER raises the value). */
function tooBrief(context: Context, wanted: readonly Wanted[], params: Parameters): Refusal | undefined {
  if (context.engine.rules.registrarTooBrief !== 'refuse') return undefined
  const least = Number(params.min_expires)
  if (!wanted.some(({ expires }) => expires > 0 && expires < least)) return undefined
  return new Refusal(423, 'Expires too brief', `Min-Expires: ${least}\r\n`, 'Interval Too Brief')
}

function raise(contact: Wanted, params: Parameters): Wanted {
  if (contact.expires === 0) return contact
  const most = Number(params.max_expires)
  const raised = Math.max(contact.expires, Number(params.min_expires))
  return { ...contact, expires: most > 0 ? Math.min(raised, most) : raised }
}

function tooMany(
  context: Context,
  draft: Draft,
  wanted: readonly Wanted[],
  params: Parameters,
): Refusal | undefined {
  const limit = Number(params.max_contacts) || CONTACTS_MAX
  const added = wanted.filter(
    (contact) => contact.expires > 0 && find(context, draft, contact) === undefined,
  ).length
  const isFull = draft.usable(context.now).length + added > limit
  if (added === 0 || (!isFull && context.engine.use(usrloc).hasRoom(draft.table, added))) return undefined
  const retry = Number(params.retry_after)
  const header = retry > 0 ? `Retry-After: ${retry}\r\n` : undefined
  const text = isFull ? 'Too many registered contacts' : 'Location table is full'
  return new Refusal(503, text, header, 'Service Unavailable')
}

/** The binding of this contact: by its flow, its text (SER), or as the same URI (RFC 3261 §19.1.4). */
function find(context: Context, draft: Draft, { uri, flow }: Wanted): Contact | undefined {
  const byText = draft.contacts.find((contact) => isSameBinding(contact, { uri, flow }))
  const isByText = flow !== undefined || context.engine.rules.contactComparison === 'text'
  if (byText !== undefined || isByText) return byText
  const wanted = parseUri(uri)
  if (wanted instanceof Malformed) return undefined
  return draft.contacts.find((contact) => {
    if (contact.flow !== undefined) return false
    const known = parseUri(contact.uri)
    return !(known instanceof Malformed) && sameUri(known, wanted)
  })
}

interface Update {
  readonly callId: string
  readonly cseq: number
}

function isStale(contact: Contact | undefined, { callId, cseq }: Update): boolean {
  return contact !== undefined && contact.callId === callId && cseq <= contact.cseq
}

function apply(context: Context, draft: Draft, wanted: Wanted, update: Update, params: Parameters): void {
  const known = find(context, draft, wanted)
  if (wanted.expires === 0) {
    if (known !== undefined) draft.remove(known)
    return
  }
  const flags = context.hasFlag(Number(params.nat_flag)) ? CONTACT_NATED : 0
  const expiresAt = context.now + wanted.expires * 1000
  const received = wanted.received && detach(wanted.received)
  const fresh = {
    ...{ expiresAt, q: wanted.q, callId: detach(update.callId), cseq: update.cseq, flags, received },
    ...{ display: detach(wanted.display), params: detach(wanted.params) },
    ...{ path: wanted.path === '' ? undefined : detach(wanted.path), flow: wanted.flow },
  }
  // As the same URI in other words it takes the place of the old one.
  if (known !== undefined && known.uri !== wanted.uri) draft.remove(known)
  if (known?.uri !== wanted.uri) {
    const userAgent = detach(context.message.header(Header.USER_AGENT)?.slice(0, USER_AGENT_LENGTH_MAX) ?? '')
    draft.insert({ uri: detach(wanted.uri), ...fresh, userAgent })
    return
  }
  Object.assign(known, fresh)
  draft.touched(known)
}
