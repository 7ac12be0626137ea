// The user agent core (RFC 3261 §8): what callers, callees, registration and raw messages of one phone share.

import { Malformed, UsageError } from '../errors.js'
import type { Random } from '../random.js'
import type { Message } from '../sip/message.js'
import { parseUri, type Uri } from '../sip/uri.js'
import { RFC_TIMERS } from '../transaction/values.js'
import { DEFAULT_BEHAVIOUR } from './behaviour.js'
import { Call } from './call.js'
import type { Behaviour, CallChoice } from './command.js'
import { dialogKey, type Dialog } from './dialog.js'
import { bound } from './journal.js'
import { Locator } from './locate.js'
import type { PhoneOptions } from './options.js'
import { Stack, type StackUser } from './stack.js'
import { CALLS_KEPT_MAX, NOTES_KEPT_MAX, OPEN_CALLS_MAX } from './state.js'
import type { ChallengeState, RequestState } from './state.js'
import type { HeaderLine } from './text.js'

/** The methods that a phone understands (its Allow header). */
export const METHODS = [
  'INVITE',
  'ACK',
  'CANCEL',
  'BYE',
  'OPTIONS',
  'MESSAGE',
  'INFO',
  'NOTIFY',
  'UPDATE',
  'REFER',
] as const

export class Core {
  readonly stack: Stack
  readonly locator: Locator
  readonly random: Random
  readonly calls: Call[] = []
  readonly dialogs = new Map<string, Dialog>()
  readonly challenges: ChallengeState[] = []
  readonly requests: RequestState[] = []
  /** Keys of INVITEs that are open, by what a copy over another path has in common with them (RFC 3261 §8.2.2.2). */
  readonly merges = new Map<string, string>()
  readonly uri: Uri
  behaviour: Behaviour
  #calls = 0
  #branches = 0
  readonly #branchPrefix: string

  constructor(
    readonly options: PhoneOptions,
    user: StackUser,
  ) {
    const uri = parseUri(options.aor)
    if (uri instanceof Malformed || uri.user === undefined)
      throw new UsageError(
        `phone ${options.name}: "${options.aor}" is no SIP URI with a user (sip:alice@example.com)`,
      )
    this.uri = uri
    this.random = options.random
    const { address, port, transport } = options.contact
    const timers = options.timers ?? RFC_TIMERS
    this.stack = new Stack(
      { local: { address, port }, transport, timers, trace: options.trace ?? false },
      user,
    )
    this.locator = new Locator(this.stack, transport, options.proxy)
    this.behaviour = { ...DEFAULT_BEHAVIOUR, ...options.behaviour }
    this.stack.retransmits = this.behaviour.retransmits
    this.#branchPrefix = `z9hG4bK${this.random.hex(8)}`
  }

  /** The domain of the address of record, as written. */
  get domain(): string {
    return this.uri.port === undefined ? this.uri.host : `${this.uri.host}:${this.uri.port}`
  }

  /** The phone's own Contact URI. */
  get contact(): string {
    const { address, port, transport } = this.options.contact
    const host = address.includes(':') ? `[${address}]` : address
    return `${this.uri.scheme}:${this.uri.user}@${host}:${port}${transport === 'udp' ? '' : `;transport=${transport}`}`
  }

  newBranch(): string {
    return this.#branchPrefix + (++this.#branches).toString(36)
  }

  newTag(): string {
    return this.random.hex(8)
  }

  newCallId(): string {
    return `${this.random.hex(16)}@${this.options.contact.address}`
  }

  /** The Via value of a request of ours. */
  via(transport: string, branch: string): string {
    const { address, port } = this.options.contact
    const host = address.includes(':') ? `[${address}]` : address
    return `SIP/2.0/${transport.toUpperCase()} ${host}:${port};rport;branch=${branch}`
  }

  /** Headers that every message of this phone may have. */
  commonHeaders(method: string): HeaderLine[] {
    const headers: HeaderLine[] = []
    if (method === 'INVITE' || method === 'OPTIONS') headers.push(['Allow', METHODS.join(', ')])
    const { supported } = this.behaviour
    if (supported.length > 0) headers.push(['Supported', supported.join(', ')])
    if (this.options.userAgent !== undefined) headers.push(['User-Agent', this.options.userAgent])
    return headers
  }

  /** Whom "bob", "bob@example.com" or a URI means. */
  targetUri(target: string): string {
    if (/^[a-z][a-z0-9+.-]*:/i.test(target) && !/^[^@:]+:\d+$/.test(target)) return target
    return target.includes('@') ? `sip:${target}` : `sip:${target}@${this.domain}`
  }

  newCall(role: Call['role'], callId: string, target: string, remoteUri: string): Call {
    const call = new Call(++this.#calls, role, callId, this.newTag(), target, remoteUri, this.stack.now)
    call.mediaPort = (this.options.mediaPort ?? 10_000) + 2 * ((call.id - 1) % 20_000)
    this.calls.push(call)
    this.#forgetCalls()
    return call
  }

  get isFull(): boolean {
    return (
      this.calls.length >= OPEN_CALLS_MAX &&
      this.calls.filter(({ isOpen }) => isOpen).length >= OPEN_CALLS_MAX
    )
  }

  #forgetCalls(): void {
    if (this.calls.length <= 2 * CALLS_KEPT_MAX || this.calls.length % CALLS_KEPT_MAX !== 0) return
    let spare = this.calls.length - CALLS_KEPT_MAX
    const kept = this.calls.filter(({ isOpen }) => isOpen || spare-- <= 0)
    this.calls.splice(0, this.calls.length, ...kept)
  }

  /** The latest call that `fits`, of those chosen; it is the orderer's mistake when there is none. */
  choose(choice: CallChoice | undefined, what: string, fits: (call: Call) => boolean): Call {
    const call = this.calls.findLast(
      (one) => (choice === undefined || one.id === choice || one.callId === choice) && fits(one),
    )
    if (call !== undefined) return call
    const which = choice === undefined ? '' : ` ${choice}`
    const known = this.calls.slice(-5).map(({ id, role, state }) => `call ${id} (${role}): ${state}`)
    throw new UsageError(
      `phone ${this.options.name} has no call${which} ${what}; it has ${known.join(', ') || 'no calls'}`,
    )
  }

  addDialog(dialog: Dialog): void {
    this.dialogs.set(dialogKey(dialog.callId, dialog.localTag, dialog.remoteTag), dialog)
    dialog.call.dialogs.push(dialog)
  }

  dropDialog(dialog: Dialog): void {
    dialog.state = 'terminated'
    dialog.ackWait?.abandon()
    this.dialogs.delete(dialogKey(dialog.callId, dialog.localTag, dialog.remoteTag))
  }

  /** The dialog that a request from the other side names (RFC 3261 §12.2.2). */
  dialogOf(request: Message): Dialog | undefined {
    const { callId, fromTag, toTag } = request
    return toTag === undefined ? undefined : this.dialogs.get(dialogKey(callId ?? '', toTag, fromTag ?? ''))
  }

  noteChallenge(challenge: ChallengeState): void {
    this.challenges.push(challenge)
    bound(this.challenges, NOTES_KEPT_MAX)
  }

  noteRequest(request: RequestState): void {
    this.requests.push(request)
    bound(this.requests, NOTES_KEPT_MAX)
  }

  /** A remark for whoever reads the trace. */
  note(text: string): void {
    if (this.options.trace === true) this.stack.event({ kind: 'phone', phone: this.options.name, text })
  }

  /** The call is over; its early dialogs go with it. */
  finish(call: Call, state: Call['state'], status = call.status, reason = call.reason): void {
    const { stack } = this
    if (!call.isOpen) return
    Object.assign(call, { state, status, reason, ringing: false, ended: stack.now })
    for (const dialog of call.dialogs) if (dialog.state === 'early') this.dropDialog(dialog)
    if (this.options.trace === true)
      this.note(`call ${call.id} ${state} ${status === 0 ? '' : status} ${reason}`.trimEnd())
    this.tellOutcome(call)
  }

  /** Whoever waits for the call's outcome hears it once. */
  tellOutcome(call: Call): void {
    const { outcome } = call
    call.outcome = undefined
    outcome?.()
  }
}
