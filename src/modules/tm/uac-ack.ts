// The dialog that a 2xx to a request of our own makes, and the ACK of its INVITE (RFC 3261 §12.1.2, §13.2.2.4): sent
// anew for every copy of the 2xx, outside of any transaction.

import type { Bytes } from '../../endpoint.js'
import { Malformed } from '../../errors.js'
import type { Sending } from '../../proxy/outgoing.js'
import { locate } from '../../proxy/locate.js'
import { uriTarget } from '../../proxy/resolve.js'
import type { Message } from '../../sip/message.js'
import { parseNameAddr, splitList, type NameAddr } from '../../sip/name-addr.js'
import { Header, type HeaderId } from '../../sip/names.js'
import { parseUri, uriParam } from '../../sip/uri.js'
import type { Tm } from './tm.js'
import { ownSending, ownVia } from './uac.js'

const BRANCH_DIGITS = 16
/** More routes than any call passes. */
const ROUTES_MAX = 32

export interface Dialog {
  /** The Request-URI of a request in the dialog: the remote target, or a strict router. */
  readonly target: string
  /** Where it is sent to. */
  readonly hop: string
  /** Values of its Route header fields. */
  readonly routes: readonly string[]
}

/** undefined: the response names no place to go to. */
export function dialogOf(response: Message): Dialog | undefined {
  const [contact] = addresses(response, Header.CONTACT)
  if (contact === undefined || response.toTag === undefined) return undefined
  const routes = addresses(response, Header.RECORD_ROUTE).slice(0, ROUTES_MAX).reverse()
  const values = routes.map(({ uri }) => `<${uri}>`)
  const [first] = routes
  if (first === undefined) return { target: contact.uri, hop: contact.uri, routes: [] }
  const parsed = parseUri(first.uri)
  const isLoose = !(parsed instanceof Malformed) && uriParam(parsed, 'lr') !== undefined
  if (isLoose) return { target: contact.uri, hop: first.uri, routes: values }
  return { target: first.uri, hop: first.uri, routes: [...values.slice(1), `<${contact.uri}>`] }
}

function addresses(message: Message, id: HeaderId): NameAddr[] {
  return message.valuesOf(id).flatMap((value) =>
    splitList(value, 0, value.length).flatMap(([start, end]) => {
      const address = parseNameAddr(value, start, end)
      return address instanceof Malformed ? [] : [address]
    }),
  )
}

/** Acknowledges a 2xx. */
export function sendAck(tm: Tm, dialog: Dialog, response: Message): void {
  const hop = parseUri(dialog.hop)
  const target = hop instanceof Malformed ? undefined : uriTarget(hop)
  if (target === undefined) return
  const result = locate(target, (found) => {
    const [remote] = found?.addresses ?? []
    const sending = remote && ownSending(tm.engine, target, remote)
    if (remote !== undefined && sending !== undefined)
      tm.engine.send(sending, remote, ack(tm, dialog, response, sending))
    return 1
  })
  tm.engine.settle(result, () => undefined)
}

function ack({ engine }: Tm, { target, routes }: Dialog, response: Message, sending: Sending): Bytes {
  const cseq = response.cseq()
  const number = cseq === undefined || cseq instanceof Malformed ? 0 : cseq.number
  const { rules, settings, random } = engine
  return (
    `ACK ${target} SIP/2.0\r\n` +
    ownVia(engine, sending, `z9hG4bK${random.hex(BRANCH_DIGITS)}`) +
    `To: ${response.header(Header.TO)}\r\n` +
    `From: ${response.header(Header.FROM)}\r\n` +
    `CSeq: ${number} ACK\r\n` +
    `Call-ID: ${response.callId ?? ''}\r\n` +
    routes.map((route) => `Route: ${route}\r\n`).join('') +
    (rules.maxForwardsGenerated ? 'Max-Forwards: 70\r\n' : '') +
    (settings.serverSignature ? `User-Agent: ${settings.signature}\r\n` : '') +
    'Content-Length: 0\r\n\r\n'
  )
}
