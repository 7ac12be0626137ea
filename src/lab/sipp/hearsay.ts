// What two SIPp programs say to each other passes none of our sockets. Their own logs tell it: a message that one has
// sent and another has received goes into the scenario's log, in the order of their clocks.

import type { Address } from '../../endpoint.js'
import type { SippEvent } from '../../sipp-wrapper/index.js'
import type { Lab } from '../lab.js'

type Message = Extract<SippEvent, { kind: 'message' }>

interface Heard {
  readonly name: string
  readonly at: Address
  readonly message: Message
}

/** The logs are read one after the other; what is older than this is complete. */
export const LATE_MS = 400
/** Messages that wait for their other half; what passes our own sockets never finds it. */
const WAITING_MAX = 2000

export class Hearsay {
  readonly #waiting: Heard[] = []
  readonly #pairs: { readonly sent: Heard; readonly received: Heard }[] = []

  constructor(private readonly lab: Lab) {
    lab.atEnd(() => Promise.resolve(this.tell(Infinity)))
  }

  said(name: string, at: Address, message: Message): void {
    const isOther = (one: Heard): boolean =>
      one.message.isSent !== message.isSent && one.name !== name && one.message.bytes === message.bytes
    const index = this.#waiting.findIndex(isOther)
    const heard = { name, at, message }
    if (index < 0) this.#waiting.push(heard)
    else {
      const [other] = this.#waiting.splice(index, 1)
      this.#pairs.push(message.isSent ? { sent: heard, received: other! } : { sent: other!, received: heard })
    }
    if (this.#waiting.length > WAITING_MAX) this.#waiting.shift()
    setTimeout(() => this.tell(message.atMs), LATE_MS).unref()
  }

  /** Writes down what was sent until this moment (milliseconds since 1970). */
  tell(until: number): void {
    this.#pairs.sort((one, two) => one.sent.message.atMs - two.sent.message.atMs)
    while (this.#pairs.length > 0 && this.#pairs[0]!.sent.message.atMs <= until) {
      const { sent, received } = this.#pairs.shift()!
      const { transport, bytes } = sent.message
      const ends = { from: sent.name, to: received.name, source: sent.at, target: received.at }
      this.lab.hostDriver.overhear({ transport, ...ends, bytes })
    }
    this.lab.hostDriver.stir()
  }
}

const hearsays = new WeakMap<Lab, Hearsay>()

export function hearsayOf(lab: Lab): Hearsay {
  let hearsay = hearsays.get(lab)
  if (hearsay === undefined) hearsays.set(lab, (hearsay = new Hearsay(lab)))
  return hearsay
}
