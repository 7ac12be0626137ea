// One call as a person would tell it (or one request outside of calls): what its phones do, and what they see.

import type { Milliseconds } from '../endpoint.js'
import type { Message } from '../sip/message.js'
import { Header } from '../sip/names.js'
import type { CastPhone, Told } from './cast.js'

interface Moment {
  readonly at: Milliseconds
  readonly phone: CastPhone
}

export type Act =
  | (Moment & {
      readonly kind: 'registration'
      readonly form: 'register' | 'unregister' | 'removeAll' | 'query'
      readonly status: number
      readonly reason: string
      readonly expiresS: number | undefined
      readonly realm: string | undefined
      readonly request: Message
      /** What a phone would not do of itself: for somebody else, or with other Contacts than its own. */
      readonly isOdd: boolean
    })
  | (Moment & { readonly kind: 'call'; readonly target: string; readonly message: Message })
  | (Moment & { readonly kind: 'called' })
  | (Moment & { readonly kind: 'progress'; readonly status: number })
  | (Moment & { readonly kind: 'answer' })
  | (Moment & {
      readonly kind: 'reject'
      readonly status: number
      readonly reason: string
      readonly contacts: readonly string[]
      /** No provisional response came before. */
      readonly atOnce: boolean
    })
  | (Moment & { readonly kind: 'silent' })
  | (Moment & { readonly kind: 'cancel' })
  | (Moment & { readonly kind: 'stopped' })
  | (Moment & { readonly kind: 'established'; readonly other: CastPhone })
  | (Moment & {
      readonly kind: 'failed'
      readonly status: number
      readonly reason: string
      readonly contacts: readonly string[]
      readonly afterMs: Milliseconds
    })
  | (Moment & { readonly kind: 'hangup' })
  | (Moment & { readonly kind: 'ended'; readonly other: CastPhone })
  | (Moment & { readonly kind: 'reinvite'; readonly body: string; readonly direction: string })
  | (Moment & { readonly kind: 'request'; readonly message: Message; readonly within: boolean })
  | (Moment & { readonly kind: 'receives'; readonly text: string; readonly afterMs: Milliseconds })
  | (Moment & { readonly kind: 'forked'; readonly phones: readonly CastPhone[]; readonly parallel: boolean })

/** INVITEs of a parallel fork leave at once. */
const PARALLEL_MS = 400
/** The media directions that are not both ways. */
const DIRECTION = /^a=(sendonly|inactive|recvonly)\r?$/m

interface Callee {
  readonly phone: CastPhone
  readonly calledAt: Milliseconds
  responded: boolean
  final: boolean
  cancelled: boolean
}

export class CallStory {
  readonly #callees = new Map<CastPhone, Callee>()
  #startMs: Milliseconds | undefined
  #isCall = false
  #answerer: CastPhone | undefined
  #established = false
  #hungUp: CastPhone | undefined
  #isOver = false
  /** The caller has a final response. */
  #ended = false
  #forkTold = false
  /** When the caller got a 2xx. */
  #answeredAt: Milliseconds | undefined
  /** A challenge is an end only when nobody answers it. */
  #challenge: Act | undefined

  constructor(
    private readonly caller: CastPhone | undefined,
    private readonly tell: (act: Act) => void,
  ) {}

  sent(phone: CastPhone, { at, message }: Told): void {
    if (message.isRequest) this.#request(phone, at, message)
    else if (message.cseqMethod === 'INVITE' && !this.#established) this.#response(phone, at, message)
  }

  received(phone: CastPhone, { at, message }: Told): void {
    if (message.isRequest) this.#reached(phone, at, message)
    else if (message.status >= 200) this.#answered(phone, at, message)
  }

  /** The capture has ended. */
  end(): void {
    for (const { phone, calledAt, responded } of this.#callees.values())
      if (!responded) this.tell({ kind: 'silent', at: calledAt, phone })
    if (this.#challenge !== undefined) this.tell(this.#challenge)
    // An answer that nobody acknowledged in the capture.
    if (this.#answeredAt !== undefined && !this.#established && this.caller !== undefined)
      this.tell({
        kind: 'receives',
        at: this.#answeredAt,
        phone: this.caller,
        text: '200 to INVITE',
        afterMs: 0,
      })
  }

  #request(phone: CastPhone, at: Milliseconds, message: Message): void {
    const { method } = message
    if (method === 'ACK') return this.#acknowledged(phone, at)
    if (method === 'CANCEL') return this.#ended ? undefined : this.tell({ kind: 'cancel', at, phone })
    if (method === 'PRACK') return
    if (method === 'BYE') {
      if (this.#hungUp !== undefined) return
      this.#hungUp = phone
      return this.tell({ kind: 'hangup', at, phone })
    }
    if (message.toTag !== undefined && method === 'INVITE')
      return this.tell({ kind: 'reinvite', at, phone, body: message.body, direction: directionOf(message) })
    if (message.toTag !== undefined)
      return this.tell({ kind: 'request', at, phone, message, within: this.#isCall })
    // The same request again: with credentials, which phones add of themselves.
    this.#challenge = undefined
    if (this.#startMs !== undefined) return
    this.#startMs = at
    this.#isCall = method === 'INVITE'
    if (this.#isCall) this.tell({ kind: 'call', at, phone, target: message.requestUri, message })
    else this.tell({ kind: 'request', at, phone, message, within: false })
  }

  #acknowledged(phone: CastPhone, at: Milliseconds): void {
    if (this.#established || this.#answerer === undefined || phone === this.#answerer) return
    this.#established = true
    this.#tellFork(at)
    this.tell({ kind: 'established', at, phone, other: this.#answerer })
  }

  #response(phone: CastPhone, at: Milliseconds, message: Message): void {
    const callee = this.#callees.get(phone)
    const { status, reason } = message
    if (callee === undefined) return
    if (status === 100) {
      callee.responded = true
      return
    }
    const atOnce = !callee.responded
    callee.responded = true
    if (status < 200) return this.tell({ kind: 'progress', at, phone, status })
    if (callee.final || callee.cancelled) return
    callee.final = true
    if (status >= 300) {
      const contacts = status < 400 ? message.valuesOf(Header.CONTACT) : []
      return this.tell({ kind: 'reject', at, phone, status, reason, contacts, atOnce })
    }
    this.#answerer = phone
    this.tell({ kind: 'answer', at, phone })
  }

  #reached(phone: CastPhone, at: Milliseconds, message: Message): void {
    const { method } = message
    if (method === 'INVITE' && message.toTag === undefined) {
      if (this.#callees.has(phone)) return
      this.#callees.set(phone, { phone, calledAt: at, responded: false, final: false, cancelled: false })
      this.tell({ kind: 'called', at, phone })
    } else if (method === 'CANCEL') {
      const callee = this.#callees.get(phone)
      if (callee === undefined || callee.cancelled) return
      callee.cancelled = true
      this.tell({ kind: 'stopped', at, phone })
    } else if (method === 'BYE') this.#over(at)
    else if (method !== 'ACK' && method !== 'PRACK')
      this.tell({ kind: 'receives', at, phone, text: method, afterMs: 0 })
  }

  #answered(phone: CastPhone, at: Milliseconds, message: Message): void {
    const { status, reason, cseqMethod: method } = message
    const afterMs = at - (this.#startMs ?? at)
    if (method === 'BYE') return this.#over(at)
    if (method === 'CANCEL' || method === 'PRACK') return
    if (method !== 'INVITE') {
      if (!isChallenge(status))
        this.tell({
          kind: 'receives',
          at,
          phone,
          text: method === '' ? String(status) : `${status} to ${method}`,
          afterMs,
        })
      return
    }
    if (phone !== this.caller || this.#established) return
    this.#ended = true
    if (status < 300) {
      this.#answeredAt = at
      return
    }
    const contacts = status < 400 ? message.valuesOf(Header.CONTACT) : []
    const failed: Act = { kind: 'failed', at, phone, status, reason, contacts, afterMs }
    if (isChallenge(status) && this.#callees.size === 0) {
      this.#challenge = failed
      return
    }
    this.#tellFork(at)
    this.tell(failed)
  }

  /** The BYE has come to the other phone, or is answered: a capture may lack one of both. */
  #over(at: Milliseconds): void {
    const phone = this.#hungUp
    const other = phone === this.caller ? this.#answerer : this.caller
    if (phone === undefined || other === undefined || this.#isOver) return
    this.#isOver = true
    this.tell({ kind: 'ended', at, phone, other })
  }

  #tellFork(at: Milliseconds): void {
    const callees = [...this.#callees.values()]
    // A phone that does not respond does not know of its call.
    if (this.#forkTold || callees.length < 2 || callees.some(({ responded }) => !responded)) return
    this.#forkTold = true
    const times = callees.map(({ calledAt }) => calledAt)
    const spread = Math.max(...times) - Math.min(...times)
    const phones = callees.map(({ phone }) => phone)
    const inSeries = times.slice(1).every((time, index) => time - times[index]! > PARALLEL_MS)
    if (spread <= PARALLEL_MS || inSeries)
      this.tell({ kind: 'forked', at, phone: phones[0]!, phones, parallel: spread <= PARALLEL_MS })
  }
}

function isChallenge(status: number): boolean {
  return status === 401 || status === 407
}

function directionOf({ body }: Message): string {
  return DIRECTION.exec(body)?.[1] ?? 'sendrecv'
}
