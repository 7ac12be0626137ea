// The way to a phone as its REGISTER says it: Path (RFC 3327 §5.3), and flows (RFC 5626 §6).

import { Malformed } from '../../errors.js'
import type { Context } from '../../proxy/context.js'
import type { Parameters } from '../../proxy/module.js'
import type { Message } from '../../sip/message.js'
import { parseNameAddr, unquote, type NameAddr } from '../../sip/name-addr.js'
import { Header } from '../../sip/names.js'
import { parseUri, uriParam, type Uri } from '../../sip/uri.js'
import { detach, type Flow } from '../usrloc.js'
import { Refusal } from './refusal.js'

/** Longer ones are not followed. */
const PATH_LENGTH_MAX = 2048
const INSTANCE_LENGTH_MAX = 256
const REG_ID_MAX = 2 ** 31 - 1

/** Is the option tag in Supported? */
export function supports(message: Message, tag: string): boolean {
  return message.valuesOf(Header.SUPPORTED).some((value) => value.toLowerCase() === tag)
}

/** The values of Path as one Route value; '' when there is none, or nobody looks at it. */
export function pathOf({ message }: Context, params: Parameters): string | Refusal {
  if (params.use_path !== 1) return ''
  const values = message.valuesOf(Header.PATH)
  if (values.some((value) => pathUri(value) === undefined)) return new Refusal(400, 'Path parse error')
  const path = values.join(', ')
  return path.length > PATH_LENGTH_MAX ? new Refusal(400, 'Path too long') : path
}

function pathUri(value: string): Uri | undefined {
  const address = parseNameAddr(value, 0, value.length)
  if (address instanceof Malformed || !address.bracketed) return undefined
  const uri = parseUri(address.uri)
  return uri instanceof Malformed ? undefined : uri
}

/** The URI that the first value of a Path names: where requests for the phone go. */
export function firstHop(path: string): string | undefined {
  const address = parseNameAddr(path, 0, endOfFirst(path))
  return address instanceof Malformed ? undefined : address.uri
}

function endOfFirst(path: string): number {
  const close = path.indexOf('>')
  const comma = path.indexOf(',', close)
  return comma < 0 ? path.length : comma
}

/** Does the REGISTER ask for flows, and are they looked at here? */
export function wantsFlows({ message }: Context, params: Parameters): boolean {
  return params.outbound_mode === 1 && supports(message, 'outbound')
}

/** The flow of a contact; undefined when it names none. */
export function flowOf(context: Context, contact: NameAddr, params: Parameters): Flow | Refusal | undefined {
  const instance = unquote(contact.params.get('+sip.instance') ?? '')
  const regId = contact.params.get('reg-id')
  if (regId === undefined || instance === '' || !wantsFlows(context, params)) return undefined
  const number = /^[1-9]\d{0,9}$/.test(regId) ? Number(regId) : Infinity
  if (number > REG_ID_MAX || instance.length > INSTANCE_LENGTH_MAX) return new Refusal(400, 'Invalid reg-id')
  if (!isEdgeFirst(context.message))
    return new Refusal(439, 'No flow without the first hop', undefined, 'First Hop Lacks Outbound Support')
  return { instance: detach(instance), regId: number }
}

/** RFC 5626 §6: it came from the phone itself, or the proxy next to the phone keeps its flow. */
function isEdgeFirst(message: Message): boolean {
  if (message.secondVia() === undefined) return true
  const uri = pathUri(message.valuesOf(Header.PATH).at(-1) ?? '')
  return uri !== undefined && uriParam(uri, 'ob') !== undefined
}
