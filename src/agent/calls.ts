// The calls of a phone: numbered from 1, ended ones kept for whoever wants to judge, up to a limit.

import type { Milliseconds } from '../endpoint.js'
import { UsageError } from '../errors.js'
import { Call } from './call.js'
import type { CallChoice } from './command.js'
import type { PhoneOptions } from './options.js'
import { CALLS_KEPT_MAX, OPEN_CALLS_MAX } from './state.js'

const MEDIA_PORT = 10_000
/** Even ports that session descriptions go round in. */
const MEDIA_PORTS = 20_000

export class CallList {
  readonly all: Call[] = []
  #count = 0

  constructor(private readonly options: PhoneOptions) {}

  open(
    role: Call['role'],
    ids: { readonly callId: string; readonly localTag: string },
    parties: { readonly target: string; readonly remoteUri: string },
    now: Milliseconds,
  ): Call {
    const call = new Call(++this.#count, role, ids, parties, now)
    call.mediaPort = (this.options.mediaPort ?? MEDIA_PORT) + 2 * ((call.id - 1) % MEDIA_PORTS)
    this.all.push(call)
    if (this.all.length % CALLS_KEPT_MAX === 0) this.#forget()
    return call
  }

  /** As many calls are open as a phone may have. */
  get isFull(): boolean {
    if (this.all.length < OPEN_CALLS_MAX) return false
    return this.all.filter(({ isOpen }) => isOpen).length >= OPEN_CALLS_MAX
  }

  #forget(): void {
    let spare = this.all.length - CALLS_KEPT_MAX
    const kept = this.all.filter(({ isOpen }) => isOpen || spare-- <= 0)
    this.all.splice(0, this.all.length, ...kept)
  }

  /** The latest call that `fits`, of those chosen; it is the orderer's mistake when there is none. */
  choose(choice: CallChoice | undefined, what: string, fits: (call: Call) => boolean): Call {
    const chosen = (call: Call) => choice === undefined || call.id === choice || call.callId === choice
    const call = this.all.findLast((one) => chosen(one) && fits(one))
    if (call !== undefined) return call
    const which = choice === undefined ? '' : ` ${choice}`
    const known = this.all.slice(-5).map(({ id, role, state }) => `call ${id} (${role}): ${state}`)
    const rest = known.length === 0 ? 'no calls' : known.join(', ')
    throw new UsageError(`phone ${this.options.name} has no call${which} ${what}; it has ${rest}`)
  }
}
