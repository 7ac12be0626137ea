// The left operands of conditions (the SER core).

import { Malformed } from '../errors.js'
import { EXPRESSION_ERROR, type OperandRecord } from '../script/contract.js'
import type { NameAddr } from '../sip/name-addr.js'
import { parseUri } from '../sip/uri.js'
import type { Context } from './context.js'
import { bareMaddr } from './resolve.js'

const AF_INET = 2
const AF_INET6 = 10
/** The numbers that the words udp, tcp, tls stand for in scripts. */
const PROTOCOLS: Readonly<Record<string, number>> = { udp: 1, tcp: 2, tls: 3, ws: 4, wss: 5 }

function addressUri(address: NameAddr | Malformed | undefined): string {
  return address === undefined || address instanceof Malformed ? '' : address.uri
}

function isOurs(context: Context, text: string): boolean | typeof EXPRESSION_ERROR {
  const uri = text === context.uri ? context.parsedUri() : parseUri(text)
  if (uri instanceof Malformed) return EXPRESSION_ERROR
  const { names, rules } = context.engine
  return names.has((rules.maddrCounts && bareMaddr(uri)) || uri.host, uri.port)
}

export const OPERANDS: Readonly<Record<string, OperandRecord<Context>>> = {
  method: { kind: 'string', about: 'the request method', get: (context) => context.message.method },
  uri: {
    kind: 'string',
    aliases: ['status'],
    about: 'the current Request-URI; in a reply the status code',
    get: (context) => (context.message.isRequest ? context.uri : String(context.message.status)),
    myself: (context) => isOurs(context, context.uri),
  },
  from_uri: {
    kind: 'string',
    about: 'the URI of From',
    get: (context) => addressUri(context.message.from()),
    myself: (context) => isOurs(context, addressUri(context.message.from())),
  },
  to_uri: {
    kind: 'string',
    about: 'the URI of To',
    get: (context) => addressUri(context.message.to()),
    myself: (context) => isOurs(context, addressUri(context.message.to())),
  },
  src_ip: {
    kind: 'ip',
    about: 'where the packet came from',
    get: (context) => context.packet.remote.address,
    myself: (context) => context.engine.names.hasHost(context.packet.remote.address),
  },
  dst_ip: {
    kind: 'ip',
    about: 'the address the packet arrived at',
    get: (context) => context.packet.local.address,
    myself: (context) => context.engine.names.hasHost(context.packet.local.address),
  },
  src_port: { kind: 'number', about: 'source port', get: (context) => context.packet.remote.port },
  dst_port: {
    kind: 'number',
    about: 'port the packet arrived at',
    get: (context) => context.packet.local.port,
  },
  proto: {
    kind: 'number',
    about: 'udp, tcp, tls, ws or wss',
    get: (context) => PROTOCOLS[context.packet.transport] ?? 0,
  },
  af: {
    kind: 'number',
    about: 'inet or inet6',
    get: (context) => (context.packet.remote.address.includes(':') ? AF_INET6 : AF_INET),
  },
  'msg:len': {
    kind: 'number',
    about: 'size of the received message in bytes',
    get: (context) => context.message.text.length,
  },
}
