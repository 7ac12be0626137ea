// Does a server at an address answer? One OPTIONS over its transport, from the address that this machine has towards it.

import { createSocket } from 'node:dgram'
import type { Address, Endpoint, Output } from '../../endpoint.js'
import { UsageError } from '../../errors.js'
import { HostDriver } from '../../host/driver.js'

/** Where a server listens that runs already. */
export interface Place extends Address {
  readonly transport: 'udp' | 'tcp' | 'tls'
}

const PROBE_MS = 3000
const PLACE = /^(udp|tcp|tls):(?:\[([^\]]+)\]|([^:]+)):(\d+)$/

/** "udp:192.0.2.1:5060", "tcp:[2001:db8::1]:5060"; undefined: it is no such thing. */
export function placeIn(text: string): Place | undefined {
  const [, transport, six, four, port] = PLACE.exec(text) ?? []
  if (transport === undefined) return undefined
  return { transport: transport as Place['transport'], address: six ?? four!, port: Number(port) }
}

/** "udp:192.0.2.1:5060" */
export function placeText({ transport, address, port }: Place): string {
  return `${transport}:${address.includes(':') ? `[${address}]` : address}:${port}`
}

export function isLoopback({ address }: Address): boolean {
  return /^127\./.test(address) || address === '::1'
}

/** Resolves with whether the server answers anything within three seconds; one question at a time for a driver. */
export async function answers(place: Place, driver: HostDriver): Promise<boolean> {
  let answered = false
  const from = await ownAddressTowards(place)
  const endpoint = asking(place, from, () => (answered = true))
  await driver.attach(
    'probe',
    endpoint,
    place.transport === 'udp' ? [{ transport: 'udp', address: from, port: 0 }] : [],
  )
  driver.give('probe', { type: 'command', command: undefined })
  await driver.runUntil(() => answered, PROBE_MS)
  await driver.detach('probe')
  return answered
}

/** Rejects with a UsageError that says what was tried when the server does not answer. */
export async function mustAnswer(place: Place, driver: HostDriver): Promise<void> {
  if (await answers(place, driver)) return
  throw new UsageError(
    `${placeText(place)} does not answer: an OPTIONS over ${place.transport.toUpperCase()} from ${await ownAddressTowards(place)} had no answer in ${PROBE_MS / 1000} s. Is it running, and may this machine reach it?`,
  )
}

function asking({ transport, ...remote }: Place, from: string, answered: () => void): Endpoint {
  const host = (address: string): string => (address.includes(':') ? `[${address}]` : address)
  const uri = `sip:${host(remote.address)}:${remote.port}`
  return {
    deadline: undefined,
    step: (input): Output[] => {
      if (input.type === 'packet') answered()
      if (input.type !== 'command') return []
      const local = { address: from, port: 0 }
      const branch = `z9hG4bKprobe${Math.round(performance.now())}`
      const bytes =
        `OPTIONS ${uri} SIP/2.0\r\nVia: SIP/2.0/${transport.toUpperCase()} ${host(from)};branch=${branch};rport\r\n` +
        `Max-Forwards: 70\r\nFrom: <sip:probe@${host(from)}>;tag=probe\r\nTo: <${uri}>\r\nCall-ID: ${branch}@${host(from)}\r\n` +
        'CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n'
      return [{ type: 'send', transport, local, remote, bytes }]
    },
  }
}

/** The address that this machine would send from. Rejects with a UsageError when there is no way there. */
export function ownAddressTowards({ address, port }: Address): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    socket.on('error', (error) => reject(new UsageError(`${address}:${port}: ${error.message}`)))
    socket.connect(port, address, () => {
      resolve(socket.address().address)
      socket.close()
    })
  })
}
