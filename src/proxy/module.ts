// The contract of a SER module: one declarative record, functions below it in the same order.
// A record has no state; `start` makes the state of one engine, and hooks are methods of that state.

import type { Address, Closed, ControlAnswer, Milliseconds, Packet, Transport } from '../endpoint.js'
import type { ModuleWords, Waiting } from '../script/contract.js'
import type { Message } from '../sip/message.js'
import type { Context } from './context.js'
import type { Engine } from './engine.js'

/** A module parameter's value after modparam lines and defaults. */
export type Parameters = Readonly<Record<string, number | string | undefined>>

/** What a module's state may do besides serving its functions; every hook is optional. */
export interface ModuleHooks {
  /** Wake me no later than this. */
  readonly deadline?: Milliseconds | undefined
  wake?(now: Milliseconds): void
  /** Before the main route of a request; false: the message is taken, no route runs. Called last loaded first. */
  beforeRoute?(context: Context): boolean
  /** After the main route ended, whatever its value. */
  afterRoute?(context: Context): void
  /** May this request go there now? false: it is not sent, and answered with 503. */
  admits?(context: Context, transport: Transport, remote: Address): boolean
  /** A response arrived; true: it is taken, it will not be forwarded statelessly. */
  onReply?(message: Message, packet: Packet): boolean
  /** A datagram of ours bounced, or a stream connection failed. */
  onUnreachable?(transport: string, address: string, port: number, reason: Closed['reason']): void
  /** Questions whose answers it must have before any message is served; a negative value: there is no serving. */
  preload?(): readonly Waiting[]
  /** A last chance to write down what must last; what is asked then is still answered. */
  shutdown?(now: Milliseconds): void
}

export type { ControlAnswer } from '../endpoint.js'

/** A control command, as SER's FIFO server has them; asked over the FIFO, the control socket or by a step. */
export interface ControlRecord {
  /** One line for the generated reference. */
  readonly about: string
  /**
   * The lines it reads, in order ("table", "aor"). A name that ends in "..." takes all lines up to a lone "." as one,
   * "headers..." up to an empty line, too.
   */
  readonly args: readonly string[]
  /** Answers once, now or later. `args` has a text for each of its lines ("" when the client sent fewer). */
  call(engine: Engine, args: readonly string[], answer: (answer: ControlAnswer) => void): void
}

export interface ModuleRecord<S extends object = object> extends ModuleWords<Context> {
  /** One line for the generated reference. */
  readonly about: string
  /** Modules (by file name) that must be loaded before this one. */
  readonly needs?: readonly string[]
  /** Its control commands by name ("ul_show_contact"). */
  readonly controls?: Readonly<Record<string, ControlRecord>>
  /** Makes the module's state for one engine. Throws an Error with SER's wording when a parameter makes no sense. */
  start(engine: Engine, params: Parameters): S & ModuleHooks
}
