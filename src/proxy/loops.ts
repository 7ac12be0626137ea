// Loops (RFC 5393 §4, RFC 3261 §16.3-4): a mark of all that decides where a request goes stands in the branch parameter
// that leaves; a request that comes back with the mark that it would get again goes round in a circle.

import { Malformed } from '../errors.js'
import type { Message } from '../sip/message.js'
import { Header } from '../sip/names.js'
import { parseVia } from '../sip/via.js'
import type { Context } from './context.js'

/** Beside the Request-URI: the headers that decide (RFC 5393 §4.2.1). */
const DECISIVE = [Header.ROUTE, Header.PROXY_REQUIRE, Header.PROXY_AUTHORIZATION, Header.CALL_ID] as const

/** 32 bits (FNV-1a) of what decides where the request goes, as hexadecimal digits. */
export function loopMark({ message }: Context): string {
  let hash = mixed(0x811c9dc5, message.requestUri, 0, message.requestUri.length)
  for (const id of DECISIVE)
    for (let index = message.find(id); index >= 0; index = message.find(id, index + 1))
      hash = mixed(hash, message.text, message.valueStart(index), message.valueEnd(index))
  for (const word of [message.fromTag, message.toTag, numberOf(message)])
    if (word !== undefined) hash = mixed(hash, word, 0, word.length)
  return hash.toString(16)
}

function numberOf(message: Message): string | undefined {
  const cseq = message.cseq()
  return cseq === undefined || cseq instanceof Malformed ? undefined : String(cseq.number)
}

/** The parts are told apart by an octet that none of them holds. */
function mixed(hash: number, text: string, start: number, end: number): number {
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return Math.imul(hash ^ 10, 0x01000193) >>> 0
}

/** Has the request been here, and left for where it would leave now? */
export function isLoop(context: Context): boolean {
  const { message, engine } = context
  for (let index = message.find(Header.VIA); index >= 0; index = message.find(Header.VIA, index + 1)) {
    let at: number | undefined = message.valueStart(index)
    while (at !== undefined) {
      const via = parseVia(message.text, at, message.valueEnd(index))
      if (via instanceof Malformed) return false
      const isOurs = via.branch !== undefined && engine.names.has(via.host, via.port)
      if (isOurs && via.branch!.includes(`.${loopMark(context)}.`)) return true
      at = via.next
    }
  }
  return false
}
