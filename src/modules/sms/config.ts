// The parameters of the module sms: which modems there are, which networks, and which modem reaches which network
// (SER module sms).

import type { Milliseconds } from '../../endpoint.js'

/** NEW and DIGICOM: PDUs with the address of the service centre; OLD: without; ASCII: text. */
export type ModemMode = 'NEW' | 'OLD' | 'DIGICOM' | 'ASCII'

export interface ModemSettings {
  readonly name: string
  /** "/dev/ttyS0" */
  readonly device: string
  readonly baud: number
  /** Of the card, when it wants one. */
  readonly pin: string | undefined
  readonly mode: ModemMode
  /** Number of the service centre; undefined: the one on the card. */
  readonly centre: string | undefined
  /** How often a message is tried. */
  readonly tries: number
  /** How often messages that came are asked for. */
  readonly intervalMs: Milliseconds
  /** Names of the networks that it reaches. */
  readonly networks: readonly string[]
}

export interface NetworkSettings {
  readonly name: string
  /** Messages that a modem sends before it looks at what came. */
  readonly atOnce: number
}

interface Entry {
  readonly name: string
  readonly words: readonly string[]
}

const MODES: readonly string[] = ['NEW', 'OLD', 'DIGICOM', 'ASCII']
const BAUDS = [300, 1200, 2400, 4800, 9600, 14400, 19200, 38400, 57600, 115200]

/** "one[a;b]; two". Throws an Error that says where it goes wrong. */
function entriesOf(parameter: string, text: string): Entry[] {
  const entries: Entry[] = []
  for (let rest = text.trim(); rest !== '';) {
    const match = /^([A-Za-z0-9_-]+)\s*(?:\[([^[\]]*)\]\s*)?(?:;\s*|$)/.exec(rest)
    if (match === null) throw new Error(`sms: ${parameter}: name[...] is expected at "${rest.slice(0, 20)}"`)
    const words = (match[2] ?? '').split(';').map((word) => word.trim())
    entries.push({ name: match[1]!, words: words.filter((word) => word !== '') })
    rest = rest.slice(match[0].length)
  }
  return entries
}

/** Throws an Error that names what is missing or makes no sense. */
export function modemsOf(
  modems: string,
  networks: readonly NetworkSettings[],
  links: string,
): ModemSettings[] {
  const reached = new Map(entriesOf('links', links).map(({ name, words }) => [name, words]))
  const settings = entriesOf('modems', modems).map((entry) => modemOf(entry, reached.get(entry.name) ?? []))
  for (const [name, words] of reached) {
    if (!settings.some((modem) => modem.name === name))
      throw new Error(`sms: links: there is no modem ${name}`)
    for (const word of words)
      if (!networks.some((network) => network.name === word))
        throw new Error(`sms: links: there is no network ${word}`)
  }
  return settings
}

export function networksOf(text: string): NetworkSettings[] {
  return entriesOf('networks', text).map(({ name, words }) => {
    const values = valuesOf(name, words, 'm')
    return { name, atOnce: numberIn(name, values, 'm', 10, 1, 1000) }
  })
}

function modemOf({ name, words }: Entry, networks: readonly string[]): ModemSettings {
  const values = valuesOf(name, words, 'dpmcbrl')
  const device = values.get('d') ?? ''
  const mode = values.get('m')?.toUpperCase() ?? 'NEW'
  const baud = numberIn(name, values, 'b', 9600, 300, 115_200)
  if (!/^\/[\w./-]+$/.test(device)) throw new Error(`sms: modem ${name}: d=/dev/... is expected`)
  if (!MODES.includes(mode)) throw new Error(`sms: modem ${name}: m is one of ${MODES.join(', ')}`)
  if (!BAUDS.includes(baud)) throw new Error(`sms: modem ${name}: b is one of ${BAUDS.join(', ')}`)
  for (const [letter, pattern] of [
    ['p', /^\d{4,8}$/],
    ['c', /^\+?\d{3,20}$/],
  ] as const)
    if (!pattern.test(values.get(letter) ?? '00000'))
      throw new Error(`sms: modem ${name}: ${letter} is a number`)
  return {
    ...{ name, device, baud, networks, mode: mode as ModemMode },
    pin: values.get('p'),
    centre: values.get('c'),
    tries: numberIn(name, values, 'r', 2, 1, 10),
    intervalMs: numberIn(name, values, 'l', 20, 1, 3600) * 1000,
  }
}

function valuesOf(name: string, words: readonly string[], letters: string): Map<string, string> {
  const values = new Map<string, string>()
  for (const word of words) {
    const [, letter = '', value = ''] = /^([a-z])\s*=\s*(.+)$/.exec(word) ?? []
    if (letter === '' || !letters.includes(letter)) throw new Error(`sms: ${name}: unknown setting "${word}"`)
    values.set(letter, value)
  }
  return values
}

function numberIn(
  name: string,
  values: ReadonlyMap<string, string>,
  letter: string,
  ...[initial, least, most]: readonly [number, number, number]
): number {
  const value = values.get(letter)
  const number = value === undefined ? initial : Number(value)
  if (!Number.isInteger(number) || number < least || number > most)
    throw new Error(`sms: ${name}: ${letter} is a number from ${least} to ${most}`)
  return number
}
