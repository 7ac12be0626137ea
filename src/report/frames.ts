// The messages inside one packet, for the ladder's eyes only: a stream's chunk may hold several (RFC 3261 §18.3), and
// a WebSocket's bytes are wrapped, and masked when a client sent them (RFC 6455 §5.2, RFC 7118). What cannot be taken
// apart stays whole: the ladder then shows one arrow for the chunk.

import type { Bytes, Transport } from '../endpoint.js'

const MESSAGES_MAX = 50

/** The SIP messages of a packet, at least one piece; joined they are the packet (for WebSockets: its payloads). */
export function messagesIn(transport: Transport, bytes: Bytes): Bytes[] {
  if (transport === 'udp') return [bytes]
  if (transport === 'tcp' || transport === 'tls') return streamed(bytes)
  return webSocketPayloads(bytes) ?? [bytes]
}

function streamed(bytes: Bytes): Bytes[] {
  const pieces: Bytes[] = []
  let rest = bytes
  while (pieces.length < MESSAGES_MAX) {
    const end = messageEnd(rest)
    if (end === undefined || end >= rest.length) break
    pieces.push(rest.slice(0, end))
    rest = rest.slice(end)
  }
  return [...pieces, rest]
}

/** Where the first message ends by its Content-Length, when it is whole. */
function messageEnd(bytes: Bytes): number | undefined {
  const blank = bytes.indexOf('\r\n\r\n', /^[\r\n]*/.exec(bytes)?.[0].length)
  if (blank < 0) return undefined
  const length = /^(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*$/im.exec(bytes.slice(0, blank))?.[1]
  return length === undefined ? undefined : blank + 4 + Number(length)
}

function webSocketPayloads(bytes: Bytes): Bytes[] | undefined {
  const payloads: Bytes[] = []
  let at = 0
  while (at < bytes.length && payloads.length < MESSAGES_MAX) {
    const frame = webSocketFrame(bytes, at)
    if (!frame) return undefined
    payloads.push(frame.payload)
    at = frame.end
  }
  return payloads.length > 0 ? payloads : undefined
}

function webSocketFrame(bytes: Bytes, at: number): { payload: Bytes; end: number } | undefined {
  const first = bytes.charCodeAt(at)
  const opcode = first & 0x0f
  // The reserved bits are 0 in a frame of ours, and "GET" or "HTTP" of the handshake never looks like one.
  if ((first & 0x70) !== 0 || (opcode > 2 && opcode < 8) || opcode > 10) return undefined
  const second = bytes.charCodeAt(at + 1)
  const short = second & 0x7f
  const extra = short === 126 ? 2 : short === 127 ? 8 : 0
  const length = extra === 0 ? short : bigEndian(bytes.slice(at + 2, at + 2 + extra))
  const masked = (second & 0x80) !== 0
  const start = at + 2 + extra + (masked ? 4 : 0)
  if (!(start + length <= bytes.length)) return undefined
  const payload = bytes.slice(start, start + length)
  return { payload: masked ? unmasked(payload, bytes.slice(start - 4, start)) : payload, end: start + length }
}

function bigEndian(octets: Bytes): number {
  let value = 0
  for (let index = 0; index < octets.length; index++) value = value * 256 + octets.charCodeAt(index)
  return value
}

function unmasked(payload: Bytes, key: Bytes): Bytes {
  const octets = Buffer.from(payload, 'latin1')
  for (let index = 0; index < octets.length; index++)
    octets[index] = octets[index]! ^ key.charCodeAt(index % 4)
  return octets.toString('latin1')
}
