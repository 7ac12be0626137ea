// A player's own addresses: one for all calls, or one for each (-t un), given back when the call is over; when all are
// taken, they are shared in turn.

import type { Address } from '../endpoint.js'

export class Locals {
  readonly #free: Address[]
  readonly #taken = new Set<Address>()
  #turn = 0

  constructor(private readonly addresses: readonly Address[]) {
    this.#free = [...addresses].reverse()
  }

  /** An address for a new call. */
  take(): Address {
    if (this.addresses.length === 1) return this.addresses[0]!
    const address = this.#free.pop() ?? this.addresses[this.#turn++ % this.addresses.length]!
    this.#taken.add(address)
    return address
  }

  giveBack(address: Address): void {
    if (this.addresses.length > 1 && this.#taken.delete(address)) this.#free.push(address)
  }

  has({ address, port }: Address): boolean {
    return this.at({ address, port }) !== undefined
  }

  /** Our own address that a message came to. */
  at({ address, port }: Address): Address | undefined {
    if (this.addresses.length === 1) {
      const [only] = this.addresses
      return only!.port === port ? only : undefined
    }
    return this.addresses.find((own) => own.port === port && own.address === address)
  }

  withAddress(address: string): Address | undefined {
    return this.addresses.find((own) => own.address === address)
  }
}
