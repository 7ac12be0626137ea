// A table of bindings in memory, and drafts of what a request would make of it (SER module usrloc; RFC 3261 §10.3).
//
// Order of an AOR's contacts: descending q, later after earlier among equals (or newest first: desc_time_order).

import type { Milliseconds } from '../../endpoint.js'

/** Bindings of one address of record; beyond it new ones are refused. */
export const CONTACTS_MAX = 100

/** Flag of a contact behind a NAT. */
export const CONTACT_NATED = 1
/** Flag of a contact that never expires. */
export const CONTACT_PERMANENT = 128

export interface Contact {
  readonly uri: string
  expiresAt: Milliseconds
  /** Thousandths; undefined when the phone gave none. */
  q: number | undefined
  callId: string
  cseq: number
  flags: number
  userAgent: string
  /** A URI of where it is really reached, when it is behind a NAT. */
  received?: string | undefined
  /** The name as written, and the parameters that mean nothing here (";a=b;c"); in memory only. */
  display?: string | undefined
  params?: string | undefined
  /** The Route that leads there: the values of Path (RFC 3327). */
  path?: string | undefined
  /** Of a flow (RFC 5626): its phone and number, by which it is known in place of the URI; in memory only. */
  flow?: Flow | undefined
}

/** One of the ways to a phone: its instance and its reg-id. */
export interface Flow {
  readonly instance: string
  readonly regId: number
}

/** How a binding is told from others of its address of record. */
type Named = Pick<Contact, 'uri' | 'flow'>

/** Are they the same binding? */
export function isSameBinding(one: Named, two: Named): boolean {
  if (one.flow === undefined || two.flow === undefined) return one.flow === two.flow && one.uri === two.uri
  return one.flow.instance === two.flow.instance && one.flow.regId === two.flow.regId
}

/** What becomes of an address of record. */
export type Change =
  | { readonly kind: 'put'; readonly contact: Contact }
  | { readonly kind: 'remove'; readonly uri: string; readonly flow?: Flow | undefined }
  | { readonly kind: 'clear' }

/** What may be done to the bindings of one address of record. */
interface Bindings {
  readonly contacts: Contact[]
  readonly newestFirst: boolean
}

export interface TableOptions {
  /** Bindings of all addresses of record together. */
  readonly contactsMax?: number
  /** Told of every change that is in memory only. */
  readonly changed?: (aor: string, uri: string) => void
}

/** One table of bindings ("location", "aliases"). */
export class Table {
  readonly #records = new Map<string, Contact[]>()
  /** Changes that are on their way to the disk, oldest first. */
  readonly #held = new Map<string, Draft[]>()
  readonly #contactsMax: number
  readonly #changed: NonNullable<TableOptions['changed']>
  #count = 0
  /** Bindings that have expired since the start. */
  expired = 0

  constructor(
    readonly name: string,
    private readonly newestFirst: boolean,
    { contactsMax = Infinity, changed = () => undefined }: TableOptions = {},
  ) {
    this.#contactsMax = contactsMax
    this.#changed = changed
  }

  /** Addresses of record with a binding, expired ones not yet removed included. */
  get size(): number {
    return this.#records.size
  }

  /** Bindings, expired ones not yet removed included. */
  get count(): number {
    return this.#count
  }

  /** How many more bindings may be added. */
  get room(): number {
    return Math.max(0, this.#contactsMax - this.#count)
  }

  /** All bindings of an AOR in order, expired ones included. */
  bindings(aor: string): readonly Contact[] {
    return this.#records.get(aor) ?? []
  }

  /** The bindings that count now. */
  usable(aor: string, now: Milliseconds): readonly Contact[] {
    return this.bindings(aor).filter((contact) => isUsable(contact, now))
  }

  insert(aor: string, contact: Contact): boolean {
    if (this.room === 0 || this.bindings(aor).length >= CONTACTS_MAX) return false
    this.#insert(aor, contact)
    this.#changed(aor, contact.uri)
    return true
  }

  /** Moves an updated contact to the top when the newest come first. */
  touched(aor: string, contact: Contact): void {
    const contacts = this.#records.get(aor)
    if (contacts === undefined) return
    if (this.newestFirst) toTop(contacts, contact)
    this.#changed(aor, contact.uri)
  }

  remove(aor: string, contact: Contact): void {
    if (this.#remove(aor, contact)) this.#changed(aor, contact.uri)
  }

  removeAll(aor: string): void {
    for (const { uri } of this.bindings(aor)) this.#changed(aor, uri)
    this.#clear(aor)
  }

  /** Takes out what has expired. */
  expire(now: Milliseconds): void {
    for (const [aor, contacts] of this.#records) {
      if (contacts.every((contact) => isUsable(contact, now))) continue
      const gone = contacts.filter((contact) => !isUsable(contact, now))
      for (const contact of gone) this.remove(aor, contact)
      this.expired += gone.length
    }
  }

  /** Puts in what is on the disk. */
  load(aor: string, contact: Contact): void {
    if (this.room > 0) this.#put(aor, contact)
  }

  *all(): Iterable<readonly [string, readonly Contact[]]> {
    yield* this.#records
  }

  // ---- drafts ----

  /** The bindings of an AOR as they will be when what is held has come true, for a request to change without effect. */
  draft(aor: string, origin = ''): Draft {
    const contacts = this.bindings(aor).map((contact) => ({ ...contact }))
    const draft = new Draft(this, aor, origin, { contacts, newestFirst: this.newestFirst })
    for (const { changes } of this.#held.get(aor) ?? []) for (const change of changes) draft.repeat(change)
    return draft
  }

  /** Does as the draft says; `isDurable`: it is on the disk already. */
  carryOut({ aor, changes }: Draft, isDurable: boolean): void {
    for (const change of changes) {
      if (!isDurable) for (const uri of this.#meant(aor, change)) this.#changed(aor, uri)
      if (change.kind === 'clear') this.#clear(aor)
      else if (change.kind === 'remove') this.#remove(aor, change)
      else this.#put(aor, change.contact)
    }
  }

  /** Later drafts begin where this one ends, until it is released. */
  hold(draft: Draft): void {
    const held = this.#held.get(draft.aor)
    if (held === undefined) this.#held.set(draft.aor, [draft])
    else held.push(draft)
  }

  release(draft: Draft): void {
    const left = (this.#held.get(draft.aor) ?? []).filter((other) => other !== draft)
    if (left.length === 0) this.#held.delete(draft.aor)
    else this.#held.set(draft.aor, left)
  }

  held(aor: string): readonly Draft[] {
    return this.#held.get(aor) ?? []
  }

  // ---- the records ----

  #meant(aor: string, change: Change): string[] {
    return change.kind === 'clear' ? this.bindings(aor).map(({ uri }) => uri) : [namedBy(change).uri]
  }

  #put(aor: string, contact: Contact): void {
    const known = this.#records.get(aor)?.find((one) => isSameBinding(one, contact))
    if (known === undefined) return this.#insert(aor, contact)
    Object.assign(known, contact)
    if (this.newestFirst) toTop(this.#records.get(aor)!, known)
  }

  #insert(aor: string, contact: Contact): void {
    const contacts = this.#records.get(aor)
    this.#count++
    if (contacts === undefined) this.#records.set(detach(aor), [contact])
    else place({ contacts, newestFirst: this.newestFirst }, contact)
  }

  #remove(aor: string, named: Named): boolean {
    const contacts = this.#records.get(aor)
    const at = contacts?.findIndex((contact) => isSameBinding(contact, named)) ?? -1
    if (contacts === undefined || at < 0) return false
    this.#count--
    contacts.splice(at, 1)
    if (contacts.length === 0) this.#records.delete(aor)
    return true
  }

  #clear(aor: string): void {
    this.#count -= this.bindings(aor).length
    this.#records.delete(aor)
  }
}

/** The bindings of one address of record while a request is worked out: nothing else sees what it does. */
export class Draft {
  readonly changes: Change[] = []

  constructor(
    readonly table: Table,
    readonly aor: string,
    /** Whose request it is, to know a repetition by. */
    readonly origin: string,
    private readonly own: Bindings,
  ) {}

  get contacts(): readonly Contact[] {
    return this.own.contacts
  }

  usable(now: Milliseconds): readonly Contact[] {
    return this.contacts.filter((contact) => isUsable(contact, now))
  }

  insert(contact: Contact): void {
    place(this.own, contact)
    this.changes.push({ kind: 'put', contact: { ...contact } })
  }

  /** A contact has been changed. */
  touched(contact: Contact): void {
    if (this.own.newestFirst) toTop(this.own.contacts, contact)
    this.changes.push({ kind: 'put', contact: { ...contact } })
  }

  remove({ uri, flow }: Contact): void {
    this.#take({ kind: 'remove', uri, flow })
    this.changes.push({ kind: 'remove', uri, flow })
  }

  removeAll(): void {
    this.#take({ kind: 'clear' })
    this.changes.push({ kind: 'clear' })
  }

  /** A change that somebody else has made. */
  repeat(change: Change): void {
    this.#take(change)
  }

  #take(change: Change): void {
    const { contacts } = this.own
    if (change.kind === 'clear') return void (contacts.length = 0)
    const named = namedBy(change)
    const at = contacts.findIndex((contact) => isSameBinding(contact, named))
    if (change.kind === 'remove') return void (at >= 0 && contacts.splice(at, 1))
    if (at < 0) return place(this.own, { ...change.contact })
    Object.assign(contacts[at]!, change.contact)
    if (this.own.newestFirst) toTop(contacts, contacts[at]!)
  }
}

function namedBy(change: Exclude<Change, { kind: 'clear' }>): Named {
  return change.kind === 'put' ? change.contact : change
}

function place({ contacts, newestFirst }: Bindings, contact: Contact): void {
  const { q = -1 } = contact
  const at = newestFirst ? 0 : contacts.findIndex((other) => (other.q ?? -1) < q)
  contacts.splice(at < 0 ? contacts.length : at, 0, contact)
}

function toTop(contacts: Contact[], contact: Contact): void {
  contacts.splice(contacts.indexOf(contact), 1)
  contacts.unshift(contact)
}

export function isUsable(contact: Contact, now: Milliseconds): boolean {
  return contact.expiresAt > now || (contact.flags & CONTACT_PERMANENT) !== 0
}

/** A copy that does not keep the message alive that it was cut from. */
export function detach(text: string): string {
  return ` ${text}`.slice(1)
}
