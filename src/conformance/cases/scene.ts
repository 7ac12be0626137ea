// Where a play takes place: the addresses of its parties and of the server, names that nobody else uses, and the
// placeholders that stand for them in case files.

import type { Listen } from '../../driver.js'
import type { Address, Bytes, Milliseconds } from '../../endpoint.js'
import type { Random } from '../../random.js'
import type { Play } from './case.js'
import { hostPort, readPath, type Heard } from './path.js'

export interface Door extends Listen {
  readonly party: string
}

export interface Scene {
  /** Where the server listens, on all its transports. */
  readonly server: Address
  /** How requests go to it where the case does not say; UDP unless given. */
  readonly over?: 'tcp' | 'tls'
  /** Where it listens besides, when the case needs ipv6. */
  readonly server6?: Address
  /** Another port of its address, when the case needs ports. */
  readonly server2?: Address
  /** A domain that the server serves. */
  readonly domain: string
  readonly places: ReadonlyMap<string, Address>
  /** Where the parties listen. */
  readonly doors: readonly Door[]
  /** An address where nobody listens. */
  readonly nobody: Address
  /** The octets of a file of the catalogue's data. Throws when there is none. */
  readonly dataOf: (name: string) => Bytes
  /** Part of every name that the play makes up, so that plays do not meet. */
  readonly nonce: string
  readonly random: Random
  /** How long a party waits for what must come. */
  readonly patienceMs: Milliseconds
  /** How long silence must last unless the case says. */
  readonly silenceMs: Milliseconds
  /** How far an instant may be off, besides a tenth of the duration. */
  readonly slackMs: Milliseconds
}

const REPEATED = /^(\d{1,7})\*(.+)$/s
const REPEATED_OCTETS_MAX = 1 << 20

/**
 * Text with its placeholders filled: {caller}, {server host}, {user}, {first Via[1].branch}, {300*a} ... but not a
 * pattern's {3,4}.
 */
export function fill(text: string, scene: Scene, heard: (name: string) => Heard | undefined): string {
  return text.replace(/\{([^{}\n]+)\}/g, (whole, inside: string) => {
    if (/^[\d,]+$/.test(inside)) return whole
    const value = valueOf(inside, scene, heard)
    if (value === undefined) throw new Error(`${whole} stands for nothing here`)
    return value
  })
}

function valueOf(
  inside: string,
  scene: Scene,
  heard: (name: string) => Heard | undefined,
): string | undefined {
  const [, count, piece] = REPEATED.exec(inside) ?? []
  if (piece !== undefined) return piece.repeat(Math.min(Number(count), REPEATED_OCTETS_MAX / piece.length))
  const [name = '', ...rest] = inside.split(' ')
  const path = rest.join(' ')
  if (name === 'upper' || name === 'lower') {
    const text = valueOf(path, scene, heard)
    return name === 'upper' ? text?.toUpperCase() : text?.toLowerCase()
  }
  if (name === 'sum') {
    const terms = path.split(' and ').map((term) => (/^\d+$/.test(term) ? term : valueOf(term, scene, heard)))
    return terms.includes(undefined) ? undefined : String(terms.reduce((sum, term) => sum + Number(term), 0))
  }
  if (path === '' && Object.hasOwn(WORDS, name)) return WORDS[name]!(scene)
  const place = placeNamed(name, scene)
  if (place !== undefined && path === '') return hostPort(place)
  if (place !== undefined && path === 'host') return hostPort(place).replace(/:\d+$/, '')
  if (place !== undefined && path === 'port') return String(place.port)
  const message = heard(name)
  return message === undefined ? undefined : (readPath(message, path) ?? '')
}

function placeNamed(name: string, { server, server2, server6, nobody, places }: Scene): Address | undefined {
  if (name === 'server') return server
  if (name === 'server2') return server2
  if (name === 'server6') return server6
  return name === 'nobody' ? nobody : places.get(name)
}

const WORDS: Readonly<Record<string, (scene: Scene) => string>> = {
  domain: ({ domain }) => domain,
  user: ({ nonce }) => `u${nonce}`,
  nonce: ({ nonce }) => nonce,
  branch: ({ random }) => `z9hG4bK${random.hex(16)}`,
  tag: ({ random }) => random.hex(10),
  crlf: () => '\r\n',
  blank: () => ' ',
  tab: () => '\t',
}

/** \xHH, \r, \n and \t of a raw text. */
export function unescapeOctets(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|([rnt\\]))/g, (_, hex: string | undefined, letter: string) =>
    hex === undefined
      ? ({ r: '\r', n: '\n', t: '\t' }[letter] ?? '\\')
      : String.fromCharCode(parseInt(hex, 16)),
  )
}

/** Where a party is over this transport: TLS has the port behind the others'. */
export function ownPlace(party: string, over: string, { places }: Scene): Address {
  return placeOver(over, places.get(party)!)
}

/** The port for TLS is the next one (RFC 3261 §19.1.2: 5061). */
export function placeOver(over: string, { address, port }: Address): Address {
  return { address, port: over === 'tls' ? port + 1 : port }
}

/** Where the parties of a play listen: at their places, over UDP and TCP (and TLS), unless the play says otherwise. */
export function doorsOf(play: Play, places: ReadonlyMap<string, Address>, tls = false): Door[] {
  const udpOnly = new Set<string>()
  const others: Door[] = []
  for (const statement of play) {
    if (statement.kind === 'udp only') udpOnly.add(statement.party)
    if (statement.kind === 'listens') {
      const { party, at } = statement
      others.push(...both(party, addressOf(filledPlaces(at, places))))
    }
  }
  const own = [...places].flatMap(([party, place]) => [
    ...both(party, place),
    ...(tls ? [{ party, transport: 'tls' as const, ...placeOver('tls', place) }] : []),
  ])
  return [...own, ...others].filter(({ party, transport }) => transport === 'udp' || !udpOnly.has(party))
}

function both(party: string, { address, port }: Address): Door[] {
  return (['udp', 'tcp'] as const).map((transport) => ({ party, transport, address, port }))
}

/** {callee}, {callee host} and {callee port} only: what is known before the play begins. */
export function filledPlaces(text: string, places: ReadonlyMap<string, Address>): string {
  return text.replace(/\{(\w+)(?: (host|port))?\}/g, (whole, party: string, part: string | undefined) => {
    const place = places.get(party)
    if (place === undefined) return whole
    if (part === 'port') return String(place.port)
    return part === 'host' ? place.address : hostPort(place)
  })
}

/** "10.0.0.1:5060", "[::1]:5060". Throws for what is no address. */
export function addressOf(text: string): Address {
  const [, address, port] = /^\[?(.+?)\]?:(\d+)$/.exec(text) ?? []
  if (address === undefined) throw new Error(`"${text}" is no address and port`)
  return { address, port: Number(port) }
}
