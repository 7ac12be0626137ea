// Writing messages: a first line, headers in order, Content-Length, body. Which headers is the callers' business.

import type { Bytes } from '../endpoint.js'
import { headerId } from '../sip/names.js'
import type { HeaderWishes } from './command.js'

export type HeaderLine = readonly [name: string, value: string]

/** A whole message. Content-Length is added unless `headers` has one or `wishes` leaves it out. */
export function writeMessage(
  firstLine: string,
  headers: readonly HeaderLine[],
  wishes: HeaderWishes | undefined,
  body: Bytes,
): Bytes {
  const complete: HeaderLine[] = [...headers, ['Content-Length', String(body.length)]]
  const lines = wishes === undefined || wishes.length === 0 ? complete : granted(complete, wishes)
  let text = `${firstLine}\r\n`
  for (const [name, value] of lines) text += `${name}: ${value}\r\n`
  return `${text}\r\n${body}`
}

/** The generated headers with the wished ones in the places of those they replace, the others before Content-Length. */
function granted(headers: readonly HeaderLine[], wishes: HeaderWishes): HeaderLine[] {
  const replaced = new Map<string, HeaderLine[]>()
  for (const [name, value] of wishes) {
    const lines = replaced.get(nameKey(name)) ?? []
    if (value !== null) lines.push([name, value])
    replaced.set(nameKey(name), lines)
  }
  const result: HeaderLine[] = []
  for (const line of headers) {
    const wished = replaced.get(nameKey(line[0]))
    if (wished === undefined) result.push(line)
    else result.push(...wished.splice(0))
  }
  const last = result.at(-1)?.[0] === 'Content-Length' ? result.pop() : undefined
  for (const lines of replaced.values()) result.push(...lines)
  if (last !== undefined) result.push(last)
  return result
}

/** The same for all spellings of a header's name, compact form included. */
function nameKey(name: string): string {
  const id = headerId(name)
  return id === 0 ? name.toLowerCase() : String(id)
}
