// SER module nathelper: phones behind NATs, found out, reached, and led through an RTP proxy (SER's modules; RFC 3581).

import type { Milliseconds } from '../endpoint.js'
import { Malformed } from '../errors.js'
import type { Context } from '../proxy/context.js'
import type { Engine } from '../proxy/engine.js'
import type { ModuleHooks, ModuleRecord, Parameters } from '../proxy/module.js'
import { hostText, SIP_PORT } from '../proxy/outgoing.js'
import { parseIp } from '../script/addresses.js'
import type { ArgumentKind, Result, RouteKind } from '../script/contract.js'
import { contactEnds, firstContact, readdressed } from './nathelper/contact.js'
import { Pinger } from './nathelper/ping.js'
import { isPrivate } from './nathelper/private.js'
import { RtpProxy } from './nathelper/rtp-proxy.js'
import { appended, descriptionOf, MARK, readdress, type Connection } from './nathelper/sdp.js'
import { FLAGS, forceStreams, unforceStreams } from './nathelper/streams.js'
import { usrloc } from './usrloc.js'

const ALL: readonly RouteKind[] = ['request', 'failure', 'onreply']
const REQUEST: readonly RouteKind[] = ['request']

/** What nat_uac_test looks at. */
const Test = { CONTACT: 1, SOURCE: 2, VIA: 4, SDP: 8, PORT: 16 } as const
/** What fix_nated_sdp puts right. */
const Fix = { DIRECTION: 1, ADDRESS: 2, MARK: 4, ORIGIN: 8 } as const

/** A sum of powers of two. */
function mask(name: string, highest: number): ArgumentKind {
  return {
    name,
    fix: (text) => {
      if (!/^\d{1,3}$/.test(text) || Number(text) >= 2 * highest)
        throw new Error(`bad number: a sum of the powers of two up to ${highest} is expected`)
      return Number(text)
    },
  }
}

class Nathelper implements ModuleHooks {
  readonly proxy: RtpProxy
  readonly #pinger: Pinger | undefined

  constructor(engine: Engine, params: Parameters) {
    this.proxy = new RtpProxy(engine, params)
    const seconds = Number(params.natping_interval)
    if (seconds <= 0) return
    if (!engine.has(usrloc as never))
      throw new Error('nathelper: natping_interval needs usrloc: put loadmodule "usrloc.so" before it')
    this.#pinger = new Pinger(engine, seconds * 1000, params.ping_nated_only !== 0)
  }

  get deadline(): Milliseconds | undefined {
    return this.#pinger?.deadline
  }

  wake(now: Milliseconds): void {
    this.#pinger?.wake(now)
  }
}

// ---- who is behind a NAT? ----

function test(context: Context, tests: number): Result {
  const { message, packet } = context
  const via = message.topVia()
  const top = via instanceof Malformed ? undefined : via
  const { address, port } = packet.remote
  const found =
    ((tests & Test.CONTACT) !== 0 && isPrivate(firstContact(message)?.uri.host ?? '')) ||
    ((tests & Test.SOURCE) !== 0 && top !== undefined && !sameAddress(top.host, address)) ||
    ((tests & Test.VIA) !== 0 && isPrivate(top?.host ?? '')) ||
    ((tests & Test.SDP) !== 0 && hasPrivateStream(context)) ||
    ((tests & Test.PORT) !== 0 && top !== undefined && (top.port ?? SIP_PORT) !== port)
  return found ? 1 : -1
}

/** A name is never the same as an address: who knows where it leads? */
function sameAddress(host: string, address: string): boolean {
  const octets = parseIp(host.replace(/^\[|\]$/g, ''))
  return octets !== undefined && octets.join() === parseIp(address)?.join()
}

function hasPrivateStream({ message }: Context): boolean {
  const description = descriptionOf(message)
  if (description === undefined) return false
  const connections = [description.connection, ...description.streams.map(({ connection }) => connection)]
  return connections.some((connection) => connection !== undefined && isPrivate(connection.address))
}

// ---- putting right what he says ----

/** 0 when the contact is not for UDP (SER): rewriting it would lead nowhere. */
function fixContact(context: Context): Result {
  const contact = firstContact(context.message)
  if (contact === undefined) return -1
  if (/;transport=(?!udp)/i.test(contact.uri.params)) return 0
  const { edit, text } = readdressed(contact, context.packet.remote)
  context.edits.push(edit)
  context.contact = text
  return 1
}

function fixSdp(context: Context, what: number): Result {
  const { message, packet, edits } = context
  const description = descriptionOf(message)
  if (description === undefined) return -1
  const put = (connection: Connection | undefined): void => {
    const edit = connection && readdress(connection, packet.remote.address)
    if (edit !== undefined) edits.push(edit)
  }
  if ((what & Fix.ORIGIN) !== 0) put(description.origin)
  if ((what & Fix.ADDRESS) !== 0) {
    put(description.connection)
    for (const { connection } of description.streams) put(connection)
  }
  if ((what & Fix.DIRECTION) !== 0) edits.push(appended(message, description, 'a=direction:active'))
  if ((what & Fix.MARK) !== 0 && !description.isMarked) edits.push(appended(message, description, MARK))
  return 1
}

/** Where the message came from, as a URI that leads back there. */
function sourceUri({ packet }: Context): string {
  const { remote, transport } = packet
  const param = transport === 'udp' ? '' : `;transport=${transport}`
  return `sip:${hostText(remote.address)}:${remote.port}${param}`
}

function addReceived(context: Context): Result {
  const ends = contactEnds(context.message)
  for (const at of ends) context.edits.push({ at, cut: 0, put: `;received="${sourceUri(context)}"` })
  return ends.length > 0 ? 1 : -1
}

const integer = (initial: number, about: string) => ({ kind: 'integer' as const, initial, about })

export const nathelper: ModuleRecord<Nathelper> = {
  name: 'nathelper',
  file: 'nathelper',
  about: 'phones behind NATs: found out, reached, and led through an RTP proxy',
  params: {
    natping_interval: integer(0, 'seconds between keep-alives to registered contacts (0: none)'),
    ping_nated_only: integer(0, '1: only to contacts saved with the nat_flag of registrar'),
    rtpproxy_sock: {
      kind: 'string',
      initial: '/var/run/rtpproxy.sock',
      about: 'where the RTP proxy is asked: unix:/path, or udp:host:port',
    },
    rtpproxy_disable: integer(0, '1: the RTP proxy is not asked'),
    rtpproxy_disable_tout: integer(60, 'seconds in which an RTP proxy that did not answer is not asked'),
    rtpproxy_retr: integer(5, 'how often a datagram is sent to it'),
    rtpproxy_tout: integer(1, 'seconds it has for an answer'),
  },
  start: (engine, params) => new Nathelper(engine, params),
  functions: {
    nat_uac_test: {
      args: [mask('tests', Test.PORT)],
      routes: ALL,
      about:
        'is the sender behind a NAT? 1 private Contact, 2 source is not in Via, 4 private Via, 8 private SDP, 16 other port than in Via',
      call: test,
    },
    fix_nated_contact: {
      args: [],
      routes: ALL,
      about: 'puts the source of the message into its Contact; ends the route when that is not for UDP',
      call: fixContact,
    },
    fix_nated_sdp: {
      args: [mask('what', Fix.ORIGIN)],
      routes: ALL,
      about:
        'changes the session description: 1 adds a=direction:active, 2 streams come from the source, 4 adds a=nortpproxy:yes, 8 so does the origin',
      call: fixSdp,
    },
    fix_nated_register: {
      args: [],
      routes: REQUEST,
      about: 'save() will keep the source of the REGISTER, lookup() sends there',
      call: (context: Context) => {
        context.received = sourceUri(context)
        return 1
      },
    },
    add_rcv_param: {
      args: [],
      routes: REQUEST,
      about: 'adds the source as the parameter received to each Contact, for a registrar behind this proxy',
      call: addReceived,
    },
    force_rtp_proxy: {
      args: [FLAGS, 'string'],
      optional: 2,
      routes: ALL,
      about: 'leads the streams through the RTP proxy (flags aielfro; address to show when it names none)',
      call: (context: Context, flags = '', address?: string) =>
        forceStreams(context, context.engine.use(nathelper).proxy, flags, address),
    },
    unforce_rtp_proxy: {
      args: [],
      routes: ALL,
      about: 'ends the streams of the call at the RTP proxy',
      call: (context: Context) => unforceStreams(context, context.engine.use(nathelper).proxy),
    },
  },
}
