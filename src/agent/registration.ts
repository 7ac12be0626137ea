// Registration of the phone's AOR (RFC 3261 §10.2): bind, refresh before it expires, remove, query.

import type { Milliseconds } from '../endpoint.js'
import type { Message } from '../sip/message.js'
import type { Timer } from '../transaction/timers.js'
import type { ContactWish } from './behaviour.js'
import type { HeaderWishes, OrderOf } from './command.js'
import { bindingsOf, contactValue } from './contacts.js'
import type { Core } from './core.js'
import type { BindingState, RegistrationState } from './state.js'
import { newRequest, submit, type Outgoing } from './submit.js'
import type { HeaderLine } from './text.js'

/** Asked for when the order names no time. */
export const EXPIRES_S = 3600
/** A binding is refreshed when so much of its time has passed. */
const REFRESH_AT = 0.9
/** A registrar may ask so many times in a row for a longer time. */
const LONGER_MAX = 3

export class Registration implements RegistrationState {
  state: RegistrationState['state'] = 'none'
  status = 0
  reason = ''
  expiresAt: Milliseconds | undefined
  grantedS: number | undefined
  bindings: readonly BindingState[] = []
  requests = 0
  readonly #callId: string
  readonly #tag: string
  #cseq = 0
  #refresh: Timer<() => void> | undefined
  #longer = 0
  #order: Omit<OrderOf<'register'>, 'verb'> = {}

  constructor(private readonly core: Core) {
    this.#callId = core.identity.newCallId()
    this.#tag = core.identity.newTag()
  }

  /** Binds the contacts and keeps them bound. */
  register(order: Omit<OrderOf<'register'>, 'verb'>): void {
    this.#order = order
    this.#stopRefresh()
    if (this.state !== 'registered') this.state = 'registering'
    const { expiresS = EXPIRES_S, q } = order
    const own: ContactWish = { uri: this.core.identity.contact, ...(q === undefined ? {} : { q }) }
    const contacts = order.contacts ?? [own]
    const headers = contacts.map((contact): HeaderLine => ['Contact', contactValue(contact)])
    this.#send([...headers, ['Expires', String(expiresS)]], order.headers, (message) =>
      this.#bound(message, order),
    )
  }

  /** Removes the phone's own binding (RFC 3261 §10.2.2). */
  unregister(wishes: HeaderWishes | undefined): void {
    this.#stopRefresh()
    const contacts = this.#order.contacts ?? [{ uri: this.core.identity.contact }]
    const headers = contacts.map(({ uri }): HeaderLine => ['Contact', contactValue({ uri, expiresS: 0 })])
    this.#send(headers, wishes, () => this.#unbound())
  }

  /** Removes all bindings of the AOR, whoever made them. */
  removeAll(wishes: HeaderWishes | undefined): void {
    this.#stopRefresh()
    const headers: HeaderLine[] = [
      ['Contact', '*'],
      ['Expires', '0'],
    ]
    this.#send(headers, wishes, () => this.#unbound())
  }

  /** Asks for the bindings (RFC 3261 §10.2.3). */
  query(wishes: HeaderWishes | undefined): void {
    this.#send([], wishes, () => {})
  }

  #send(
    headers: readonly HeaderLine[],
    wishes: HeaderWishes | undefined,
    accepted: (message: Message) => void,
  ): void {
    const { core } = this
    const { uri, domain, aor } = core.identity
    const ids = { callId: this.#callId, tag: this.#tag }
    const registrar = `${uri.scheme}:${domain}`
    const parts = { method: 'REGISTER', uri: registrar, to: aor, ids, headers, wishes, body: '' }
    const outgoing = { ...newRequest(core, parts), cseq: ++this.#cseq, nextCseq: () => ++this.#cseq }
    submit(core, outgoing, {
      sent: () => void this.requests++,
      response: (message) => this.#responded(message, outgoing, accepted),
      failed: (status) => this.#refused(status, status === 408 ? 'no response' : 'transport error'),
    })
  }

  #responded(message: Message, outgoing: Outgoing, accepted: (message: Message) => void): void {
    const { status, reason } = message
    if (status < 200) return
    if (status === 423 && this.#askLonger(message, outgoing)) return
    if (status >= 300) {
      this.#refused(status, reason)
      return
    }
    this.#longer = 0
    Object.assign(this, { status, reason, bindings: bindingsOf(message) })
    accepted(message)
    this.core.note(`registration ${this.state}, ${this.bindings.length} bindings`)
  }

  #refused(status: number, reason: string): void {
    Object.assign(this, { state: 'refused', status, reason })
    this.core.note(`registration refused: ${status} ${reason}`)
  }

  /** RFC 3261 §10.2.8: the registrar wants a longer time. */
  #askLonger(message: Message, outgoing: Outgoing): boolean {
    const least = Number(message.headerNamed('Min-Expires') ?? 0)
    const asked = Number(outgoing.headers.find(([name]) => name === 'Expires')?.[1] ?? 0)
    if (!Number.isSafeInteger(least) || least <= asked || asked === 0 || this.#longer++ >= LONGER_MAX)
      return false
    const contacts = this.#order.contacts?.map((contact) => ({ ...contact, expiresS: least }))
    this.register({ ...this.#order, expiresS: least, ...(contacts === undefined ? {} : { contacts }) })
    return true
  }

  #bound(message: Message, order: Omit<OrderOf<'register'>, 'verb'>): void {
    const { core } = this
    const own = order.contacts?.[0]?.uri ?? core.identity.contact
    const granted = grantedTo(own, this.bindings, message, order.expiresS ?? EXPIRES_S)
    this.grantedS = granted
    this.expiresAt = core.stack.now + granted * 1000
    this.state = granted > 0 ? 'registered' : 'unregistered'
    if (order.refresh === false || granted <= 0) return
    this.#refresh = core.stack.after(granted * 1000 * REFRESH_AT, () => this.register(order), 'refresh')
  }

  #unbound(): void {
    this.state = 'unregistered'
    this.expiresAt = undefined
    this.grantedS = undefined
  }

  #stopRefresh(): void {
    this.core.stack.timers.stop(this.#refresh)
  }
}

/** What the registrar gave our contact: its expires parameter, else the Expires header, else what was asked (§10.2.4). */
function grantedTo(own: string, bindings: readonly BindingState[], message: Message, askedS: number): number {
  const ours = bindings.find(({ uri }) => sameContact(uri, own))
  const header = message.headerNamed('Expires')
  return ours?.expiresS ?? (header !== undefined && /^\d{1,10}$/.test(header) ? Number(header) : askedS)
}

/** Registrars may add parameters or leave out the default port; the rest must be ours. */
function sameContact(one: string, two: string): boolean {
  const bare = (uri: string) => uri.replace(/[;?].*$/s, '').replace(/:5060$/, '')
  return bare(one) === bare(two)
}
