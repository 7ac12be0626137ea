// A capture as a feature, written as a person would: phones by name, what they do and what comes of it, in the steps of
// steps/README.md. What words do not carry stands there as it was: offers, further headers, whole requests.

import type { Listen } from '../driver.js'
import type { Act } from '../pcap/call-story.js'
import type { CastPhone } from '../pcap/cast.js'
import type { Story } from '../pcap/story.js'
import { secretHash } from '../sip/digest.js'
import { actSteps } from './capture-steps.js'
import { contactTable, statusText, tableText, type Step } from './capture-tables.js'

export interface FeatureOptions {
  readonly title: string
  /** Where the captured server listened. */
  readonly listens: readonly Listen[]
  /** The routing script: its file's name stands in the feature, without one its text. undefined: the default script. */
  readonly script: { readonly file?: string; readonly text: string } | undefined
  /** SER's behaviour (tag @ser), or the RFC's. */
  readonly profile: 'ser' | 'rfc3261'
  readonly passwords: ReadonlyMap<string, string>
}

/** How a phone treats incoming calls, as far as it is always the same. */
type Manner = { readonly given: string; readonly table?: readonly string[] } | 'rings' | 'manual'

/** The feature's text. */
export function featureOf(told: Story, options: FeatureOptions): string {
  const story = looksUp(options) ? withCalledNames(told) : told
  const givens = givensOf(story, options)
  const manners = mannersOf(story)
  const settled = settledRegistrations(story.acts)
  const steps = story.acts
    .filter((act) => !settled.has(act))
    .flatMap((act) =>
      actSteps(act, {
        story,
        isManual: (phone) => manners.get(phone) === 'manual',
        given: (phone) => typeof manners.get(phone) === 'object',
      }),
    )
  const lines = [
    ...(options.profile === 'ser' ? ['@ser'] : []),
    `Feature: ${options.title}`,
    '',
    `  Scenario: ${titleOf(story)}`,
    ...keyworded(
      [...givens, ...registeredGivens(story, options, settled), ...mannerGivens(story, manners)],
      steps,
    ),
  ]
  return `${lines.join('\n')}\n`
}

function given(text: string, below: readonly string[] = []): Step {
  return { keyword: 'Given', text, below }
}

/** Does the script look up registrations? */
function looksUp({ script }: FeatureOptions): boolean {
  return script === undefined || /\blookup\s*\(/.test(script.text)
}

/** Who is looked up has the AOR that is called, if it has no other. */
function withCalledNames({ phones, acts, unreadable }: Story): Story {
  const named = new Map(phones.map((phone) => [phone, { ...phone, aor: phone.aor || phone.calledAs }]))
  const own = (phone: CastPhone): CastPhone => named.get(phone) ?? phone
  const renamed = acts.map((act): Act => {
    if (act.kind === 'forked') return { ...act, phone: own(act.phone), phones: act.phones.map(own) }
    return 'other' in act
      ? { ...act, phone: own(act.phone), other: own(act.other) }
      : { ...act, phone: own(act.phone) }
  })
  return { phones: [...named.values()], acts: renamed, unreadable }
}

/** "And" where the keyword stays the same. */
function keyworded(...groups: readonly (readonly Step[])[]): string[] {
  let last = ''
  return groups.flat().flatMap(({ keyword, text, below = [] }) => {
    const word = keyword === last ? 'And' : keyword
    if (keyword !== '#') last = keyword
    return [`    ${word} ${text}`, ...below.map((line) => (line === '' ? '' : `      ${line}`))]
  })
}

function titleOf({ acts }: Story): string {
  const calls = acts.filter(({ kind }) => kind === 'call')
  const [first] = calls
  if (first?.kind === 'call' && calls.length === 1) {
    const end = acts.findLast(({ kind }) => ['failed', 'ended', 'established'].includes(kind))
    const outcome =
      end?.kind === 'failed'
        ? ` and gets ${end.status} ${end.reason}`
        : end === undefined
          ? ''
          : ', who answers'
    return `${first.phone.name} calls ${targetName(acts, first.target)}${outcome}`
  }
  if (calls.length > 1) return `${calls.length} calls`
  const [act] = acts
  return act === undefined
    ? 'nothing happens'
    : act.kind === 'registration'
      ? `${act.phone.name} registers`
      : `${act.phone.name} asks`
}

function targetName(acts: readonly Act[], target: string): string {
  const called = acts.filter(({ kind }) => kind === 'called').map(({ phone }) => phone.name)
  const answered = acts.find(({ kind }) => kind === 'answer')?.phone.name
  return answered ?? (called.length > 0 ? called.join(' and ') : target.replace(/^sips?:/, ''))
}

// ---- Given ----

function givensOf({ phones, acts }: Story, { listens, script, passwords }: FeatureOptions): Step[] {
  const steps: Step[] = []
  if (script?.file !== undefined) steps.push(given(`the proxy runs the script "${script.file}"`))
  else if (script !== undefined)
    steps.push(given('the proxy runs the script:', ['"""', ...script.text.trimEnd().split(/\r?\n/), '"""']))
  if (/\bexec_(?:msg|dset)\s*\(/.test(script?.text ?? '')) steps.push(given('commands are really run'))
  const places = listens.map(
    ({ transport, address, port }) =>
      `${transport}:${address.includes(':') ? `[${address}]` : address}:${port}`,
  )
  if (places.length > 0) steps.push(given(`the proxy listens on "${places.join(', ')}"`))
  const domains = domainsOf(phones, acts)
  if (domains.length > 0)
    steps.push(given(`the proxy serves the domain${domains.length > 1 ? 's' : ''} "${domains.join(', ')}"`))
  return [
    ...steps,
    ...subscribers(phones, { script, passwords }),
    given('the phones:', phoneTable(phones, passwords)),
  ]
}

/** Who the script asks its database for: a table of those whose passwords are known. */
function subscribers(
  phones: readonly CastPhone[],
  { script, passwords }: Pick<FeatureOptions, 'script' | 'passwords'>,
): Step[] {
  const [, realm, table] =
    /\b(?:www|proxy)_authorize\s*\(\s*"([^"]*)"\s*,\s*"(\w+)"/.exec(script?.text ?? '') ?? []
  if (realm === undefined || table === undefined) return []
  const rows = phones.flatMap(({ aor }) => {
    const [, user = '', domain = ''] = /^sips?:([^@;]+)@([^;>]+)/i.exec(aor) ?? []
    const password = passwords.get(user)
    return password === undefined
      ? []
      : [[user, domain, secretHash('MD5', user, realm || domain, password), password]]
  })
  return rows.length === 0
    ? []
    : [given(`the table ${table} contains:`, tableText([['username', 'domain', 'ha1', 'password'], ...rows]))]
}

/** Domain names that registrations and calls are for. */
function domainsOf(phones: readonly CastPhone[], acts: readonly Act[]): string[] {
  const uris = [
    ...phones.map(({ aor }) => aor),
    ...acts.flatMap((act) => (act.kind === 'call' ? [act.target] : [])),
  ]
  const hosts = uris.map((uri) => /^sips?:(?:[^@]*@)?([^;?:[\]]+)/i.exec(uri)?.[1] ?? '')
  return [...new Set(hosts.filter((host) => /[A-Za-z]/.test(host)))]
}

function phoneTable(phones: readonly CastPhone[], passwords: ReadonlyMap<string, string>): string[] {
  const passwordOf = ({ aor, name }: CastPhone): string =>
    passwords.get(/^sips?:([^@;]+)@/i.exec(aor)?.[1] ?? '') ?? passwords.get(name) ?? ''
  const rows = phones.map((phone) => {
    const { address, port } = phone.address
    const place = address.includes(':') ? `[${address}]` : address
    return [
      phone.name,
      phone.aor,
      port === 5060 ? place : `${place}:${port}`,
      phone.transport === 'tcp' ? 'tcp' : '',
      passwordOf(phone),
    ]
  })
  const table = [['name', 'aor', 'address', 'transport', 'password'], ...rows]
  const used = table[0]!.map((_, column) =>
    column !== 1 && column < 3 ? true : rows.some((row) => row[column] !== ''),
  )
  return tableText(table.map((row) => row.filter((_, column) => used[column])))
}

/** Accepted registrations before anything else happens: a precondition, not a deed. */
function settledRegistrations(acts: readonly Act[]): Set<Act> {
  const first = acts.findIndex(
    (act) => act.kind !== 'registration' || act.form !== 'register' || act.status !== 200,
  )
  const before = acts.slice(0, first < 0 ? 0 : first)
  const latest = new Map(before.map((act) => [act.phone, act]))
  return before.length === latest.size ? new Set(before) : new Set()
}

const USUAL_EXPIRES = [undefined, 3600]

function registeredGivens(
  { phones, acts }: Story,
  options: FeatureOptions,
  settled: ReadonlySet<Act>,
): Step[] {
  const steps: Step[] = []
  for (const act of settled)
    if (act.kind === 'registration') {
      const time = USUAL_EXPIRES.includes(act.expiresS) ? '' : ` for ${act.expiresS} s`
      steps.push(given(`${act.phone.name} is registered${time}`))
    }
  // Who is reached and does not register in the capture did so before.
  for (const phone of looksUp(options) ? phones : [])
    if (!phone.registers && acts.some((act) => act.kind === 'called' && act.phone === phone))
      steps.push(given(`${phone.name} is registered`))
  return steps
}

function mannersOf({ phones, acts }: Story): Map<CastPhone, Manner> {
  return new Map(phones.map((phone) => [phone, mannerOf(acts.filter((act) => act.phone === phone))]))
}

function mannerOf(own: readonly Act[]): Manner {
  const calls = own.filter(({ kind }) => kind === 'called').length
  const rejections = own.flatMap((act) => (act.kind === 'reject' && act.atOnce ? [act] : []))
  const [first] = rejections
  const same = new Set(rejections.map(({ status, reason, contacts }) => [status, reason, ...contacts].join()))
  if (calls === 0) return 'rings'
  if (own.some(({ kind }) => kind === 'silent'))
    return calls === 1 ? { given: 'does not respond at all' } : 'manual'
  if (first !== undefined && rejections.length === calls && same.size === 1) {
    if (first.contacts.length > 0)
      return { given: `redirects every call with ${first.status} to:`, table: contactTable(first.contacts) }
    const isBusy = first.status === 486 && first.reason === 'Busy Here'
    return { given: isBusy ? 'is busy' : `rejects every call with ${statusText(first.status, first.reason)}` }
  }
  const rings = own.filter((act) => act.kind === 'progress')
  return rings.length >= calls && rings.every((act) => act.kind === 'progress' && act.status === 180)
    ? 'rings'
    : 'manual'
}

function mannerGivens({ phones }: Story, manners: ReadonlyMap<CastPhone, Manner>): Step[] {
  return phones.flatMap((phone) => {
    const manner = manners.get(phone) ?? 'rings'
    if (manner === 'rings') return []
    if (manner === 'manual') return [given(`${phone.name} rings only when told to`)]
    return [given(`${phone.name} ${manner.given}`, manner.table)]
  })
}
