// Addresses as they are typed: 10.0.0.1:5060, [::1]:5060, or an address alone.

import { isIP } from 'node:net'
import type { Address } from '../endpoint.js'
import { UsageError } from '../errors.js'

/** Reads ADDRESS[:PORT]. Throws a UsageError. */
export function addressOf(option: string, text: string, defaultPort: number): Address {
  const found = /^(?:\[([^\]]+)\]|([^:]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*))(?::(\d{1,5}))?$/.exec(
    text,
  )
  const address = found?.[1] ?? found?.[2] ?? ''
  const port = found?.[3] === undefined ? defaultPort : Number(found[3])
  if (isIP(address) !== 0 && port <= 65535) return { address, port }
  throw new UsageError(`${option} ${text}: give an IP address and a port, as in 192.0.2.1:5060.`)
}

/** The other way round. */
export function addressText({ address, port }: Address): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}
