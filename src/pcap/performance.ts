// One party plays its part once: it sends what the recorded one sent, when what had to come first has come, and notes
// which of the recorded messages each arrival is. Everything here speaks the capture's terms; the player translates.

import type { Address, Bytes, Milliseconds } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { parseMessage, type Message } from '../sip/message.js'
import type { PartyPlan, PlannedReceive, PlannedSend } from './plan.js'
import { Renames } from './renames.js'

/** How long a request waits for a message that came before it in the capture, beyond its own time. */
const PATIENCE_MS = 500

export interface Received {
  readonly at: Milliseconds
  /** In the capture's terms. */
  readonly text: Bytes
  readonly message: Message | undefined
  /** Which of the planned ones it is; undefined: none. */
  readonly planned: number | undefined
  copies: number
  /** It came when the party had played its whole part: the capture may just end here. */
  readonly isBeyond: boolean
}

export interface PerformanceOptions {
  readonly plan: PartyPlan
  readonly startMs: Milliseconds
  /** 2: twice as fast as recorded. */
  readonly speed: number
}

/** By which way a message came: its answer goes back there. */
export interface Way {
  readonly remote: Address
  readonly connection: number | undefined
}

interface Arrival {
  readonly at: Milliseconds
  readonly way: Way
}

export interface Due {
  readonly send: PlannedSend
  /** With the names of this run. */
  readonly text: Bytes
  /** Of a response over a stream: where the request came from. */
  readonly way: Way | undefined
}

export class Performance {
  readonly received: Received[] = []
  readonly renames = new Renames()
  /** The last challenges, by realm. */
  readonly challenges = new Map<string, Message>()
  readonly #came: (Arrival | undefined)[]
  readonly #sentAt: (Milliseconds | undefined)[]
  readonly #byText = new Map<Bytes, Received>()

  constructor(private readonly options: PerformanceOptions) {
    this.#came = options.plan.receives.map(() => undefined)
    this.#sentAt = options.plan.sends.map(() => undefined)
  }

  get plan(): PartyPlan {
    return this.options.plan
  }

  /** When the next message is due; undefined: nothing can be sent unless something comes. */
  get deadline(): Milliseconds | undefined {
    let least: Milliseconds | undefined
    for (const index of this.plan.sends.keys()) {
      const due = this.#dueAt(index)
      if (due !== undefined && (least === undefined || due < least)) least = due
    }
    return least
  }

  /** What has not been sent. */
  get unsent(): readonly PlannedSend[] {
    return this.plan.sends.filter((_, index) => this.#sentAt[index] === undefined)
  }

  /** Planned messages that have not come. */
  get missing(): readonly PlannedReceive[] {
    return this.plan.receives.filter((_, index) => this.#came[index] === undefined)
  }

  /** The messages that are due, in their order, with the names of this run; they count as sent. */
  due(now: Milliseconds): Due[] {
    const ready = [...this.plan.sends.keys()]
      .map((index) => ({ index, at: this.#dueAt(index) }))
      .filter(({ at }) => at !== undefined && at <= now)
      .sort((one, two) => one.at! - two.at! || one.index - two.index)
    return ready.map(({ index }) => {
      this.#sentAt[index] = now
      const send = this.plan.sends[index]!
      const answered = send.message?.isRequest === false && send.trigger !== undefined
      const way = answered ? this.#came[send.trigger!]?.way : undefined
      return { send, text: this.renames.rewritten(send.text), way }
    })
  }

  /** Takes an arrival; returns which planned message it is. */
  take(text: Bytes, now: Milliseconds, way: Way): number | undefined {
    const again = this.#byText.get(text)
    if (again !== undefined) {
      again.copies++
      return this.#matchCopy(again.planned, now, way)
    }
    const parsed = parseMessage(text)
    const message = parsed instanceof Malformed ? undefined : parsed
    const planned = this.#match(text, message)
    const isBeyond = this.missing.length === 0 && this.deadline === undefined
    const received = { at: now - this.options.startMs, text, message, planned, copies: 1, isBeyond }
    this.received.push(received)
    this.#byText.set(text, received)
    if (message !== undefined) this.#noteChallenge(message)
    if (planned === undefined) return undefined
    this.#came[planned] = { at: now, way }
    const { message: recorded } = this.plan.receives[planned]!
    if (recorded !== undefined && message !== undefined) this.renames.learn(recorded, message)
    return planned
  }

  /** The same octets once more: a copy, or the answer to a request that was sent again, which then said another number. */
  #matchCopy(planned: number | undefined, now: Milliseconds, way: Way): number | undefined {
    if (planned === undefined) return undefined
    const first = this.plan.receives[planned]!
    const index = this.plan.receives.findIndex(
      (other, at) => this.#came[at] === undefined && at > planned && isLike(first, other),
    )
    if (index < 0) return planned
    this.#came[index] = { at: now, way }
    return index
  }

  #noteChallenge(message: Message): void {
    if (message.status === 401 || message.status === 407) this.challenges.set(String(message.status), message)
  }

  /** undefined: sent already, or its time is not known yet. */
  #dueAt(index: number): Milliseconds | undefined {
    const send = this.plan.sends[index]!
    if (this.#sentAt[index] !== undefined) return undefined
    const { startMs, speed } = this.options
    if (send.copyOf !== undefined) {
      const first = this.#sentAt[send.copyOf]
      return first === undefined ? undefined : first + (send.at - this.plan.sends[send.copyOf]!.at) / speed
    }
    if (send.trigger === undefined) return send.strict ? undefined : startMs + send.at / speed
    const came = this.#came[send.trigger]
    if (came !== undefined) return came.at + (send.at - this.plan.receives[send.trigger]!.at) / speed
    return send.strict ? undefined : startMs + send.at / speed + PATIENCE_MS
  }

  /** The first planned message that fits and has not come yet; the closer the better. */
  #match(text: Bytes, message: Message | undefined): number | undefined {
    for (const fits of [isSame, isSimilar, isOtherLeg]) {
      const index = this.plan.receives.findIndex(
        (planned, at) => this.#came[at] === undefined && fits(planned, text, message, this.renames),
      )
      if (index >= 0) return index
    }
    return undefined
  }
}

/** The same but for numbers, of the same branch: a process id, say. */
function isLike(one: PlannedReceive, two: PlannedReceive): boolean {
  const masked = (text: Bytes): Bytes => text.replace(/\d+/g, '9')
  return topBranch(one.message) === topBranch(two.message) && masked(one.text) === masked(two.text)
}

function topBranch(message: Message | undefined): string | undefined {
  const via = message?.topVia()
  return via === undefined || via instanceof Malformed ? undefined : via.branch
}

type Fits = (planned: PlannedReceive, text: Bytes, came: Message | undefined, renames: Renames) => boolean

const isSame: Fits = (planned, text, came, renames) => {
  const { message } = planned
  if (message === undefined || came === undefined)
    return message === came && firstLine(planned.text) === firstLine(text)
  return isSimilar(planned, text, came, renames) && message.requestUri === came.requestUri
}

const isSimilar: Fits = ({ message }, _, came, renames) =>
  message !== undefined &&
  came !== undefined &&
  message.isRequest === came.isRequest &&
  message.method === came.method &&
  message.status === came.status &&
  callOf(message, renames) === came.callId &&
  message.headerNamed('CSeq')?.replace(/\s+/g, ' ') === came.headerNamed('CSeq')?.replace(/\s+/g, ' ')

/** A request that opens a leg with a Call-ID of the server's making. */
const isOtherLeg: Fits = ({ message }, _, came) =>
  message !== undefined &&
  came !== undefined &&
  came.isRequest &&
  message.method === came.method &&
  message.toTag === undefined &&
  came.toTag === undefined &&
  message.callId !== came.callId &&
  userOf(message) === userOf(came)

function callOf(message: Message, renames: Renames): string | undefined {
  const { callId } = message
  return callId === undefined ? undefined : (renames.nameOf('call-id', callId) ?? callId)
}

function userOf({ requestUri }: Message): string {
  return /^\w+:([^@;]*)@/.exec(requestUri)?.[1] ?? requestUri
}

function firstLine(text: Bytes): string {
  return text.replace(/^[\r\n]+/, '').split(/\r?\n/, 1)[0] ?? ''
}
