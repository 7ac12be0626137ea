// What a capture lacks: requests nobody answered, responses to nothing, ACKs and BYEs that did not come. Judged hop by
// hop, by the topmost branch and CSeq (RFC 3261 §17.1.3, §17.2.3).

import { Malformed } from '../errors.js'
import type { CallMessage } from './calls.js'
import { addressText } from './message.js'

interface Hop {
  readonly method: string
  readonly client: string
  readonly server: string
  request: CallMessage | undefined
  provisional: boolean
  final: CallMessage | undefined
  ack: boolean
}

/** One line each for what should be among the messages of a call and is not. */
export function missingOf(messages: readonly CallMessage[]): string[] {
  const hops = hopsOf(messages)
  const missing: string[] = []
  for (const hop of hops) {
    const path = `${hop.client} to ${hop.server}`
    if (hop.request === undefined) missing.push(`the ${hop.method} from ${path}`)
    if (hop.final === undefined)
      missing.push(`the ${hop.provisional ? 'final ' : ''}response to the ${hop.method} from ${path}`)
    if (
      hop.method === 'INVITE' &&
      hop.final !== undefined &&
      !hop.ack &&
      !isAcknowledged(hop.final, messages)
    )
      missing.push(`the ACK to the ${hop.final.status} from ${path}`)
  }
  const established = hops.some(
    ({ method, final }) => method === 'INVITE' && final !== undefined && final.status < 300,
  )
  if (established && !messages.some(({ method }) => method === 'BYE')) missing.push('a BYE')
  return missing
}

function hopsOf(messages: readonly CallMessage[]): Hop[] {
  const hops = new Map<string, Hop>()
  for (const one of messages) {
    const { captured, message, method, status } = one
    const [source, target] = [addressText(captured.source), addressText(captured.target)]
    const [client, server] = message.isRequest ? [source, target] : [target, source]
    const via = message.topVia()
    const branch = via === undefined || via instanceof Malformed ? '' : (via.branch ?? '')
    const cseq = message.cseq()
    const number = cseq === undefined || cseq instanceof Malformed ? 0 : cseq.number
    const key = `${client} ${server} ${branch} ${number}`
    if (method === 'ACK') {
      const acknowledged = hops.get(`${key} INVITE`)
      if (acknowledged !== undefined) acknowledged.ack = true
      continue
    }
    const hop = hops.get(`${key} ${method}`) ?? opened(method, client, server)
    hops.set(`${key} ${method}`, hop)
    if (message.isRequest) hop.request ??= one
    else if (status < 200) hop.provisional = true
    else hop.final ??= one
  }
  return [...hops.values()]
}

function opened(method: string, client: string, server: string): Hop {
  return { method, client, server, request: undefined, provisional: false, final: undefined, ack: false }
}

/** The ACK to a 2xx has a branch of its own, and may take another way. */
function isAcknowledged(final: CallMessage, messages: readonly CallMessage[]): boolean {
  return (
    final.status < 300 &&
    messages.some(({ method, message }) => method === 'ACK' && message.toTag === final.message.toTag)
  )
}
