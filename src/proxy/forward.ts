// Stateless forwarding of requests and responses (the SER core; RFC 3261 §16.11).

import type { Packet, Transport } from '../endpoint.js'
import { Malformed } from '../errors.js'
import type { Result } from '../script/contract.js'
import { Header } from '../sip/names.js'
import type { Message } from '../sip/message.js'
import { ScriptFault, type Context } from './context.js'
import type { Engine } from './engine.js'
import { forwardedRequest, forwardedResponse, isStream, viaTarget } from './outgoing.js'
import { locate, type Located } from './locate.js'
import type { Target } from './resolve.js'

/** Forwards the request with its current Request-URI to the target. */
export function forwardStateless(context: Context, target: Target): Result {
  return findHop(context, target, (found) => {
    const remote = found?.addresses[0]
    if (found === undefined || remote === undefined) return context.fail(ScriptFault.UNRESOLVABLE)
    const sending = context.engine.sendingTo(context, found.transport, remote)
    if (sending === undefined) return context.fail(ScriptFault.SEND)
    if (!context.engine.admits(context, found.transport, remote)) return context.fail(ScriptFault.OVERLOAD)
    const bytes = forwardedRequest(
      context,
      context.uri,
      statelessBranch(context),
      sending,
      context.registered,
    )
    context.engine.send(sending, remote, bytes)
    return 1
  })
}

/** Finds the place of a target; a flow is where it is. */
export function findHop({ flow }: Context, target: Target, then: Located): Result {
  return flow === undefined ? locate(target, then) : then(flow)
}

/** SER's literal 0, or the RFC's value that is the same for each retransmission (RFC 3261 §16.11). */
export function statelessBranch(context: Context): string {
  if (context.engine.rules.statelessBranch === 'zero') return '0'
  const { message } = context
  const via = message.topVia()
  const seed =
    via !== undefined && !(via instanceof Malformed) && via.branch?.startsWith('z9hG4bK')
      ? `${via.host}:${via.port};${via.branch}`
      : [
          via instanceof Malformed ? '' : message.header(Header.VIA),
          message.toTag,
          message.fromTag,
          message.callId,
          message.header(Header.CSEQ)?.split(/\s/)[0],
          message.requestUri,
        ].join('|')
  return `z9hG4bK${context.engine.digest(seed)}`
}

/** send(): the received bytes, no Via, no rewriting. */
export function sendUnchanged(context: Context, target: Target): Result {
  return locate(target, (found) => {
    const remote = found?.addresses[0]
    if (found === undefined || remote === undefined) return context.fail(ScriptFault.UNRESOLVABLE)
    const sending = context.engine.sendingTo(context, found.transport, remote)
    if (sending === undefined) return context.fail(ScriptFault.SEND)
    context.engine.send(sending, remote, context.message.text)
    return 1
  })
}

/** A response that no transaction took: top Via off, on to the second one (RFC 3261 §16.7; the SER core). */
export function forwardResponse(engine: Engine, message: Message, packet: Packet): void {
  const second = message.secondVia()
  if (second === undefined)
    return engine.drop('a response with a single Via is for nobody here', message.text)
  if (second instanceof Malformed) return engine.drop(second.reason, message.text)
  const target = viaTarget(second)
  const connection = isStream(target.transport) ? markedConnection(message) : undefined
  const bytes = forwardedResponse(message, [], target.transport)
  const result = locate(target, (found) => {
    const remote = found?.addresses[0]
    const sending = remote && engine.sendingFrom(packet, target.transport, remote)
    if (!remote || !sending) return -1
    engine.send(sending, remote, bytes, connection)
    return 1
  })
  engine.settle(result, (value) => {
    if (value < 0) engine.drop('the second Via of a response leads nowhere', message.text)
  })
}

/** The connection that our own Via names (";i="): the one the request came on. */
export function markedConnection(message: Message): number | undefined {
  const via = message.topVia()
  if (via === undefined || via instanceof Malformed) return undefined
  const mark = /;i=([0-9a-f]{1,8})/i.exec(message.text.slice(via.start, via.end))
  return mark === null ? undefined : parseInt(mark[1]!, 16)
}

/** The transport words of a Via, as ours. */
export function transportOf(word: string): Transport | undefined {
  const lower = word.toLowerCase()
  return lower === 'udp' || lower === 'tcp' || lower === 'tls' || lower === 'ws' || lower === 'wss'
    ? lower
    : undefined
}
