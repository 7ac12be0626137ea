// What some keywords become: out of the last message, the clock, the table of circuits.

import type { Call } from './call.js'

/** [last_X:] and [last_X]: every value of a header of the last message, with its name; '' when it is not there. */
export function lastHeader({ last }: Call, name: string): string {
  if (last === undefined) return ''
  const bare = name.endsWith(':') ? name.slice(0, -1) : name
  const value = last.header(bare)
  return value === '' ? '' : `${bare}: ${value}`
}

/** [last_Request_URI]: the URI in the To of the last message (SIPp's documentation promises something else). */
export function lastTargetUri({ last }: Call): string {
  const to = last?.header('To') ?? ''
  const start = to.indexOf('<')
  const end = to.indexOf('>')
  return start >= 0 && end > start ? to.slice(start + 1, end) : ''
}

/** IPv6 in brackets. */
export function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address
}

/** "2026-01-31<TAB>13:59:59.123456<TAB>1769867999.123456", in UTC. */
export function stamp(epochMs: number): string {
  const micros = String(Math.round((epochMs % 1000) * 1000)).padStart(6, '0')
  const [day = '', time = ''] = new Date(epochMs).toISOString().split('T')
  return `${day}\t${time.slice(0, 8)}.${micros}\t${Math.floor(epochMs / 1000)}.${micros}`
}

/** A circuit of -tdmmap {a-b}{c}{d-e}{f-g}: "span.card.port/slot"; undefined without a table. */
export function tdmCircuit(ranges: readonly (readonly [number, number])[] | undefined, callNumber: number) {
  const [first, second, third, fourth] = ranges ?? []
  if (first === undefined || second === undefined || third === undefined || fourth === undefined)
    return undefined
  const size = ([from, to]: readonly [number, number]): number => to - from + 1
  const circuit = (callNumber - 1) % (size(first) * size(third) * size(fourth))
  const slot = circuit % size(fourth)
  const port = Math.floor(circuit / size(fourth)) % size(third)
  const span = Math.floor(circuit / (size(fourth) * size(third))) % size(first)
  return `${first[0] + span}.${second[0]}.${third[0] + port}/${fourth[0] + slot}`
}
