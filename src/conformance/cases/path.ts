// What a check looks at in a message: "Via[2].branch", "Contact.uri", "count Route", "Status", "Body". Reads packets only.

import type { Address, Bytes, Milliseconds, Transport } from '../../endpoint.js'
import { splitList } from '../../sip/name-addr.js'
import type { Message } from '../../sip/message.js'

/** A message that a party sent or received. */
export interface Heard {
  readonly message: Message
  readonly at: Milliseconds
  readonly party: string
  readonly transport: Transport
  readonly source: Address
  readonly target: Address
  readonly connection: number | undefined
}

/** Headers whose commas separate no values (RFC 3261 §7.3.1, §20). */
const WHOLE =
  /^(?:subject|date|user-agent|server|organization|www-authenticate|proxy-authenticate|authorization|proxy-authorization|call-id|i|cseq|s)$/i
const PATH = /^(?<name>[A-Za-z0-9!%*_+`'~-]+)(?:\[(?<index>\d+|last)\])?(?:\.(?<part>[A-Za-z0-9_-]+))?$/

const WHOLE_MESSAGE: Readonly<Record<string, (heard: Heard) => string>> = {
  Method: ({ message }) => (message.isRequest ? message.method : message.cseqMethod),
  'Request-URI': ({ message }) => message.requestUri,
  Status: ({ message }) => String(message.status),
  Reason: ({ message }) => message.reason,
  Version: ({ message }) => message.version,
  Body: ({ message }) => message.text.slice(message.bodyStart),
  'Body-Length': ({ message }) => String(message.text.length - message.bodyStart),
  Message: ({ message }) => message.text,
  'First-Line': ({ message }) =>
    message.text.slice(message.start, message.text.indexOf('\n', message.start)).trimEnd(),
  Headers: ({ message }) => message.text.slice(message.headersStart, message.headersEnd),
  Source: ({ source }) => hostPort(source),
  Target: ({ target }) => hostPort(target),
  Transport: ({ transport }) => transport,
  Length: ({ message }) => String(message.text.length),
  Connection: ({ connection }) => String(connection ?? ''),
}

export function hostPort({ address, port }: Address): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`
}

/** The text at a path; undefined when there is none. "count X" and "lines X" are numbers, "0" for none. */
export function readPath(heard: Heard, path: string): string | undefined {
  const whole = Object.hasOwn(WHOLE_MESSAGE, path) ? WHOLE_MESSAGE[path] : undefined
  if (whole !== undefined) return whole(heard)
  const counted = /^(count|lines) (\S+)$/.exec(path)
  if (counted !== null) {
    const name = counted[2]!
    return String(
      counted[1] === 'count' ? valuesOf(heard.message, name).length : heard.message.headersNamed(name).length,
    )
  }
  const { name, index, part } = PATH.exec(path)?.groups ?? {}
  if (name === undefined) throw new Error(`"${path}" is no path`)
  const values = name === 'RURI' ? [heard.message.requestUri] : valuesOf(heard.message, name)
  const value = index === 'last' ? values.at(-1) : values[Number(index ?? '1') - 1]
  return value === undefined || part === undefined ? value : partOf(value, name, part)
}

/** Is it a path? */
export function isPath(path: string): boolean {
  return Object.hasOwn(WHOLE_MESSAGE, path) || /^(?:count|lines) \S+$/.test(path) || PATH.test(path)
}

function valuesOf(message: Message, name: string): Bytes[] {
  const lines = message.headersNamed(name)
  if (WHOLE.test(name)) return lines
  return lines.flatMap((line) =>
    splitList(line, 0, line.length).map(([start, end]) => line.slice(start, end)),
  )
}

/** Part of a value: its URI, the URI's host, user, port or parameters, or a parameter of the header's own. */
function partOf(value: string, name: string, part: string): string | undefined {
  if (/^(?:via|v)$/i.test(name)) return viaPart(value, part)
  if (/^cseq$/i.test(name)) return part === 'number' ? value.split(/\s+/)[0] : value.split(/\s+/)[1]
  if (/auth/i.test(name))
    return new RegExp(`\\b${part}\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|([^,\\s]+))`, 'i')
      .exec(value)
      ?.slice(1)
      .find((one) => one !== undefined)
  const [, display = '', bracketed, after = ''] =
    /^((?:\s*"(?:[^"\\]|\\.)*")?[^<]*)<([^>]*)>(.*)$/s.exec(value) ?? []
  const uri = name === 'RURI' ? value : (bracketed ?? value.split(';')[0]!).trim()
  if (part === 'uri') return uri
  if (part === 'display') return display.trim()
  const [, scheme, user, host, port, params = ''] =
    /^(\w+):(?:([^@]*)@)?(\[[^\]]*\]|[^:;?]*)(?::(\d+))?(.*)$/s.exec(uri) ?? []
  const known: Record<string, string | undefined> = { scheme, user, host, port, 'uri-params': params }
  if (Object.hasOwn(known, part)) return known[part]
  if (part.startsWith('uri-')) return parameter(params, part.slice(4))
  return parameter(bracketed === undefined ? value : after, part)
}

function viaPart(value: string, part: string): string | undefined {
  const [, protocol, sentBy, params = ''] =
    /^\s*([^\s;]+(?:\s*\/\s*[^\s;/]+)*)\s+([^;]+)(.*)$/s.exec(value) ?? []
  if (part === 'protocol') return protocol
  if (part === 'sent-by') return sentBy?.trim()
  if (part === 'transport') return protocol?.split('/').at(-1)?.trim()
  return parameter(params, part)
}

/** '' for one without a value. */
function parameter(params: string, name: string): string | undefined {
  const match = new RegExp(
    `;\\s*${name}(?:\\s*=\\s*("(?:[^"\\\\]|\\\\.)*"|[^;,\\s?]*))?\\s*(?=[;,?]|$)`,
    'i',
  ).exec(params)
  return match === null ? undefined : (match[1] ?? '')
}
