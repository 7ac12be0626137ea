// Path and flows at the proxy next to the phones (RFC 3327 §5.2; RFC 5626 §5). Not of SER's.
//
// A flow is written into the user part of our own URIs, in Path and Record-Route: its addresses and its connection, with a
// digest that only this engine can make. Whoever sends a request back with it reaches the phone the way it came.

import { Malformed } from '../errors.js'
import type { Address, Transport } from '../endpoint.js'
import type { Context } from '../proxy/context.js'
import type { Engine } from '../proxy/engine.js'
import type { Found } from '../proxy/locate.js'
import type { ModuleRecord } from '../proxy/module.js'
import { isStream } from '../proxy/outgoing.js'
import { isTransport } from '../proxy/resolve.js'
import type { Result } from '../script/contract.js'
import { parseNameAddr } from '../sip/name-addr.js'
import { Header } from '../sip/names.js'
import { parseUri } from '../sip/uri.js'
import { rr } from './rr.js'
import { sl } from './sl.js'

const DIGEST_LENGTH = 20

interface Flow {
  readonly transport: Transport
  readonly local: Address
  readonly remote: Address
  /** undefined: datagrams. */
  readonly connection: number | undefined
}

/** "tcp-10.0.0.9-5060-10.0.1.1-40000-1f-<digest>": the flow that a packet came by. */
function tokenOf({ engine, packet }: Context): string {
  const { transport, local, remote, connection } = packet
  const parts = [
    transport,
    local.address,
    local.port,
    remote.address,
    remote.port,
    connection?.toString(16) ?? '',
  ]
  const text = parts.join('-').replaceAll(':', '_')
  return `${text}-${digestOf(engine, text)}`
}

function digestOf(engine: Engine, text: string): string {
  return engine.digest(`flow ${text}`).slice(0, DIGEST_LENGTH)
}

/** The flow that a token names; undefined when it is not ours. */
function flowIn(engine: Engine, token: string): Flow | undefined {
  const end = token.lastIndexOf('-')
  const text = token.slice(0, Math.max(0, end))
  const [transport = '', local = '', localPort, remote = '', remotePort, connection = ''] = text.split('-')
  if (token.slice(end + 1) !== digestOf(engine, text) || !isTransport(transport)) return undefined
  return {
    transport,
    local: { address: local.replaceAll('_', ':'), port: Number(localPort) },
    remote: { address: remote.replaceAll('_', ':'), port: Number(remotePort) },
    connection: connection === '' ? undefined : parseInt(connection, 16),
  }
}

/** Puts our address on top of Path; `user` is "" or "token@", `params` begin with ";". */
function addPath(context: Context, user: string, params: string): Result {
  const module = context.engine.use(rr)
  context.recordRoutes.push(
    (sending) => `Path: <sip:${user}${module.address(context, sending)};lr${params}>\r\n`,
  )
  return 1
}

/** What came through another proxy is no flow of ours to the phone. */
function isFirstHop({ message }: Context): boolean {
  return message.secondVia() === undefined
}

function recordFlow(context: Context): Result {
  if (isFirstHop(context)) context.recordUser = `${tokenOf(context)}@`
  return context.engine.use(rr).recordRoute(context)
}

/** The user part of the first Route, when that is ours. */
function routeUser({ message, engine }: Context): string | undefined {
  const [value] = message.valuesOf(Header.ROUTE)
  const address = value === undefined ? undefined : parseNameAddr(value, 0, value.length)
  const uri = address === undefined || address instanceof Malformed ? undefined : parseUri(address.uri)
  if (uri === undefined || uri instanceof Malformed || !engine.names.has(uri.host, uri.port)) return undefined
  return uri.user
}

/** 0 when answered, so that the route ends; 1 when the request may go on. */
function flowRoute(context: Context): Result {
  const { engine, packet } = context
  const user = routeUser(context)
  if (user === undefined || user === '') return 1
  const flow = flowIn(engine, user)
  if (flow === undefined) return refuse(context, 403, 'Forbidden')
  if (isSource(flow, packet.remote) && flow.transport === packet.transport) return 1
  const { transport, remote, connection } = flow
  if (isStream(transport) && (connection === undefined || !engine.isOpen(connection)))
    return refuse(context, 430, 'Flow Failed')
  context.flow = { addresses: [remote], transport, more: undefined } satisfies Found
  context.sendFrom = flow.local
  return 1
}

/** From the phone itself the request goes the other way. */
function isSource({ remote }: Flow, { address, port }: Address): boolean {
  return remote.address === address && remote.port === port
}

function refuse(context: Context, status: number, reason: string): Result {
  context.engine.use(sl).reply(context, status, reason)
  return 0
}

export const path: ModuleRecord = {
  name: 'path',
  file: 'path',
  about: 'the way back to phones: Path (RFC 3327), and flows (RFC 5626)',
  needs: ['sl', 'rr'],
  params: {},
  start: () => ({}),
  functions: {
    add_path: {
      args: [],
      routes: ['request'],
      about: 'puts our address on top of the Path of a REGISTER',
      call: (context: Context) => addPath(context, '', ''),
    },
    add_path_flow: {
      args: [],
      routes: ['request'],
      about: 'the same, with the flow that the REGISTER came by, when it came from the phone itself',
      call: (context: Context) =>
        isFirstHop(context) ? addPath(context, `${tokenOf(context)}@`, ';ob') : addPath(context, '', ''),
    },
    record_route_flow: {
      args: [],
      routes: ['request'],
      about: 'record_route with the flow that the request came by, when it came from the phone itself',
      call: recordFlow,
    },
    flow_route: {
      args: [],
      routes: ['request'],
      about:
        'sends the request over the flow that the first Route names (before loose_route); answers 403 to a forged name, 430 when the flow is gone, and ends the route',
      call: flowRoute,
    },
  },
}
