// A call's session descriptions: which side owes what (RFC 3264 §4, RFC 3261 §13.2.1).

import type { Bytes } from '../endpoint.js'
import { Header } from '../sip/names.js'
import type { Message } from '../sip/message.js'
import type { Call } from './call.js'
import type { Core } from './core.js'
import { directionOf, writeAnswer, writeOffer, type Direction, type Media } from './sdp.js'

function mediaOf(core: Core, call: Call, direction: Direction): Media {
  const { mediaPort: port, id: session, sdpVersion: version } = call
  return { address: core.options.contact.address, port, session, version, direction }
}

/** An offer of ours, on hold or not. */
export function writeOfferOf(core: Core, call: Call): Bytes {
  return writeOffer(mediaOf(core, call, call.heldByUs ? 'sendonly' : 'sendrecv'))
}

/** What we answer to the other side's description. */
export function writeAnswerOf(core: Core, call: Call, offer: Bytes): Bytes {
  return writeAnswer(offer, mediaOf(core, call, call.heldByUs ? 'sendonly' : 'sendrecv'))
}

/** Is the message's body a session description? */
export function descriptionOf(message: Message): Bytes | undefined {
  if (message.bodyStart >= message.text.length) return undefined
  const type = message.header(Header.CONTENT_TYPE)
  const isSdp = type === undefined || /^application\/sdp\s*(;|$)/i.test(type)
  return isSdp ? message.body : undefined
}

/** Notes the description that a message brought; an open offer of ours is answered by it. */
export function takeRemote(call: Call, message: Message): void {
  const description = descriptionOf(message)
  if (description === undefined) return
  call.sdpRemote = description
  const direction = directionOf(description)
  // An answer recvonly to our own hold is not a hold of theirs.
  call.heldByThem = direction === 'sendonly' || direction === 'inactive'
  if (!message.isRequest && message.status >= 200) call.offerOpen = false
}
