// What the profile `rfc3261` refuses before the script runs (RFC 3261 §16.3): reasonable syntax, URI scheme,
// Max-Forwards, Proxy-Require. An ACK is never answered, only dropped.

import type { Bytes, Packet } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { parseMessage, parseUnreadable } from '../sip/message.js'
import { Header } from '../sip/names.js'
import { reasonPhrase } from '../sip/reasons.js'
import { validateRequest } from '../sip/validate.js'
import { Context } from './context.js'
import type { Engine } from './engine.js'
import { isLoop } from './loops.js'
import { localReply, replyTarget, tagMaker, toTagFor, type TagMaker } from './reply.js'

/** Answers (or drops) a request that must not reach the script; true when it did. */
export function refusal(context: Context): boolean {
  const { message } = context
  if (message.method === 'ACK' && message.toTag === ownTag(context)) return true
  const wrong = validateRequest(message)
  if (wrong !== undefined) return refuse(context, wrong.status, wrong.reason)
  if (message.method !== 'ACK' && message.method !== 'CANCEL') {
    const uri = message.uri()
    if (uri instanceof Malformed && uri.status === 416) return refuse(context, 416, 'Unsupported URI Scheme')
    if (context.engine.rules.loopDetection && isLoop(context)) return refuse(context, 482, 'Loop Detected')
    if (message.header(Header.MAX_FORWARDS) === '0') return refuse(context, 483, 'Too Many Hops')
    // RFC 3261 §16.3-5: this engine knows no extension that a proxy must understand.
    const required = message.valuesOf(Header.PROXY_REQUIRE)
    if (required.length > 0 && context.engine.rules.errorReplies) {
      context.replyHeaders.push(`Unsupported: ${required.join(', ')}\r\n`)
      return refuse(context, 420, 'Bad Extension')
    }
  }
  return false
}

/** Answers what cannot be read but is a request with a Via; false when it is not, or is an ACK. */
export function answerMalformed(engine: Engine, text: Bytes, packet: Packet, mistake: Malformed): boolean {
  const read = parseMessage(text)
  const message = read instanceof Malformed ? parseUnreadable(text) : read
  if (!message?.isRequest || message.find(Header.VIA) < 0) return false
  const wrong = mistake.status === 400 ? validateRequest(message) : undefined
  const { status, reason } = wrong ?? { status: mistake.status, reason: reasonPhrase(mistake.status) }
  return refuse(new Context(engine, 'request', message, packet, engine.now), status, reason)
}

function refuse(context: Context, status: number, reason: string): boolean {
  const { engine, message, packet } = context
  engine.drop(`${status} ${reason}`, message.text)
  if (message.method === 'ACK') return true
  const bytes = localReply(context, status, reason, ownTag(context))
  const sending = { transport: packet.transport, local: packet.local }
  engine.send(sending, replyTarget(context), bytes, packet.connection)
  return true
}

/** The To tag of refusals; an ACK that carries it is for one of them, and ends here (RFC 3261 §8.2.7). */
function ownTag(context: Context): string {
  const { engine } = context
  let maker = makers.get(engine)
  if (maker === undefined) makers.set(engine, (maker = tagMaker('core', engine.serverId, '.')))
  return toTagFor(context, maker)
}

const makers = new WeakMap<Engine, TagMaker>()
