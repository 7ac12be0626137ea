// Where a play takes place: the addresses of its parties and of the server, names that nobody else uses, and the
// placeholders that stand for them in case files.

import type { Address, Milliseconds } from '../../endpoint.js'
import type { Random } from '../../random.js'
import { hostPort, readPath, type Heard } from './path.js'

export interface Scene {
  /** Where the server listens, on all its transports. */
  readonly server: Address
  /** A domain that the server serves. */
  readonly domain: string
  readonly places: ReadonlyMap<string, Address>
  /** An address where nobody listens. */
  readonly nobody: Address
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

const REPEATED = /^(\d{1,6})\*(.+)$/s
const REPEATED_OCTETS_MAX = 1 << 20

/** Text with its placeholders filled: {caller}, {server host}, {user}, {first Via[1].branch}, {300*a} ... */
export function fill(text: string, scene: Scene, heard: (name: string) => Heard | undefined): string {
  return text.replace(/\{([^{}\n]+)\}/g, (whole, inside: string) => {
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
  if (path === '' && name in WORDS) return WORDS[name]!(scene)
  const place = name === 'server' ? scene.server : name === 'nobody' ? scene.nobody : scene.places.get(name)
  if (place !== undefined && path === '') return hostPort(place)
  if (place !== undefined && path === 'host') return hostPort(place).replace(/:\d+$/, '')
  if (place !== undefined && path === 'port') return String(place.port)
  const message = heard(name)
  return message === undefined ? undefined : (readPath(message, path) ?? '')
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
