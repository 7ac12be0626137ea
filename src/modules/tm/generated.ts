// Requests that tm makes itself for a branch: the hop-by-hop ACK and the CANCEL (RFC 3261 §17.1.1.3, §9.1;
// the recorded SER 0.9.7: one Via, the fields of the INVITE, no Max-Forwards unless the profile wants it).

import type { Bytes } from '../../endpoint.js'
import { Malformed } from '../../errors.js'
import { parseMessage, type Message } from '../../sip/message.js'
import { Header } from '../../sip/names.js'
import { requestUriOf } from '../../sip/uri.js'
import type { Branch } from './cell.js'
import type { Tm } from './tm.js'

/** The ACK of a non-2xx final: To comes from the response. */
export function ackFor(tm: Tm, branch: Branch, response: Message): Bytes {
  return generate(tm, branch, 'ACK', headerLine(response, Header.TO))
}

/** A CANCEL for the branch's INVITE. */
export function cancelFor(tm: Tm, branch: Branch): Bytes {
  return generate(tm, branch, 'CANCEL', headerLine(branch.transaction.context.message, Header.TO))
}

function generate(tm: Tm, branch: Branch, method: string, to: string): Bytes {
  const { message } = branch.transaction.context
  const { rules, settings } = tm.engine
  const cseq = message.cseq()
  const number = cseq === undefined || cseq instanceof Malformed ? 0 : cseq.number
  return (
    `${method} ${rules.requestLineWritten ? requestUriOf(branch.uri) : branch.uri} SIP/2.0\r\n` +
    ownVia(branch.bytes) +
    headerLine(message, Header.FROM) +
    headerLine(message, Header.CALL_ID) +
    to +
    `CSeq: ${number} ${method}\r\n` +
    routes(branch, message) +
    (rules.maxForwardsGenerated ? 'Max-Forwards: 70\r\n' : '') +
    (settings.serverSignature ? `User-Agent: ${settings.signature}\r\n` : '') +
    'Content-Length: 0\r\n\r\n'
  )
}

/** Our own Via is the first one of what we sent. */
function ownVia(bytes: Bytes): string {
  const start = bytes.indexOf('\r\nVia: ') + 2
  return bytes.slice(start, bytes.indexOf('\n', start) + 1)
}

/** The Route headers as they were sent (RFC 3261 §17.1.1.3: the ACK has those of the request). */
function routes(branch: Branch, original: Message): string {
  const isPlain = original.find(Header.ROUTE) < 0 && branch.transaction.context.edits.length === 0
  if (isPlain && !branch.bytes.includes('\r\nRoute: ')) return ''
  const sent = parseMessage(branch.bytes)
  if (sent instanceof Malformed) return ''
  let lines = ''
  for (let index = sent.find(Header.ROUTE); index >= 0; index = sent.find(Header.ROUTE, index + 1))
    lines += sent.text.slice(sent.lineStart(index), sent.lineEnd(index))
  return lines
}

function headerLine(message: Message, id: number): string {
  const index = message.find(id)
  if (index < 0) return ''
  const line = message.text.slice(message.lineStart(index), message.lineEnd(index))
  return line.endsWith('\r\n') ? line : `${line.trimEnd()}\r\n`
}
