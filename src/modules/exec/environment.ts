// What a command learns of the message, as environment variables (SER module exec, setvars; the recorded SER 0.9.7).
//
// Names begin with SIP_ and hold only A-Z, 0-9 and _, so no header can set PATH or LD_PRELOAD; values are octets.

import { createHash } from 'node:crypto'
import { Malformed } from '../../errors.js'
import type { Context } from '../../proxy/context.js'
import type { Message } from '../../sip/message.js'
import { Header, type HeaderId } from '../../sip/names.js'
import type { Uri } from '../../sip/uri.js'

/** Headers whose compact form counts as the full one, by SER's name of them; all others keep the name as written. */
const FULL_NAMES: ReadonlyMap<HeaderId, string> = new Map([
  [Header.VIA, 'VIA'],
  [Header.CONTENT_TYPE, 'CONTENT_TYPE'],
  [Header.FROM, 'FROM'],
  [Header.CALL_ID, 'CALLID'],
  [Header.SUPPORTED, 'SUPPORTED'],
  [Header.CONTENT_LENGTH, 'CONTENT_LENGTH'],
  [Header.CONTACT, 'CONTACT'],
  [Header.TO, 'TO'],
  [Header.EVENT, 'EVENT'],
])

const NAME_LENGTH_MAX = 64

/** The variables of one message. A URI without a user, or that cannot be read, gives no SIP_USER and no SIP_OUSER. */
export function environmentOf(context: Context): Record<string, string> {
  const { message, packet } = context
  const variables: Record<string, string> = {
    SIP_SRCIP: packet.remote.address,
    // As the introduction to SER spells it.
    SRCIP: packet.remote.address,
    SIP_RURI: context.uri,
    ...userVariable('SIP_USER', context.parsedUri()),
    SIP_ORUI: message.requestUri,
    ...userVariable('SIP_OUSER', message.uri()),
    SIP_TID: transactionDigest(message),
    SIP_DID: message.toTag ?? '',
  }
  for (let index = 0; index < message.headerCount; index++) {
    const name = variableName(message, index)
    const value = message.valueOf(index)
    const former = variables[name]
    variables[name] = former === undefined ? value : `${former},${value}`
  }
  return withoutZeros(variables)
}

function userVariable(name: string, uri: Uri | Malformed): Record<string, string> {
  return uri instanceof Malformed || uri.user === undefined ? {} : { [name]: uri.user }
}

function variableName(message: Message, index: number): string {
  const known = FULL_NAMES.get(message.headerIdOf(index))
  const name = known ?? message.nameOf(index).slice(0, NAME_LENGTH_MAX).toUpperCase()
  return `SIP_HF_${name.replace(/[^A-Z0-9]/g, '_')}`
}

/** The same for a retransmission, another for another request. */
function transactionDigest(message: Message): string {
  const via = message.topVia()
  const top = via === undefined || via instanceof Malformed ? '' : message.text.slice(via.start, via.end)
  const fields = [Header.FROM, Header.TO, Header.CALL_ID, Header.CSEQ].map((id) => message.header(id) ?? '')
  return createHash('md5')
    .update([...fields, message.requestUri, top].join('\n'), 'latin1')
    .digest('hex')
}

/** An environment cannot hold an octet 0: it would end the value. */
function withoutZeros(variables: Record<string, string>): Record<string, string> {
  for (const [name, value] of Object.entries(variables))
    if (value.includes('\0')) variables[name] = value.replaceAll('\0', '')
  return variables
}
