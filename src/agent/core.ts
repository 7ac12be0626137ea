// The user agent core (RFC 3261 §8): what callers, callees, registration and raw messages of one phone share.

import { DEFAULT_BEHAVIOUR, type Behaviour } from './behaviour.js'
import type { Call } from './call.js'
import { CallList } from './calls.js'
import { DialogSet } from './dialog.js'
import { Identity } from './identity.js'
import { Locator } from './locate.js'
import { Notes } from './notes.js'
import type { PhoneOptions } from './options.js'
import { Stack, type StackUser } from './stack.js'
import type { HeaderLine } from './text.js'

export class Core {
  readonly stack: Stack
  readonly locator: Locator
  readonly identity: Identity
  readonly calls: CallList
  readonly dialogs = new DialogSet()
  readonly notes = new Notes()
  /** Keys of requests' transactions, by what a copy over another path has in common with them (RFC 3261 §8.2.2.2). */
  readonly merges = new Map<string, string>()
  #behaviour: Behaviour

  constructor(
    readonly options: PhoneOptions,
    user: StackUser,
  ) {
    this.identity = new Identity(options)
    this.calls = new CallList(options)
    this.stack = new Stack(options, user)
    this.locator = new Locator(this.stack, options)
    this.#behaviour = { ...DEFAULT_BEHAVIOUR, ...options.behaviour }
    this.stack.retransmits = this.#behaviour.retransmits
  }

  get behaviour(): Behaviour {
    return this.#behaviour
  }

  /** The phone behaves otherwise from now on. */
  behave(changes: Partial<Behaviour>): void {
    this.#behaviour = { ...this.#behaviour, ...changes }
    this.stack.retransmits = this.#behaviour.retransmits
  }

  /** Headers that every message of this phone may have. */
  commonHeaders(): HeaderLine[] {
    const headers: HeaderLine[] = []
    const { supported } = this.#behaviour
    if (supported.length > 0) headers.push(['Supported', supported.join(', ')])
    if (this.options.userAgent !== undefined) headers.push(['User-Agent', this.options.userAgent])
    return headers
  }

  /** A remark for whoever reads the trace. */
  note(text: string): void {
    if (this.options.trace === true) this.stack.event({ kind: 'phone', phone: this.options.name, text })
  }

  /** The call is over; its early dialogs go with it. */
  finish(call: Call, state: Call['state'], status = call.status, reason = call.reason): void {
    if (!call.isOpen) return
    call.state = state
    call.status = status
    call.reason = reason
    call.ringing = false
    call.ended = this.stack.now
    for (const dialog of call.dialogs) if (dialog.state === 'early') this.dialogs.drop(dialog)
    this.note(`call ${call.id} ${state}, ${status} ${reason}`)
    this.tellOutcome(call)
  }

  /** Whoever waits for the call's outcome hears it once. */
  tellOutcome(call: Call): void {
    const { outcome } = call
    call.outcome = undefined
    outcome?.()
  }
}
