// What a phone can be told, as plain JSON: the `command` of a {type: 'command'} input, so that a log can replay it.
//
// All texts are octets (one character an octet, as everywhere behind the door). An order that cannot be carried out
// (answering when nobody calls) is the user's mistake: UsageError.

import type { Address, Transport } from '../endpoint.js'
import type { Behaviour, ContactWish } from './behaviour.js'

/** Further headers, in order. One with a generated header's name takes its place; null leaves that one out. */
export type HeaderWishes = readonly (readonly [name: string, value: string | null])[]

/** Which call is meant: its `id` or its Call-ID. Without it: the latest one that the order can be about. */
export type CallChoice = number | string

/** Where a message is to go, past all routing. */
export interface Destination {
  readonly transport: Transport
  readonly remote: Address
}

export type PhoneCommand =
  /** Binds `contacts` (its own when left out); refreshed before it expires unless `refresh` is false. */
  | {
      readonly verb: 'register'
      readonly expiresS?: number
      readonly q?: number
      readonly contacts?: readonly ContactWish[]
      readonly headers?: HeaderWishes
      readonly refresh?: boolean
    }
  | { readonly verb: 'unregister'; readonly headers?: HeaderWishes }
  | { readonly verb: 'removeAllBindings'; readonly headers?: HeaderWishes }
  | { readonly verb: 'queryBindings'; readonly headers?: HeaderWishes }
  /** `target`: a URI, user@host, or a user of the phone's own domain. body: null sends no offer. */
  | {
      readonly verb: 'call'
      readonly target: string
      readonly headers?: HeaderWishes
      readonly body?: string | null
      readonly routes?: readonly string[]
    }
  /** 180 */
  | { readonly verb: 'ring'; readonly call?: CallChoice }
  /** A provisional response; 183 carries the answer unless a body is given. */
  | {
      readonly verb: 'progress'
      readonly status: number
      readonly reason?: string
      readonly call?: CallChoice
      readonly headers?: HeaderWishes
      readonly body?: string | null
    }
  | {
      readonly verb: 'answer'
      readonly call?: CallChoice
      readonly headers?: HeaderWishes
      readonly body?: string | null
    }
  | {
      readonly verb: 'reject'
      readonly status: number
      readonly reason?: string
      readonly contacts?: readonly ContactWish[]
      readonly call?: CallChoice
      readonly headers?: HeaderWishes
    }
  | {
      readonly verb: 'redirect'
      readonly status: number
      readonly contacts: readonly ContactWish[]
      readonly call?: CallChoice
    }
  /** The CANCEL waits until a provisional response has come (RFC 3261 §9.1). */
  | { readonly verb: 'cancel'; readonly call?: CallChoice; readonly headers?: HeaderWishes }
  /** BYE; CANCEL or 603 when the call is not answered yet. */
  | { readonly verb: 'hangup'; readonly call?: CallChoice; readonly headers?: HeaderWishes }
  /** The ACK of a 2xx, for a phone that does not acknowledge by itself. */
  | { readonly verb: 'acknowledge'; readonly call?: CallChoice; readonly body?: string | null }
  | { readonly verb: 'hold'; readonly call?: CallChoice }
  | { readonly verb: 'resume'; readonly call?: CallChoice }
  | {
      readonly verb: 'reinvite'
      readonly call?: CallChoice
      readonly headers?: HeaderWishes
      readonly body?: string | null
    }
  /** REFER within the call (RFC 3515). */
  | { readonly verb: 'transfer'; readonly target: string; readonly call?: CallChoice }
  /** Any other request: within a call (`call`, or `within`), else to `target` (its own AOR when left out). */
  | {
      readonly verb: 'request'
      readonly method: string
      readonly call?: CallChoice
      readonly within?: boolean
      readonly target?: string
      readonly headers?: HeaderWishes
      readonly body?: string
      readonly routes?: readonly string[]
    }
  /** A response to the oldest request (of `method`) that has no final response yet. */
  | {
      readonly verb: 'respond'
      readonly status: number
      readonly reason?: string
      readonly method?: string
      readonly headers?: HeaderWishes
      readonly body?: string
    }
  /** A message as written, with <placeholders> (raw.ts). A request is sent once, with no transaction around it. */
  | { readonly verb: 'raw'; readonly text: string; readonly to?: Destination; readonly call?: CallChoice }
  | ({ readonly verb: 'behave' } & Partial<Behaviour>)

export type PhoneVerb = PhoneCommand['verb']
/** The order with this verb. */
export type OrderOf<V extends PhoneVerb> = Extract<PhoneCommand, { verb: V }>
