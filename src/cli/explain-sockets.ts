// Where the engine of `explain` listens: nothing is looked up, no interface is asked for.

import { isIP } from 'node:net'
import type { Listen } from '../driver.js'
import type { Address, Transport } from '../endpoint.js'
import { listenSockets, type Assignments } from '../proxy/listens.js'
import type { HostEntry } from '../script/bind.js'
import { entriesOf } from './entries.js'

const TRANSPORTS: readonly Transport[] = ['udp', 'tcp']

/** The address asked for comes first, then the IP addresses that the script listens at; names are not looked up. */
export function explainSockets(assignments: Assignments, to: Address | undefined): Listen[] {
  const literal = assignments.map(({ name, value }) =>
    name === 'listen' ? { name, value: entriesOf(value).filter(isLiteral) } : { name, value },
  )
  const surroundings = { interfaces: new Map([['lo', ['127.0.0.1']]]), hosts: new Map() }
  const listens = listenSockets(literal, surroundings).flatMap(({ address, port, transports }) =>
    transports.map((transport): Listen => ({ transport, address, port })),
  )
  const asked = to === undefined ? [] : TRANSPORTS.map((transport): Listen => ({ transport, ...to }))
  return [...asked, ...listens]
}

function isLiteral({ host }: HostEntry): boolean {
  return isIP(host) !== 0
}
