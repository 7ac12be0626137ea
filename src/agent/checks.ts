// What is asked of every incoming request, in a dialog or not (RFC 3261 §8.2.2), and the answer to OPTIONS (§11.2).

import { Header } from '../sip/names.js'
import type { Core } from './core.js'
import type { Message } from '../sip/message.js'
import { cseqNumber } from './dialog.js'
import { descriptionOf } from './media.js'
import { reply } from './reply.js'
import type { ServerTransaction } from './server.js'
import type { HeaderLine } from './text.js'

/** RFC 3261 §8.2.2.2: the same request, come over two paths, is answered once. */
export function merged(core: Core, server: ServerTransaction): boolean {
  const { request, key } = server
  const id = `${request.callId}|${request.fromTag ?? ''}|${cseqNumber(request)}|${request.method}`
  const other = core.merges.get(id)
  if (other !== undefined) return other !== key
  core.merges.set(id, key)
  server.closed = () => core.merges.delete(id)
  return false
}

/** RFC 3261 §8.2.2.3: refuses what the phone does not support; false when there is no such thing. */
export function lacksSupport(core: Core, server: ServerTransaction): boolean {
  const tags = unsupported(core, server)
  if (tags.length === 0) return false
  reply(core, server, 420, { headers: [['Unsupported', tags.join(', ')]] })
  return true
}

/** The option tags that a request requires and the phone does not support. */
function unsupported(core: Core, server: ServerTransaction): string[] {
  const required = server.request.valuesOf(Header.REQUIRE)
  return required.filter((tag) => !core.behaviour.supported.includes(tag.toLowerCase()))
}
/** What a 415 says of a body that is no session description and not optional; undefined when all is well (§8.2.3). */
export function bodyRefusal(request: Message): HeaderLine | undefined {
  if (request.body === '') return undefined
  if (/;\s*handling\s*=\s*"?optional/i.test(request.headerNamed('Content-Disposition') ?? ''))
    return undefined
  const encoding = request.header(Header.CONTENT_ENCODING)
  if (encoding !== undefined && !/^identity$/i.test(encoding)) return ['Accept-Encoding', 'identity']
  const isSdp = request.header(Header.CONTENT_TYPE) !== undefined && descriptionOf(request) !== undefined
  return isSdp ? undefined : ['Accept', 'application/sdp']
}

/** The answer to OPTIONS: as an INVITE would be answered now (RFC 3261 §11.2). */
export function answerOptions(core: Core, server: ServerTransaction): void {
  const { incoming } = core.behaviour
  if (core.calls.isFull) reply(core, server, 486)
  else if (incoming.kind === 'reject') reply(core, server, incoming.status, { reason: incoming.reason })
  else reply(core, server, 200, { headers: capabilities(core) })
}

/** Headers of a 200 to OPTIONS. */
export function capabilities(core: Core): HeaderLine[] {
  return [
    core.identity.contactLine(),
    core.identity.allowLine(),
    ['Accept', 'application/sdp'],
    ['Accept-Encoding', 'identity'],
    ['Accept-Language', 'en'],
  ]
}
