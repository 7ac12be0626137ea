// What this machine knows of interfaces and names, asked once at start.

import { lookup, lookupService, resolveCname } from 'node:dns/promises'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import { hostsAskedFor, type Assignments, type KnownHost, type Surroundings } from '../proxy/listens.js'

/** A name server that does not answer delays the start no longer than this. */
const LOOKUP_TIMEOUT_MS = 3000
const LOOKUPS_MAX = 64

/** Interfaces, and everything that the sockets of a script need to know about hosts. */
export async function surroundingsOf(assignments: Assignments): Promise<Surroundings> {
  const interfaces = interfaceAddresses()
  const asked = hostsAskedFor(assignments, interfaces).slice(0, LOOKUPS_MAX)
  const hosts = new Map<string, KnownHost>()
  await Promise.all(
    asked.map(async (host) => {
      const known = await (isIP(host) === 0 ? named(host) : reversed(host))
      if (known !== undefined) hosts.set(host, known)
    }),
  )
  return { interfaces, hosts }
}

/** IPv4 addresses of the interfaces that are up. */
export function interfaceAddresses(): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const [name, entries = []] of Object.entries(networkInterfaces())) {
    const addresses = entries.filter(({ family }) => family === 'IPv4').map(({ address }) => address)
    if (addresses.length > 0) found.set(name, addresses)
  }
  return found
}

/** The first address of a name, IPv4 before IPv6, and its canonical name. */
async function named(host: string): Promise<KnownHost | undefined> {
  const found = await inTime(lookup(host, { all: true, verbatim: true }))
  const first = found?.find(({ family }) => family === 4) ?? found?.[0]
  if (first === undefined) return undefined
  const [canonicalName = host] = (await inTime(resolveCname(host))) ?? []
  return { address: first.address, canonicalName, aliases: [] }
}

async function reversed(address: string): Promise<KnownHost> {
  const found = await inTime(lookupService(address, 0))
  const aliases = found === undefined || found.hostname === address ? [] : [found.hostname]
  return { address, canonicalName: address, aliases }
}

/** What was asked for; undefined when it failed or takes too long. */
async function inTime<T>(asked: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), LOOKUP_TIMEOUT_MS)
  })
  const answer = await Promise.race([asked.catch(() => undefined), late])
  clearTimeout(timer)
  return answer
}
