// What happens in a capture, told as a person would: who registers, calls, rings, answers, hangs up, and what comes of
// it. Everything that phones and proxies do of themselves (100, ACK, retransmissions, digest answers) is left out.

import type { Address } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { parseMessage, type Message } from '../sip/message.js'
import { Header } from '../sip/names.js'
import { readDigest } from '../sip/digest.js'
import { Cast, type CastPhone, type Told } from './cast.js'
import { CallStory, type Act } from './call-story.js'
import { serverEnds } from './plan.js'
import { addressText, type CapturedMessage } from './message.js'

export interface Story {
  readonly phones: readonly CastPhone[]
  readonly acts: readonly Act[]
  /** Messages that cannot be read. */
  readonly unreadable: number
}

/** The story of the messages around the servers. */
export function storyOf(
  messages: readonly CapturedMessage[],
  servers: readonly Address[],
  names: ReadonlyMap<string, string> = new Map(),
): Story {
  const told: Told[] = []
  let unreadable = 0
  const seen = new Set<string>()
  for (const { at, transport, source, target, bytes } of messages) {
    const path = `${addressText(source)} ${addressText(target)} ${bytes}`
    if (seen.has(path)) continue
    seen.add(path)
    const message = parseMessage(bytes)
    if (message instanceof Malformed) unreadable++
    else told.push({ at, transport, source, target, message })
  }
  const cast = new Cast(told, serverEnds(messages, servers), names)
  const acts = new Teller(cast, told).acts
  return { phones: cast.phones, acts, unreadable }
}

class Teller {
  readonly acts: Act[] = []
  readonly #calls = new Map<string, CallStory>()

  constructor(
    private readonly cast: Cast,
    private readonly told: readonly Told[],
  ) {
    for (const [index, one] of told.entries()) this.#tell(one, index)
    for (const call of this.#calls.values()) call.end()
  }

  #tell(one: Told, index: number): void {
    const { message } = one
    const method = message.isRequest ? message.method : message.cseqMethod
    const sender = this.cast.at(one.source)
    const receiver = this.cast.at(one.target)
    if (method === 'REGISTER') {
      if (receiver !== undefined && message.status >= 200) this.#registered(receiver, one, index)
      return
    }
    const id = message.callId ?? ''
    const known = this.#calls.get(id)
    if (known !== undefined) {
      if (sender !== undefined) known.sent(sender, one)
      if (receiver !== undefined) known.received(receiver, one)
      return
    }
    if (sender === undefined && receiver !== undefined && message.isRequest && method === 'INVITE') {
      // The leg that a B2BUA opened: its caller is the server.
      const leg = this.#open(id, undefined)
      leg.received(receiver, one)
    } else if (sender !== undefined && message.isRequest && method !== 'ACK') {
      const call = this.#open(id, sender)
      call.sent(sender, one)
      if (receiver !== undefined) call.received(receiver, one)
    }
  }

  #open(id: string, caller: CastPhone | undefined): CallStory {
    const call = new CallStory(caller, (act) => this.acts.push(act))
    this.#calls.set(id, call)
    return call
  }

  #registered(phone: CastPhone, { at, message }: Told, index: number): void {
    const request = this.told
      .slice(0, index)
      .findLast(
        ({ source, message: asked }) =>
          asked.method === 'REGISTER' &&
          asked.callId === message.callId &&
          this.cast.at(source) === phone &&
          asked.headerNamed('CSeq') === message.headerNamed('CSeq'),
      )
    if (request === undefined) return
    const { status, reason } = message
    const isChallenge = status === 401 || status === 407
    const retried = isChallenge && this.#isRetried(request.message, index)
    if (retried) return
    this.acts.push({
      ...{ kind: 'registration', at, phone, form: formOf(request.message), status, reason },
      expiresS: expiryOf(request.message),
      realm: isChallenge ? realmOf(message) : undefined,
      request: request.message,
      isOdd: isOdd(phone, request.message) || (status >= 300 && !isChallenge),
    })
  }

  #isRetried(request: Message, index: number): boolean {
    return this.told
      .slice(index)
      .some(
        ({ message }) =>
          message.method === 'REGISTER' && message.callId === request.callId && hasCredentials(message),
      )
  }
}

function isOdd({ aor, address }: CastPhone, request: Message): boolean {
  const to = request.to()
  if (to === undefined || to instanceof Malformed || to.uri !== aor || !aor.includes('@')) return true
  const [contact, ...more] = request.valuesOf(Header.CONTACT)
  if (contact === undefined || contact === '*') return false
  const host = /@?(\[[^\]]*\]|[^@:;>]+)(?::(\d+))?[;>]/.exec(`${contact.replace(/^.*<sips?:/i, '')}>`)
  const port = Number(host?.[2] ?? 5060)
  return more.length > 0 || host?.[1]?.replace(/[[\]]/g, '') !== address.address || port !== address.port
}

export function hasCredentials(message: Message): boolean {
  return (
    message.headerNamed('Authorization') !== undefined ||
    message.headerNamed('Proxy-Authorization') !== undefined
  )
}

export function realmOf(message: Message): string | undefined {
  const value = message.headerNamed('WWW-Authenticate') ?? message.headerNamed('Proxy-Authenticate') ?? ''
  const params = readDigest(value)
  return params === undefined || params instanceof Malformed ? undefined : params.get('realm')
}

function formOf(message: Message): 'register' | 'unregister' | 'removeAll' | 'query' {
  const contacts = message.valuesOf(Header.CONTACT)
  if (contacts.length === 0) return 'query'
  if (contacts[0] === '*') return 'removeAll'
  return expiryOf(message) === 0 ? 'unregister' : 'register'
}

/** Seconds asked for; undefined: nothing is said. */
function expiryOf(message: Message): number | undefined {
  const [contact = ''] = message.valuesOf(Header.CONTACT)
  const text = /;[ \t]*expires[ \t]*=[ \t]*(\d+)/i.exec(contact)?.[1] ?? message.headerNamed('Expires')
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text)
}
