// A Request-URI with a maddr that is ours (RFC 3261 §16.4). Where another one leads is resolve.ts's.

import { Malformed } from '../errors.js'
import type { Context } from './context.js'
import { bareMaddr, DEFAULT_PORTS, uriTarget } from './resolve.js'

/** Came the request in where its Request-URI says by a maddr of ours, maddr, transport and a port of its own are left out. */
export function takeOwnMaddr(context: Context): void {
  const { packet, message, engine } = context
  const uri = message.uri()
  if (uri instanceof Malformed || uri.params === '') return
  const maddr = bareMaddr(uri)
  if (maddr === undefined || !engine.names.has(maddr, packet.local.port)) return
  const target = uriTarget(uri)
  if (target?.transport !== packet.transport) return
  const usual = DEFAULT_PORTS[target.transport]
  if ((target.port ?? usual) !== packet.local.port) return
  const params = uri.params
    .split(';')
    .filter((param) => !/^\s*(?:maddr|transport)\s*(?:=|$)/i.test(param))
    .join(';')
  const end = uri.text.length - uri.headers.length - uri.params.length
  const head = uri.text.slice(0, end)
  const bare = uri.port === undefined || uri.port === usual ? head : head.replace(/:\d*$/, '')
  context.setUri(bare + params + uri.headers)
}
