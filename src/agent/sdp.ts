// The least of SDP that a call needs: an offer with its own port for each call, an answer to an offer, the direction
// (RFC 4566, RFC 3264). Media is never sent.

import type { Bytes } from '../endpoint.js'

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive'

/** The parts of a description that are ours. */
export interface Media {
  readonly address: string
  readonly port: number
  /** Names the session (o=); the version counts up with each change (RFC 3264 §8). */
  readonly session: number
  readonly version: number
  readonly direction: Direction
}

/** A description of one audio stream, PCMU and PCMA. */
export function writeOffer(media: Media): Bytes {
  const lines = [...head(media), `m=audio ${media.port} RTP/AVP 0 8`]
  lines.push('a=rtpmap:0 PCMU/8000', 'a=rtpmap:8 PCMA/8000', `a=${media.direction}`)
  return `${lines.join('\r\n')}\r\n`
}

/** The answer to an offer: its first audio stream with all its formats, every other stream refused (RFC 3264 §6). */
export function writeAnswer(offer: Bytes, media: Media): Bytes {
  const lines = head(media)
  let taken = false
  for (const [, kind, protocol, formats] of offer.matchAll(/^m=(\S+) \d+(?:\/\d+)? (\S+) (.*?)\r?$/gm)) {
    const accept: boolean = !taken && kind === 'audio'
    lines.push(`m=${kind} ${accept ? media.port : 0} ${protocol} ${formats}`)
    if (accept) lines.push(`a=${answering(directionOf(offer), media.direction)}`)
    taken ||= accept
  }
  return `${lines.join('\r\n')}\r\n`
}

/** The direction of a description as its sender means it: the last a= line that tells; an old hold is c=0.0.0.0. */
export function directionOf(description: Bytes): Direction {
  const told = [...description.matchAll(/^a=(sendrecv|sendonly|recvonly|inactive)\s*$/gm)].at(-1)?.[1]
  if (told !== undefined) return told as Direction
  return /^c=IN IP4 0\.0\.0\.0\s*$/m.test(description) ? 'sendonly' : 'sendrecv'
}

/** What we answer to their direction, given ours (RFC 3264 §6.1). */
function answering(theirs: Direction, ours: Direction): Direction {
  const send =
    (theirs === 'sendrecv' || theirs === 'recvonly') && (ours === 'sendrecv' || ours === 'sendonly')
  const receive =
    (theirs === 'sendrecv' || theirs === 'sendonly') && (ours === 'sendrecv' || ours === 'recvonly')
  if (send) return receive ? 'sendrecv' : 'sendonly'
  return receive ? 'recvonly' : 'inactive'
}

function head({ address, session, version }: Media): string[] {
  const family = address.includes(':') ? 'IP6' : 'IP4'
  return [
    'v=0',
    `o=- ${session} ${version} IN ${family} ${address}`,
    's=-',
    `c=IN ${family} ${address}`,
    't=0 0',
  ]
}
