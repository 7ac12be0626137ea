// Orders: one function a verb (command.ts says what each means). An order that cannot be carried out is a UsageError.

import { UsageError } from '../errors.js'
import { CALL_ORDERS, type OrderBook } from './call-orders.js'
import type { OrderOf, PhoneCommand } from './command.js'
import type { Core } from './core.js'
import { RawSender } from './raw.js'
import { Registration } from './registration.js'
import { request, respond } from './request-orders.js'

export class Orders {
  readonly registration: Registration
  readonly #raw: RawSender
  readonly #book: OrderBook

  constructor(private readonly core: Core) {
    this.registration = new Registration(core)
    this.#raw = new RawSender(core)
    this.#book = this.#bookOf(this.registration)
  }

  #bookOf(registration: Registration): OrderBook {
    return {
      ...CALL_ORDERS,
      register: (_, order) => registration.register(order),
      unregister: (_, { headers }) => registration.unregister(headers),
      removeAllBindings: (_, { headers }) => registration.removeAll(headers),
      queryBindings: (_, { headers }) => registration.query(headers),
      request,
      respond,
      raw: (_, order) => this.#raw.send(order),
      behave: (core, { verb: _verb, ...changes }: OrderOf<'behave'>) => core.behave(changes),
    }
  }

  /** Carries out one order; it comes from whoever holds the phone, perhaps out of a log. */
  carryOut(command: unknown): void {
    const order = command as PhoneCommand
    const verb = typeof order === 'object' && order !== null ? order.verb : undefined
    if (verb === undefined || !Object.hasOwn(this.#book, verb))
      throw new UsageError(
        `a phone has no order "${String(verb)}"; it has ${Object.keys(this.#book).join(', ')}`,
      )
    const act = this.#book[verb] as (core: Core, order: PhoneCommand) => void
    act(this.core, order)
  }
}
