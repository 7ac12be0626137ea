// What has come in, counted for whoever watches (metrics): one addition a message, nothing else.

import type { Message } from '../sip/message.js'
import { isKnownMethod } from '../sip/methods.js'

/** Statuses are below it. */
const STATUSES = 700
/** Methods that no RFC knows are counted together: their names come from peers. */
const OTHER = 'other'

interface Count {
  count: number
}

export class Traffic {
  /** Requests received, by method. */
  readonly requests = new Map<string, Count>()
  /** Responses received, by status; floats, which do not overflow. */
  readonly responses = new Float64Array(STATUSES)
  /** Messages that were dropped: nobody could read them, or nobody waited for them. */
  dropped = 0

  received(message: Message): void {
    if (!message.isRequest) {
      const { status } = message
      this.responses[status < STATUSES ? status : 0]!++
      return
    }
    const count = this.requests.get(message.method)
    if (count !== undefined) count.count++
    else this.#first(message.method)
  }

  #first(method: string): void {
    if (isKnownMethod(method)) return void this.requests.set(method, { count: 1 })
    const others = this.requests.get(OTHER)
    if (others !== undefined) others.count++
    else this.requests.set(OTHER, { count: 1 })
  }
}
