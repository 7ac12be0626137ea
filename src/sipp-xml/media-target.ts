// Where a peer wants its media, out of its session description.

import type { MediaTarget } from './call.js'
import type { Received } from './received.js'

/** undefined when the message has no session description with an address. */
export function mediaTargetOf(message: Received): MediaTarget | undefined {
  const body = message.body
  if (body === undefined || body === '') return undefined
  const address = /(?:^|\n)c=IN IP[46] ([0-9a-fA-F.:]{2,45})/.exec(body)?.[1]
  if (address === undefined) return undefined
  const port = (media: string): number => {
    const found = new RegExp(`(?:^|\\n)m=${media} (\\d{1,5})`).exec(body)?.[1]
    return found === undefined || Number(found) > 65_535 ? 0 : Number(found)
  }
  return { address, audio: port('audio'), video: port('video'), image: port('image') }
}
