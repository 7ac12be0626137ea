// Recorded behaviour of the original server: a capture of loopback UDP and the script that ran (captures/oracle).
// Reads the capture into entries "endpoint -> server" and "server -> endpoint".

import type { Bytes, Milliseconds } from '../endpoint.js'

export interface RecordedPacket {
  readonly at: Milliseconds
  /** Port of the endpoint: who sent it to the server, or whom the server sent it to. */
  readonly port: number
  readonly toServer: boolean
  readonly bytes: Bytes
}

/** The endpoint "other" listened at 45172; its captures say 45195. */
const ALIASES: Readonly<Record<number, number>> = { 45195: 45172 }

const FILE_HEADER_LENGTH = 24
const RECORD_HEADER_LENGTH = 16
const IP_UDP_LENGTH = 28

/** The packets of a little-endian microsecond capture of raw IPv4 with UDP, as these recordings are. */
export function readRecording(file: Buffer, serverPort: number): RecordedPacket[] {
  const packets: RecordedPacket[] = []
  let first: number | undefined
  for (let at = FILE_HEADER_LENGTH; at + RECORD_HEADER_LENGTH <= file.length;) {
    const ms = file.readUInt32LE(at) * 1000 + file.readUInt32LE(at + 4) / 1000
    const length = file.readUInt32LE(at + 8)
    const packet = file.subarray(at + RECORD_HEADER_LENGTH, at + RECORD_HEADER_LENGTH + length)
    at += RECORD_HEADER_LENGTH + length
    first ??= ms
    const source = packet.readUInt16BE(20)
    const target = packet.readUInt16BE(22)
    // Endpoints talk to each other too: an ACK that has no reason to come this way.
    if (source !== serverPort && target !== serverPort) continue
    const toServer = source !== serverPort
    packets.push({
      at: Math.round(ms - first),
      port: ALIASES[toServer ? source : target] ?? (toServer ? source : target),
      toServer,
      bytes: packet.subarray(IP_UDP_LENGTH).toString('latin1'),
    })
  }
  return packets
}
