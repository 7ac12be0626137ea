// SER module rr: Record-Route and Route (SER's modules; RFC 3261 §16.4, §16.6-4, §16.12).

import type { Transport } from '../endpoint.js'
import { Malformed } from '../errors.js'
import type { Context } from '../proxy/context.js'
import type { Engine } from '../proxy/engine.js'
import type { ModuleRecord, Parameters } from '../proxy/module.js'
import { hostText, SIP_PORT, type Sending } from '../proxy/outgoing.js'
import { DEFAULT_PORTS, isSips, uriTarget } from '../proxy/resolve.js'
import type { Result } from '../script/contract.js'
import { parseNameAddr, splitList, type NameAddr } from '../sip/name-addr.js'
import { Header } from '../sip/names.js'
import { parseUri, uriParam, type Uri } from '../sip/uri.js'

interface Route {
  readonly address: NameAddr
  readonly uri: Uri
  /** Which header line it stands in, and where. */
  readonly header: number
  readonly start: number
  readonly end: number
}

class Rr {
  readonly #recorded = new WeakSet<Context>()

  constructor(
    readonly engine: Engine,
    readonly params: Parameters,
  ) {}

  recordRoute(context: Context): Result {
    if (this.#recorded.has(context)) {
      context.log(-1, 'ERROR: record_route: called twice')
      return -1
    }
    this.#recorded.add(context)
    context.recordRoutes.push((sending) => this.#lines(context, sending))
    return 1
  }

  /** One header, or two when the request leaves by another address than it came in at (SER's modules). */
  #lines(context: Context, sending: Sending): string {
    const { packet } = context
    const secure = this.engine.rules.sipsIsSecure && isSecure(context)
    // Over UDP and TCP no sips request comes back.
    const inbound =
      secure && !isTls(packet.transport) ? sending : { transport: packet.transport, local: packet.local }
    const differs =
      inbound.transport !== sending.transport ||
      inbound.local.port !== sending.local.port ||
      inbound.local.address !== sending.local.address
    const scheme = secure ? 'sips' : 'sip'
    if (!differs || this.params.enable_double_rr === 0) return this.#line(context, inbound, scheme, '')
    return this.#line(context, sending, scheme, ';r2=on') + this.#line(context, inbound, scheme, ';r2=on')
  }

  #line(context: Context, sending: Sending, scheme: 'sip' | 'sips', double: string): string {
    return this.line(context, `${this.address(context, sending, scheme)}${double}`, scheme)
  }

  /** A socket as others shall reach it: host, port and transport of a URI. */
  address(context: Context, { transport, local }: Sending, scheme: 'sip' | 'sips' = 'sip'): string {
    const { settings } = this.engine
    const address = context.advertisedAddress ?? settings.advertisedAddress ?? local.address
    const port = context.advertisedPort ?? settings.advertisedPort ?? local.port
    const shownPort = port === SIP_PORT && scheme === 'sip' ? '' : `:${port}`
    const shownTransport =
      transport === 'udp' || (scheme === 'sips' && transport === 'tls') ? '' : `;transport=${transport}`
    return `${hostText(address)}${shownPort}${shownTransport}`
  }

  /** A Record-Route header around an address text. */
  line(context: Context, address: string, scheme = 'sip'): string {
    const user = context.recordUser ?? (this.params.add_username === 1 ? userOf(context) : '')
    const tag = this.params.append_fromtag === 0 ? undefined : context.message.fromTag
    const ftag = tag === undefined ? '' : `;ftag=${tag}`
    const lr = this.params.enable_full_lr === 1 ? ';lr=on' : ';lr'
    return `Record-Route: <${scheme}:${user}${address}${ftag}${lr}>\r\n`
  }

  looseRoute(context: Context): Result {
    const routes = readRoutes(context)
    if (routes === undefined || routes.length === 0) return -1
    const ours = isOurs(context, context.message.uri()) && this.#placedByUs(context)
    return ours ? this.#afterStrict(context, routes) : this.#afterLoose(context, routes)
  }

  /** Our URI as Request-URI because a strict router took it from a Record-Route of ours. */
  #placedByUs(context: Context): boolean {
    const uri = context.message.uri()
    if (uri instanceof Malformed) return false
    return uriParam(uri, 'lr') !== undefined || uriParam(uri, 'ftag') !== undefined || uri.user === undefined
  }

  #afterStrict(context: Context, routes: Route[]): Result {
    let at = 0
    if (isOurs(context, routes[0]!.uri)) {
      removeRoute(context, routes[0]!)
      at = 1
    }
    const next = routes[at]
    if (next === undefined) return -1
    if (uriParam(next.uri, 'lr') === undefined) {
      context.setUri(next.uri.text)
      removeRoute(context, next)
      if (this.engine.rules.strictTargetRoute === 'append')
        appendRoute(context, routes, context.message.requestUri)
      return 1
    }
    const last = routes.at(-1)!
    if (this.engine.rules.strictTargetRoute === 'replace') {
      context.setUri(last.uri.text)
      removeRoute(context, last)
      if (last === next) return 1
    }
    context.destination = next.uri.text
    return 1
  }

  #afterLoose(context: Context, routes: Route[]): Result {
    let at = 0
    if (isOurs(context, routes[0]!.uri)) {
      removeRoute(context, routes[0]!)
      at = 1
      const second = routes[1]
      const double = this.params.enable_double_rr !== 0 && uriParam(routes[0]!.uri, 'r2') !== undefined
      // Somebody between may have put in a Route of their own (RFC 5658 §5).
      if (double && second !== undefined && isOurs(context, second.uri)) {
        removeRoute(context, second)
        leaveBy(context, second.uri)
        at = 2
      }
    }
    const next = routes[at]
    if (next === undefined)
      return isOurs(context, context.message.uri()) ? -1 : this.engine.rules.ownRouteWasLast
    if (uriParam(next.uri, 'lr') !== undefined) {
      context.destination = next.uri.text
      return 1
    }
    // A strict router next: it wants its own URI in the request line (RFC 3261 §16.6-6).
    removeRoute(context, next)
    appendRoute(context, routes, context.message.requestUri)
    context.setUri(next.uri.text)
    return 1
  }
}

/** RFC 3261 §16.6-4: is the Request-URI, or the next Route, a sips URI? */
function isSecure({ uri, destination }: Context): boolean {
  return isSips(uri) || (destination !== undefined && isSips(destination))
}

function isTls(transport: Transport): boolean {
  return transport === 'tls' || transport === 'wss'
}

function userOf(context: Context): string {
  const original = context.message.uri()
  const current = context.parsedUri()
  const user =
    (original instanceof Malformed ? undefined : original.user) ??
    (current instanceof Malformed ? undefined : current.user)
  return user ? `${user}@` : ''
}

function isOurs(context: Context, uri: Uri | Malformed): boolean {
  return !(uri instanceof Malformed) && context.engine.names.has(uri.host, uri.port)
}

/** The second of two Routes of ours names the socket on the other side (RFC 5658 §5). */
function leaveBy(context: Context, uri: Uri): void {
  const target = uriTarget(uri)
  if (target === undefined || context.sendFrom !== undefined) return
  const { host, transport, port = DEFAULT_PORTS[transport] } = target
  context.sendFrom = context.engine.sockets.find(
    (socket) => socket.address === host && socket.port === port && socket.transport === transport,
  )
}

/** All Route values in order; undefined when one of them cannot be read. */
function readRoutes({ message }: Context): Route[] | undefined {
  const routes: Route[] = []
  for (
    let header = message.find(Header.ROUTE);
    header >= 0;
    header = message.find(Header.ROUTE, header + 1)
  ) {
    for (const [start, end] of splitList(
      message.text,
      message.valueStart(header),
      message.valueEnd(header),
    )) {
      const address = parseNameAddr(message.text, start, end)
      if (address instanceof Malformed) return undefined
      const uri = parseUri(address.uri)
      if (uri instanceof Malformed) return undefined
      routes.push({ address, uri, header, start, end })
    }
  }
  return routes
}

/** Takes one value out; the whole line when it is the only one left in it. */
function removeRoute(context: Context, route: Route): void {
  const { message, edits } = context
  const values = splitList(message.text, message.valueStart(route.header), message.valueEnd(route.header))
  const gone = (start: number): boolean =>
    start === route.start || edits.some((edit) => edit.at === start && edit.cut > 0)
  if (values.every(([start]) => gone(start))) {
    context.cut(message.lineStart(route.header), message.lineEnd(route.header))
    return
  }
  const position = values.findIndex(([start]) => start === route.start)
  const following = values[position + 1]
  // The comma goes with it: the one behind, or for the last value the one before.
  if (following !== undefined) context.cut(route.start, following[0])
  else context.cut(values[position - 1]![1], route.end)
}

/** Puts a last Route header behind the existing ones. */
function appendRoute(context: Context, routes: readonly Route[], uri: string): void {
  const at = context.message.lineEnd(routes.at(-1)!.header)
  context.edits.push({ at, cut: 0, put: `Route: <${uri}>\r\n` })
}

export const rr: ModuleRecord<Rr> = {
  name: 'rr',
  file: 'rr',
  about: 'Record-Route and loose routing',
  params: {
    append_fromtag: { kind: 'integer', initial: 1, about: 'add ;ftag=<From tag>' },
    enable_full_lr: { kind: 'integer', initial: 0, about: ';lr=on instead of ;lr' },
    enable_double_rr: {
      kind: 'integer',
      initial: 1,
      about: 'two headers when a request leaves by another address',
    },
    add_username: { kind: 'integer', initial: 0, about: 'user name in the URI (SER 0.8 always wrote it)' },
  },
  start: (engine, params) => new Rr(engine, params),
  functions: {
    record_route: {
      args: [],
      routes: ['request'],
      about: 'adds Record-Route, so that later requests of the dialog come back here',
      call: (context: Context) => context.engine.use(rr).recordRoute(context),
    },
    record_route_preset: {
      args: ['string'],
      routes: ['request'],
      about: 'adds Record-Route with the given host[:port]',
      call: (context: Context, address: string) => {
        context.recordRoutes.push(() => context.engine.use(rr).line(context, address))
        return 1
      },
    },
    record_route_strict: {
      args: [],
      routes: [],
      about: 'disabled, as in SER',
      call: () => -1,
    },
    loose_route: {
      args: [],
      routes: ['request'],
      about: 'follows Route; false when there is none, or ours was the last',
      call: (context: Context) => context.engine.use(rr).looseRoute(context),
    },
  },
}
