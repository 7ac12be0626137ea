// What the parties of a play send, as outputs: requests and responses that differ from the plain ones as the case says,
// raw texts, repetitions, and by themselves only the ACK of a failure response.

import type { Address, Bytes, Milliseconds, Output, Transport } from '../../endpoint.js'
import { Malformed } from '../../errors.js'
import type { Random } from '../../random.js'
import { parseMessage } from '../../sip/message.js'
import type { FileSource, HeaderChange, RepeatStatement, SendStatement } from './case.js'
import { draftRequest, draftResponse, last, write, type Draft } from './compose.js'
import { credentialLines } from './credentials.js'
import type { Mail, Mailbox } from './mailbox.js'
import { fits } from './pattern.js'
import type { Heard } from './path.js'
import { addressOf, fill, ownPlace, placeOver, unescapeOctets, type Scene } from './scene.js'

/** Messages that are sent at once. */
const BURST_MESSAGES = 50

type Over = 'udp' | 'tcp' | 'tls'

/** How a text travels. */
interface Way {
  readonly over: Over
  /** The request that is answered, or the message that is repeated. */
  readonly answered?: Heard | undefined
  readonly as?: string | undefined
  readonly from?: Address | undefined
  /** Another one of the server's addresses. */
  readonly at?: Address | undefined
  /** On streams: octets of a chunk. */
  readonly pieces?: number | undefined
  /** Not on the connection of the request. */
  readonly anew?: boolean
  /** Nobody refers to it later. */
  readonly damaged?: boolean
}

export class Sender {
  now: Milliseconds = 0
  /** Parties that acknowledge only what the play says. */
  readonly byHand = new Set<string>()
  #outputs: Output[] = []

  constructor(
    readonly scene: Scene,
    readonly mailbox: Mailbox,
  ) {}

  /** What is to be sent since it was last asked. */
  take(): Output[] {
    const outputs = this.#outputs
    this.#outputs = []
    return outputs
  }

  fill(text: string, party: string): string {
    return fill(text, this.scene, (name) => this.mailbox.heard(name, party))
  }

  /** A failure response to an INVITE is acknowledged by itself, each time it comes (RFC 3261 §17.1.1.2). */
  acknowledge({ message, party, transport }: Mail): void {
    const memory = this.mailbox.memory(party)
    if (message.isRequest || message.status < 300 || message.cseqMethod !== 'INVITE') return
    if (message.callId === undefined) return
    const invite = last(
      memory.sent,
      (one) =>
        one.message.isRequest && one.message.method === 'INVITE' && one.message.callId === message.callId,
    )
    if (invite?.message.headerNamed('Via') === undefined) return
    if (this.byHand.has(party)) return
    const draft = draftRequest(
      'ACK',
      undefined,
      transport,
      { ...memory, sent: [invite], received: [{ ...invite, message }] },
      this.scene,
    )
    this.#put(party, write(draft, []), { over: overOf(transport) })
  }

  /** Stops after each burst: what is sent all at once does not fit into a real server's socket. */
  *send(statement: SendStatement): Generator<void, void, void> {
    for (let count = 1; count <= (statement.times ?? 1); count++) {
      yield* this.#sendOne(statement)
      if (count % BURST_MESSAGES === 0) yield
    }
  }

  *#sendOne(statement: SendStatement): Generator<void, void, void> {
    const { party, what, to, as, raw, pieces, file } = statement
    const isResponse = what !== undefined && /^\d/.test(what)
    const request = isResponse ? this.#requestFor(party, to) : undefined
    const over = statement.over === 'new tcp' ? 'tcp' : (statement.over ?? this.#usual(request))
    const from = this.#address(statement.from, party)
    const way: Way = {
      ...{ over, answered: request, as, from, pieces, anew: statement.over === 'new tcp' },
      at: this.#address(statement.at, party),
      damaged: file?.variation !== undefined,
    }
    if (file !== undefined)
      for (const [index, text] of this.#variants(file, party).entries()) {
        this.#put(party, text, way)
        if (index % BURST_MESSAGES === BURST_MESSAGES - 1) yield
      }
    else if (raw !== undefined) this.#put(party, this.#raw(said(raw, over), statement), way)
    else this.#put(party, this.#composed(statement, request, over), way)
  }

  /** An answer goes as its request came. */
  #usual(request: Heard | undefined): Over {
    return request === undefined ? (this.scene.over ?? 'udp') : overOf(request.transport)
  }

  #address(text: string | undefined, party: string): Address | undefined {
    return text === undefined ? undefined : addressOf(this.fill(text, party))
  }

  #composed({ party, what, to, changes }: SendStatement, request: Heard | undefined, over: string): Bytes {
    const filled = changes.map((change) => ({
      ...change,
      value: unescapeOctets(this.fill(change.value, party)),
    }))
    if (request !== undefined)
      return write(draftResponse(what!, request.message, over, party, this.scene), filled)
    const uri = to === undefined || this.scene.places.has(to) ? to : this.fill(to, party)
    const draft = draftRequest(what!, uri, over, this.mailbox.memory(party), this.scene)
    const wish = filled.find(({ name }) => name === 'Credentials')
    const plain = filled.filter((change) => change !== wish)
    return wish === undefined ? write(draft, plain) : this.#authorized(draft, plain, wish.value, party)
  }

  /** Credentials are for the whole request, body and all. */
  #authorized(draft: Draft, plain: readonly HeaderChange[], wish: string, party: string): Bytes {
    const request = parseMessage(write(draft, plain))
    if (request instanceof Malformed) throw new Error('credentials for what is no message')
    const lines = credentialLines(wish, this.mailbox.memory(party).received, request)
    const added = lines.map(([name, value]): HeaderChange => ({ how: 'add', name, value }))
    return write(draft, [...plain, ...added])
  }

  /** {length} is the octets behind the empty line, {vias} the Via lines of the request that is answered. */
  #raw(raw: string, { party, what }: SendStatement): Bytes {
    const text = unescapeOctets(
      this.fill(this.#withVias(raw, party).replaceAll('{length}', '\0length\0'), party),
    )
    if (what === 'octets') return text
    const end = text.indexOf('\r\n\r\n', /[^\r\n]|$/.exec(text)!.index)
    const whole = end < 0 ? `${text}\r\n\r\n` : text
    return whole.replaceAll('\0length\0', String(end < 0 ? 0 : text.length - end - 4))
  }

  #withVias(text: string, party: string): string {
    const vias = this.mailbox.heard('request', party)?.message.headersNamed('Via') ?? []
    return text.replaceAll('{vias}', () => vias.map((value) => `Via: ${value}`).join('\r\n'))
  }

  /** A file's octets as the case wants them: once, or once for each way of being damaged. */
  #variants({ name, replacements, variation }: FileSource, party: string): Bytes[] {
    const text = replacements.reduce((octets, { from, to }) => {
      const wanted = unescapeOctets(from)
      if (!octets.includes(wanted)) throw new Error(`there is no "${from}" in ${name}`)
      return octets.replaceAll(wanted, () => unescapeOctets(this.fill(this.#withVias(to, party), party)))
    }, this.scene.dataOf(name))
    return variation === undefined ? [text] : copiesOf(text, variation, this.scene.random)
  }

  #requestFor(party: string, to: string | undefined): Heard {
    const named = this.mailbox.heard(to ?? '', party)
    const { received } = this.mailbox.memory(party)
    const request =
      named ??
      last(
        received,
        ({ message }) =>
          message.isRequest && (to === undefined ? message.method !== 'ACK' : message.method === to),
      )
    if (request === undefined) throw new Error(`${party} has no request to answer`)
    return request
  }

  repeat({ party, what, from, at }: RepeatStatement): void {
    const { sent } = this.mailbox.memory(party)
    const former = this.mailbox.heard(what, party) ?? last(sent, ({ message }) => fits(message, what))
    if (former === undefined) throw new Error(`${party} has sent no ${what}`)
    this.#put(party, former.message.text, {
      over: overOf(former.transport),
      answered: former,
      from: this.#address(from, party),
      at: this.#address(at, party),
    })
  }

  /** A response goes where its request came from. */
  #put(party: string, bytes: Bytes, { over, answered, as, from, at, pieces, anew, damaged }: Way): void {
    const local = from ?? ownPlace(party, over, this.scene)
    const isAnswer = answered !== undefined && answered.party === party && answered.target.port === local.port
    const remote =
      isAnswer && over === 'udp' && answered.message.isRequest && answered.source.port !== local.port
        ? answered.source
        : (at ?? placeOver(over, this.#serverFor(local)))
    const connection = over === 'udp' || anew === true ? undefined : this.#connection(party, answered)
    for (const piece of cut(bytes, pieces)) {
      const send = { type: 'send', transport: over, local, remote, bytes: piece } as const
      this.#outputs.push(connection === undefined ? send : { ...send, connection })
    }
    if (damaged === true) return
    const message = parseMessage(bytes)
    if (message instanceof Malformed) return
    const heard: Heard = {
      message,
      at: this.now,
      party,
      transport: over,
      source: local,
      target: remote,
      connection,
    }
    this.mailbox.sent(heard, as)
  }

  #serverFor({ address }: Address): Address {
    return address.includes(':') ? (this.scene.server6 ?? this.scene.server) : this.scene.server
  }

  #connection(party: string, answered: Heard | undefined): number | undefined {
    const own = answered?.party === party ? answered.connection : undefined
    return own !== undefined && this.mailbox.isOpen(own) ? own : this.mailbox.connectionOf(party)
  }

  close(party: string): void {
    const connection = this.mailbox.connectionOf(party)
    if (connection !== undefined) this.#outputs.push({ type: 'close', connection })
    this.mailbox.forget(party)
  }
}

/** Cases are written for UDP. */
function said(raw: string, over: Over): string {
  return over === 'udp' ? raw : raw.replaceAll('SIP/2.0/UDP', `SIP/2.0/${over.toUpperCase()}`)
}

function overOf(transport: Transport | undefined): Over {
  return transport === 'tcp' || transport === 'tls' ? transport : 'udp'
}

/** "cut": each length but the whole; a number: so many copies with an octet that is another one. */
function copiesOf(text: Bytes, variation: 'cut' | number, random: Random): Bytes[] {
  if (variation === 'cut') return Array.from(text, (_, length) => text.slice(0, length)).slice(1)
  return Array.from({ length: variation }, () => {
    const at = random.below(text.length)
    return text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1)
  })
}

function cut(bytes: Bytes, size: number | undefined): Bytes[] {
  if (size === undefined) return [bytes]
  const pieces: Bytes[] = []
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size))
  return pieces
}
