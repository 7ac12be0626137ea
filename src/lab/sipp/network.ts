// Where SIPp containers of a scenario live. Addresses in 127.0.0.0/8: on the host's network. Others: on a bridge of the
// scenario's own, closed to the outside, on which the proxy's address is the host's; it goes when the scenario ends.

import { networkInterfaces } from 'node:os'
import type { Address } from '../../endpoint.js'
import { UsageError } from '../../errors.js'
import { bridge, docker, type DockerOptions } from '../../sipp-wrapper/index.js'
import { parseAddress, type Lab } from '../lab.js'

const networks = new WeakMap<Lab, Promise<string>>()
let made = 0

/** Where a container with this address is started. */
export async function containersOf(lab: Lab, { address }: Address): Promise<DockerOptions> {
  const network = await networkOf(lab)
  return network === 'host' ? { network } : { network, address }
}

/** The network, made when it is first asked for: before anything is bound at its addresses. */
export function networkOf(lab: Lab): Promise<string> {
  let network = networks.get(lab)
  if (network === undefined) networks.set(lab, (network = makeNetwork(lab)))
  return network
}

async function makeNetwork(lab: Lab): Promise<string> {
  const places = lab.declarations.map((declaration) => parseAddress(declaration.address).address)
  const gateway = lab.proxies.values().next().value?.placeFor('udp').address ?? gatewayBeside(places)
  if (gateway.startsWith('127.')) return 'host'
  const parts = /^(\d+\.\d+\.\d+)\.\d+$/.exec(gateway)
  if (parts === null) throw new UsageError(`${gateway}: SIPp containers need IPv4 addresses.`)
  refuseTaken(`${parts[1]}.`)
  // What a killed run left may have these addresses.
  await docker().sweep()
  const name = `sipwright-${process.pid}-${++made}`
  const network = await bridge(name, `${parts[1]}.0/24`, gateway)
  lab.atEnd(() => network.remove())
  return name
}

/** Without a proxy: an address of their network that nobody has. */
function gatewayBeside(places: readonly string[]): string {
  const [first = ''] = places
  if (first.startsWith('127.')) return first
  const taken = new Set(places)
  for (let last = 1; last < 255; last++) {
    const address = first.replace(/\d+$/, String(last))
    if (!taken.has(address)) return address
  }
  throw new UsageError(`there is no address left for the host beside ${first}.`)
}

/** A bridge on addresses that this machine already reaches would cut it off from them. */
function refuseTaken(prefix: string): void {
  for (const [device, addresses = []] of Object.entries(networkInterfaces()))
    for (const { address } of addresses)
      if (address.startsWith(prefix) && !device.startsWith('br-'))
        throw new UsageError(
          `${prefix}0/24 is this machine's own network (${device} has ${address}): give the proxy and the phones addresses of another one, as in 10.123.46.0/24.`,
        )
}
