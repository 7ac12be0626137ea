// Requests that are made out of another one: the ACK of a refusal, the CANCEL (RFC 3261 §17.1.1.3, §9.1).

import type { Bytes } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { Header } from '../sip/names.js'
import type { Message } from '../sip/message.js'
import type { HeaderWishes } from './command.js'
import { writeMessage, type HeaderLine } from './text.js'

/** The ACK of a 3xx-6xx: the INVITE's own Via, Route, From, Call-ID, and the To of the response. */
export function ackOfRefusal(invite: Message, response: Message): Bytes {
  const to = response.header(Header.TO) ?? invite.header(Header.TO) ?? ''
  return derived(invite, 'ACK', to, undefined)
}

/** The CANCEL of an INVITE, fields copied so that every server finds the same transaction. */
export function cancelOf(invite: Message, wishes: HeaderWishes | undefined): Bytes {
  return derived(invite, 'CANCEL', invite.header(Header.TO) ?? '', wishes)
}

function derived(invite: Message, method: string, to: string, wishes: HeaderWishes | undefined): Bytes {
  const via = invite.topVia()
  const topVia = via === undefined || via instanceof Malformed ? '' : invite.text.slice(via.start, via.end)
  const cseq = invite.cseq()
  const number = cseq === undefined || cseq instanceof Malformed ? 1 : cseq.number
  const headers: HeaderLine[] = [
    ['Via', topVia],
    ['Max-Forwards', '70'],
  ]
  for (const route of invite.valuesOf(Header.ROUTE)) headers.push(['Route', route])
  headers.push(['From', invite.header(Header.FROM) ?? ''], ['To', to])
  headers.push(['Call-ID', invite.callId ?? ''], ['CSeq', `${number} ${method}`])
  return writeMessage(`${method} ${invite.requestUri} SIP/2.0`, headers, wishes, '')
}
