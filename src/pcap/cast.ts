// Who the parties of a capture are: a phone for each address that is no server, named as its user is called, with its
// AOR, its Contact and how it behaves when called.

import type { Address, Transport } from '../endpoint.js'
import { Malformed } from '../errors.js'
import type { Message } from '../sip/message.js'
import { parseNameAddr } from '../sip/name-addr.js'
import { Header } from '../sip/names.js'
import { parseUri } from '../sip/uri.js'
import { addressText } from './message.js'

/** A message with both ends, read. */
export interface Told {
  readonly at: number
  readonly transport: Transport
  readonly source: Address
  readonly target: Address
  readonly message: Message
}

export interface CastPhone {
  readonly name: string
  readonly address: Address
  readonly transport: 'udp' | 'tcp'
  /** Its own, by what it registers or who it says it is; '' when the capture does not say. */
  readonly aor: string
  /** Whom those who reach it call; ''. */
  readonly calledAs: string
  /** It registers in the capture. */
  readonly registers: boolean
}

const NAME_CHARACTERS_MAX = 24
/** Words of the steps that no phone may be called. */
const TAKEN = new Set(['T1', 'T2', 'T4', 'The'])

/** The phones, in the order in which they appear; `names` says what some addresses are called already. */
export class Cast {
  readonly phones: CastPhone[] = []
  readonly #byAddress = new Map<string, CastPhone>()

  constructor(told: readonly Told[], isServer: ReadonlySet<string>, names: ReadonlyMap<string, string>) {
    const places = placesOf(told, isServer)
    const used = new Set<string>()
    for (const [text, place] of places) {
      const own = told.filter((one) => places.get(addressText(one.source)) === place)
      const got = told.filter((one) => places.get(addressText(one.target)) === place)
      let phone = this.phones.find((other) => addressText(other.address) === addressText(place))
      if (phone === undefined) {
        const aor = withUser(aorOf(own))
        const calledAs = calledUri(got)
        const name = free(
          names.get(addressText(place)) ?? names.get(text) ?? nameFor(aor || calledAs, own, got),
          used,
        )
        used.add(name)
        const transport = [...own, ...got].some((one) => one.transport === 'tcp') ? 'tcp' : 'udp'
        phone = {
          name,
          address: place,
          transport,
          aor,
          calledAs,
          registers: own.some((one) => one.message.method === 'REGISTER'),
        }
        this.phones.push(phone)
      }
      this.#byAddress.set(text, phone)
    }
  }

  /** The phone at an address; undefined: a server. */
  at(address: Address): CastPhone | undefined {
    return this.#byAddress.get(addressText(address))
  }
}

/** Where each address that is no server listens: one that connected over TCP, where its Contact says. */
function placesOf(told: readonly Told[], isServer: ReadonlySet<string>): Map<string, Address> {
  const places = new Map<string, Address>()
  for (const { source, target } of told)
    for (const address of [source, target])
      if (!isServer.has(addressText(address)) && !places.has(addressText(address)))
        places.set(addressText(address), address)
  for (const { source, transport, message } of told) {
    const text = addressText(source)
    const contact = transport === 'tcp' ? contactAddress(message) : undefined
    if (contact !== undefined && places.has(text) && contact.address === source.address)
      places.set(text, contact)
  }
  // Two connections of one phone, or a connection and where it listens, are one.
  const known = new Map([...places.values()].map((place) => [addressText(place), place]))
  for (const [text, place] of places) places.set(text, known.get(addressText(place))!)
  return places
}

function contactAddress(message: Message): Address | undefined {
  const [value] = message.valuesOf(Header.CONTACT)
  const uri = value === undefined ? undefined : uriOf(value)
  const parsed = uri === undefined ? undefined : parseUri(uri)
  if (parsed === undefined || parsed instanceof Malformed) return undefined
  return { address: parsed.host.replace(/[[\]]/g, ''), port: parsed.port ?? 5060 }
}

function uriOf(value: string): string | undefined {
  const parsed = parseNameAddr(value, 0, value.length)
  return parsed instanceof Malformed ? undefined : parsed.uri
}

/** Whose phone it is: who registers, who calls. */
function aorOf(own: readonly Told[]): string {
  const register = own.find(({ message }) => message.method === 'REGISTER')
  if (register !== undefined) return nameUri(register.message.to())
  const asks = own.find(
    ({ message }) => message.isRequest && message.toTag === undefined && message.method !== 'ACK',
  )
  if (asks !== undefined) return nameUri(asks.message.from())
  return ''
}

/** A phone has a user. */
function withUser(uri: string): string {
  return /^sips?:[^@]+@/i.test(uri) ? uri : ''
}

/** Whom the calls are for that reach it. */
function calledUri(got: readonly Told[]): string {
  const asked = got.find(({ message }) => message.isRequest && message.method === 'INVITE')
  return asked === undefined ? '' : nameUri(asked.message.to())
}

function nameUri(value: ReturnType<Message['from']>): string {
  return value === undefined || value instanceof Malformed ? '' : value.uri
}

/** The user it answers as, else its AOR's. */
function nameFor(aor: string, own: readonly Told[], got: readonly Told[]): string {
  const isCalled = got.some(({ message }) => message.method === 'INVITE' && message.toTag === undefined)
  const isCaller = own.some(
    ({ message }) => message.isRequest && message.toTag === undefined && message.method !== 'ACK',
  )
  const asked = got.find(({ message }) => message.method === 'INVITE')?.message.requestUri
  const user = isCalled && !isCaller ? (userOf(asked ?? '') ?? userOf(aor)) : userOf(aor)
  return user ?? 'Phone'
}

function userOf(uri: string): string | undefined {
  return /^(?:sips?|tel):\+?([^@;:]+)/i.exec(uri.includes('@') || uri.startsWith('tel') ? uri : '')?.[1]
}

/** A word that a step takes for a name, and that nobody has yet. */
function free(wanted: string, used: ReadonlySet<string>): string {
  const letters = wanted.replace(/[^A-Za-z0-9_-]/g, '').slice(0, NAME_CHARACTERS_MAX)
  const word = /^[A-Za-z]/.test(letters) ? letters[0]!.toUpperCase() + letters.slice(1) : `Phone${letters}`
  for (let number = 1; ; number++) {
    const name = number === 1 ? word : `${word}-${number}`
    if (!used.has(name) && !TAKEN.has(name)) return name
  }
}
