// Scenario addresses on loopback: 10.0.0.1:5060 is really 127.0.0.1 at a port of the kernel's choice. Endpoints and
// logs see only the scenario's addresses, so that the same scenario sends the same bytes in both worlds.

import type { Listen } from '../driver.js'
import type { Address, Transport } from '../endpoint.js'

const LOOPBACK = '127.0.0.1'

export class AddressBook {
  readonly #real = new Map<string, Address>()
  readonly #virtual = new Map<string, Address>()

  /** Where to bind for a scenario address. */
  bindAt(listen: Listen): Listen {
    return { transport: listen.transport, address: LOOPBACK, port: 0 }
  }

  /** Notes that a scenario address is bound at a real one. */
  note(transport: Transport, virtual: Address, real: Address): void {
    this.#real.set(keyOf(transport, virtual), { address: real.address, port: real.port })
    this.#virtual.set(keyOf(transport, real), { address: virtual.address, port: virtual.port })
  }

  /** A scenario address is no more. */
  forget(transport: Transport, virtual: Address): void {
    const real = this.#real.get(keyOf(transport, virtual))
    this.#real.delete(keyOf(transport, virtual))
    if (real !== undefined) this.#virtual.delete(keyOf(transport, real))
  }

  /** The real address of a scenario address; undefined: nobody is there. */
  realOf(transport: Transport, virtual: Address): Address | undefined {
    return this.#real.get(keyOf(transport, virtual))
  }

  /** The scenario address of a real one; itself when it is a stranger's. */
  virtualOf(transport: Transport, real: Address): Address {
    return this.#virtual.get(keyOf(transport, real)) ?? real
  }
}

function keyOf(transport: Transport, { address, port }: Address): string {
  return `${transport}:${address}:${port}`
}
