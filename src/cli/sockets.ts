// From the sockets of a script to what the driver binds, and back to names with the ports that were bound.

import type { Listen } from '../driver.js'
import type { ListenSocket } from '../proxy/listens.js'
import type { OwnName } from '../proxy/myself.js'

export function listensOf(sockets: readonly ListenSocket[]): Listen[] {
  return sockets.flatMap(({ address, port, transports }) =>
    transports.map((transport) => ({ transport, address, port })),
  )
}

/** The names of each socket, with the ports that were really bound (in the order of listensOf). */
export function namesOf(sockets: readonly ListenSocket[], bound: readonly Listen[]): OwnName[] {
  let at = 0
  return sockets.flatMap(({ name, address, aliases, transports }) => {
    const ports = new Set(transports.map(() => bound[at++]!.port))
    const hosts = name === address ? aliases : [name, ...aliases]
    return hosts.flatMap((host) => [...ports].map((port) => ({ host, port })))
  })
}
