// The acts of a captured story in the words of the steps.

import type { Act } from '../pcap/call-story.js'
import type { CastPhone } from '../pcap/cast.js'
import { hasCredentials, type Story } from '../pcap/story.js'
import type { Message } from '../sip/message.js'
import { contactTable, statusText, tableText, type Step } from './capture-tables.js'
import { LIMIT_MS } from './lab.js'

export interface Telling {
  readonly story: Story
  /** The phone rings and answers only as the steps say. */
  readonly isManual: (phone: CastPhone) => boolean
  /** A Given says already what the phone does with every call. */
  readonly given: (phone: CastPhone) => boolean
}

const when = (text: string, below?: readonly string[]): Step => ({
  keyword: 'When',
  text,
  ...(below && { below }),
})
const then = (text: string, below?: readonly string[]): Step => ({
  keyword: 'Then',
  text,
  ...(below && { below }),
})

/** The steps that an act takes; none for what phones do of themselves. */
export function actSteps(act: Act, telling: Telling): Step[] {
  const { name } = act.phone
  switch (act.kind) {
    case 'registration':
      return registration(act)
    case 'call':
      return [when(...callStep(act.phone, act.target, act.message, telling))]
    case 'called':
    case 'silent':
      return []
    case 'progress':
      return progress(act, telling)
    case 'answer':
      return [when(`${name} answers`)]
    case 'reject':
      return rejection(act, telling)
    case 'cancel':
      return [when(`${name} cancels the call`)]
    case 'stopped':
      return telling.given(act.phone) ? [] : [then(`${name} stops ringing`)]
    case 'established':
      return [then(`the call between ${name} and ${act.other.name} is established`)]
    case 'failed':
      return failure(act)
    case 'hangup':
      return [when(`${name} hangs up`)]
    case 'ended':
      return [then(`the call between ${name} and ${act.other.name} has ended`)]
    case 'reinvite':
      return reinvite(act, telling)
    case 'request':
      return [request(act, telling)]
    case 'receives':
      return [
        then(`${within(act.afterMs)}${name} receives ${/^[AEIOU8]/.test(act.text) ? 'an' : 'a'} ${act.text}`),
      ]
    case 'forked':
      return [fork(act)]
  }
}

type Of<Kind extends Act['kind']> = Extract<Act, { kind: Kind }>

function registration({
  phone: { name },
  request,
  isOdd,
  form,
  status,
  reason,
  expiresS,
  realm,
}: Of<'registration'>): Step[] {
  if (isOdd) return [raw(name, request), then(`${name} receives a ${status} to REGISTER`)]
  const time = expiresS === undefined || expiresS === 3600 ? '' : ` for ${expiresS} s`
  const deed = {
    register: `registers${time}`,
    unregister: 'unregisters',
    removeAll: 'removes all its contacts',
    query: 'queries its bindings',
  }
  const steps = [when(`${name} ${deed[form]}`)]
  if (realm !== undefined) steps.push(then(`${name} is challenged with ${status} for the realm "${realm}"`))
  else if (status >= 300)
    steps.push(then(`the registration of ${name} is refused with ${statusText(status, reason)}`))
  else if (form === 'register') steps.push(then(`the registration of ${name} is accepted`))
  else steps.push(then(`${name} receives a ${status} to REGISTER`))
  return steps
}

function callStep(
  phone: CastPhone,
  target: string,
  message: Message,
  { story }: Telling,
): [string, string[]?] {
  const called = story.phones.find(({ aor }) => aor !== '' && aor === target)?.name ?? target
  const headers = furtherHeaders(message)
  return headers.length > 0
    ? [`${phone.name} calls ${called} with the headers:`, tableText(headers)]
    : [`${phone.name} calls ${called}`]
}

/** What phones put into their requests of themselves, and what only one hop says. */
const USUAL = new Set([
  ...[
    'via',
    'v',
    'from',
    'f',
    'to',
    't',
    'call-id',
    'i',
    'cseq',
    'contact',
    'm',
    'max-forwards',
    'route',
    'record-route',
  ],
  ...[
    'content-type',
    'c',
    'content-length',
    'l',
    'user-agent',
    'allow',
    'supported',
    'k',
    'accept',
    'date',
    'timestamp',
  ],
  ...[
    'authorization',
    'proxy-authorization',
    'expires',
    'allow-events',
    'u',
    'accept-encoding',
    'accept-language',
    'organization',
  ],
])

const USUAL_MAX_FORWARDS = '70'

function furtherHeaders(message: Message): string[][] {
  const rows: string[][] = []
  for (let index = 0; index < message.headerCount; index++) {
    const name = message.nameOf(index)
    const isOdd = name.toLowerCase() === 'max-forwards' && message.valueOf(index) !== USUAL_MAX_FORWARDS
    if (isOdd || !USUAL.has(name.toLowerCase())) rows.push([name, message.valueOf(index)])
  }
  return rows
}

function progress({ phone, status }: Of<'progress'>, { isManual, given }: Telling): Step[] {
  if (given(phone)) return []
  if (!isManual(phone)) return [then(`${phone.name} rings`)]
  return [when(status === 180 ? `${phone.name} starts ringing` : `${phone.name} sends ${status}`)]
}

function rejection(
  { phone: { name }, phone, status, reason, contacts }: Of<'reject'>,
  { given }: Telling,
): Step[] {
  if (given(phone)) return []
  if (contacts.length > 0)
    return [when(`${name} redirects the call with ${status} to:`, contactTable(contacts))]
  return [when(`${name} rejects the call with ${statusText(status, reason)}`)]
}

function failure({ phone: { name }, status, reason, contacts, afterMs }: Of<'failed'>): Step[] {
  if (contacts.length > 0) return [then(`${name} is redirected with ${status} to:`, contactTable(contacts))]
  return [then(`${within(afterMs)}the call of ${name} fails with ${statusText(status, reason)}`)]
}

/** Said only when a Then would give up before. */
function within(afterMs: number): string {
  return afterMs < LIMIT_MS - 2000 ? '' : `within ${Math.ceil(afterMs / 10_000) * 10 + 10} s, `
}

function reinvite({ phone, body, direction }: Of<'reinvite'>, { story }: Telling): Step[] {
  const before = story.acts.filter((act) => act.kind === 'reinvite' && act.phone === phone)
  const held = before.some((act) => act.kind === 'reinvite' && act.direction !== 'sendrecv')
  if (direction === 'sendonly' || direction === 'inactive')
    return [when(`${phone.name} puts the call on hold`)]
  if (held) return [when(`${phone.name} resumes the call`)]
  if (body === '') return [when(`${phone.name} sends the INVITE within the call`)]
  return [
    when(`${phone.name} sends a re-INVITE with the offer:`, ['"""', ...body.trimEnd().split(/\r?\n/), '"""']),
  ]
}

function request({ phone: { name }, message, within: inCall }: Of<'request'>, { story }: Telling): Step {
  const { method } = message
  const headers = furtherHeaders(message).filter(([header]) => header !== 'Refer-To')
  const refer = /<?((?:sips?|tel):[^>;\s]+)/i.exec(message.headerNamed('Refer-To') ?? '')?.[1]
  if (method === 'REFER' && refer !== undefined)
    return when(
      `${name} transfers the call to ${story.phones.find(({ aor }) => aor === refer)?.name ?? refer}`,
    )
  // A body, or credentials nobody knows: the request itself says it best.
  const isPlain = /^(?:sips?|tel):\S+$/.test(message.requestUri) && /^[A-Z]{3,}$/.test(method)
  if (!inCall && (message.body !== '' || !isPlain || hasCredentials(message))) return raw(name, message)
  const where = inCall ? 'within the call' : `to ${message.requestUri}`
  return headers.length > 0
    ? when(`${name} sends the ${method} ${where} with the headers:`, tableText(headers))
    : when(`${name} sends the ${method} ${where}`)
}

/** The request as it was: words do not carry it. */
function raw(name: string, { text }: Message): Step {
  return when(`${name} sends the request:`, ['"""', ...text.replace(/\s+$/, '').split(/\r?\n/), '"""'])
}

function fork({ phones, parallel }: Of<'forked'>): Step {
  const names = phones.map(({ name }) => name)
  const last = names.at(-1)
  return parallel
    ? then(`the call is forked to ${names.slice(0, -1).join(', ')} and ${last} in parallel`)
    : then(`the call is tried at ${names.join(', then ')} in series`)
}
