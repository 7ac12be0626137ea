// A party of a capture as an endpoint: it stands at its address and plays its part, once or many times at once. Copies
// are told apart by the mark that each puts into its Call-IDs, branches and tags.

import { answerTo, challengesOf } from '../agent/credentials.js'
import type { Address, Bytes, Endpoint, Input, Milliseconds, Output, Packet, Transport } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { Random } from '../random.js'
import { parseMessage } from '../sip/message.js'
import { unquote } from '../sip/name-addr.js'
import { addressText } from './message.js'
import { Performance, type Way } from './performance.js'
import type { PartyPlan } from './plan.js'
import { MessageStream } from './sip-stream.js'
import type { Translation } from './translation.js'

export interface PlayerOptions {
  readonly plan: PartyPlan
  /** Where it stands in this run. */
  readonly local: Address
  /** Where an address of the capture is in this run. */
  readonly placeOf: (recorded: Address) => Address
  readonly speed: number
  /** Passwords by user name, for digest answers. */
  readonly passwords: ReadonlyMap<string, string>
  readonly random: Random
}

/** The command that starts a performance. */
export interface Perform {
  readonly perform: Translation
}

interface Going {
  readonly performance: Performance
  readonly translation: Translation
}

const CONNECTIONS_MAX = 1024
const AUTHORIZATION = /^((proxy-)?authorization)[ \t]*:[ \t]*(digest .*)$/im

export class CapturePlayer implements Endpoint {
  readonly going: Going[] = []
  readonly #streams = new Map<number, MessageStream>()
  /** Connections by whom they lead to. */
  readonly #connections = new Map<string, number>()

  constructor(private readonly options: PlayerOptions) {}

  get deadline(): Milliseconds | undefined {
    let least: Milliseconds | undefined
    for (const { performance } of this.going) {
      const { deadline } = performance
      if (deadline !== undefined && (least === undefined || deadline < least)) least = deadline
    }
    return least
  }

  step(input: Input, now: Milliseconds): Output[] {
    if (input.type === 'command') this.#begin(input.command as Perform, now)
    else if (input.type === 'packet') this.#packet(input, now)
    else if (input.type === 'closed') this.#closed(input.connection)
    return this.going.flatMap((going) => this.#send(going, now))
  }

  #begin({ perform }: Perform, now: Milliseconds): void {
    const { plan, speed } = this.options
    this.going.push({ performance: new Performance({ plan, startMs: now, speed }), translation: perform })
  }

  #packet({ transport, remote, bytes, connection }: Packet, now: Milliseconds): void {
    const way = { remote, connection }
    if (connection === undefined || transport === 'udp') return this.#message(bytes, way, now)
    if (this.#connections.size < CONNECTIONS_MAX) this.#connections.set(addressText(remote), connection)
    let stream = this.#streams.get(connection)
    if (stream === undefined) this.#streams.set(connection, (stream = new MessageStream()))
    for (const message of stream.push(bytes)) this.#message(message, way, now)
  }

  #closed(connection: number): void {
    this.#streams.delete(connection)
    for (const [remote, known] of this.#connections)
      if (known === connection) this.#connections.delete(remote)
  }

  #message(bytes: Bytes, way: Way, now: Milliseconds): void {
    const going =
      this.going.find(({ translation }) => translation.mark !== '' && bytes.includes(translation.mark)) ??
      this.going.find(({ performance }) => performance.missing.length > 0) ??
      this.going.at(-1)
    going?.performance.take(going.translation.toRecorded(bytes), now, way)
  }

  #send({ performance, translation }: Going, now: Milliseconds): Output[] {
    return performance.due(now).map(({ send, text, way }): Output => {
      const bytes = this.#authorized(translation.toOurs(text), performance)
      const { transport } = send
      const isBack = transport !== 'udp' && way !== undefined
      const remote = isBack ? way.remote : this.options.placeOf(send.target)
      const known = this.#connections.get(addressText(remote))
      const connection = transport === 'udp' ? undefined : isBack ? way.connection : known
      const { local } = this.options
      return {
        type: 'send',
        transport,
        local,
        remote,
        bytes,
        ...(connection !== undefined && { connection }),
      }
    })
  }

  /** Digest answers made anew, for the nonce of this run. */
  #authorized(text: Bytes, { challenges }: Performance): Bytes {
    if (this.options.passwords.size === 0 || challenges.size === 0 || !AUTHORIZATION.test(text)) return text
    const message = parseMessage(text)
    if (message instanceof Malformed) return text
    const { method, body, requestUri: uri } = message
    return text.replace(AUTHORIZATION, (whole, name: string, proxy: string | undefined, value: string) => {
      const username = unquote(/username[ \t]*=[ \t]*("(?:[^"\\]|\\.)*")/i.exec(value)?.[1] ?? '')
      const password = this.options.passwords.get(username)
      const challenge = challenges.get(proxy === undefined ? '401' : '407')
      if (password === undefined || challenge === undefined) return whole
      const [first] = challengesOf(challenge)
      const secret = { username, password }
      const answer = first && answerTo(first, secret, { method, body, uri }, this.options.random)
      return answer === undefined ? whole : `${name}: ${answer[1]}`
    })
  }
}

/** What a party must listen at. */
export function listensOf({ transports }: PartyPlan, { address, port }: Address) {
  const wanted: readonly Transport[] = transports.length > 0 ? transports : ['udp']
  return wanted.map((transport) => ({ transport, address, port }))
}
