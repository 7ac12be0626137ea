// An endpoint on a real host, and the UDP sockets that are its doors.

import type { Listen } from '../driver.js'
import type { Address, Endpoint } from '../endpoint.js'
import type { TcpEvents } from './tcp.js'
import type { Datagram, UdpSocket } from './udp.js'

/** A bound UDP socket, and what is to leave by it at the end of the batch. */
export interface Door {
  /** As the endpoint knows it. */
  readonly local: Listen
  readonly socket: UdpSocket
  readonly outgoing: Datagram[]
}

export interface Party {
  readonly name: string
  endpoint: Endpoint
  readonly doors: Door[]
  readonly events: TcpEvents
  readonly bound: Listen[]
  /** False once it has been taken off the network: it is given nothing any more. */
  attached: boolean
}

/** Holds the place of an endpoint that is not built yet: what arrives meanwhile is lost, as at a closed door. */
export const NOBODY: Endpoint = { deadline: undefined, step: () => [] }

/** The door that an endpoint means; one of the destination's family when it means none. */
export function doorFor({ doors }: Party, local: Address, remote: Address): Door | undefined {
  if (doors.length < 2) return doors[0]
  const isSix = remote.address.includes(':')
  return (
    doors.find((door) => door.local.port === local.port && door.local.address === local.address) ??
    doors.find((door) => door.socket.bound.address.includes(':') === isSix) ??
    doors[0]
  )
}
