// Messages out of packets. A datagram is a message, and so is what an endpoint of ours sends over a stream in one go (its
// Content-Length is judged, not believed); of strangers that have a name the log has messages already. What anybody else's
// stream brought is cut by Content-Length (RFC 3261 §18.3).

import type { WireEntry } from '../driver.js'
import type { Bytes } from '../endpoint.js'
import { StreamFramer } from '../sip/framing.js'

export interface Framed {
  /** The packet that completed the message. */
  readonly wire: WireEntry
  readonly bytes: Bytes
}

/** The messages of all packets, in order. */
export function messagesOf(wires: readonly WireEntry[]): Framed[] {
  const streams = new Map<string, StreamFramer>()
  const messages: Framed[] = []
  for (const wire of wires) {
    if (wire.transport === 'udp' || wire.from !== undefined) messages.push({ wire, bytes: wire.bytes })
    else
      for (const frame of framerOf(streams, wire).push(wire.bytes))
        if (typeof frame === 'string') messages.push({ wire, bytes: frame })
  }
  return messages
}

function framerOf(
  streams: Map<string, StreamFramer>,
  { transport, source, target }: WireEntry,
): StreamFramer {
  const key = `${transport} ${source.address}:${source.port} ${target.address}:${target.port}`
  let framer = streams.get(key)
  if (framer === undefined) streams.set(key, (framer = new StreamFramer()))
  return framer
}
