// What the parties of a play have sent and heard: streams cut into messages, repetitions marked, messages by name.

import type { Bytes, Closed, Milliseconds, Packet } from '../../endpoint.js'
import { Malformed } from '../../errors.js'
import { StreamFramer } from '../../sip/framing.js'
import { parseMessage } from '../../sip/message.js'
import type { Memory } from './compose.js'
import type { Heard } from './path.js'
import type { Scene } from './scene.js'

export interface Mail extends Heard {
  /** The play has waited for it. */
  consumed: boolean
  /** The same octets as an earlier one of this party. */
  readonly repeated: boolean
}

/** Octets that are no message. */
export interface Noise {
  readonly party: string
  readonly bytes: Bytes
  consumed: boolean
}

/** What a play's parties hear at most; a server that floods is not listened to further. */
export const MAILS_MAX = 20_000

export class Mailbox {
  readonly mails: Mail[] = []
  readonly #memories = new Map<string, Memory & { sent: Heard[]; received: Heard[] }>()
  readonly #named = new Map<string, Heard>()
  readonly #framers = new Map<number, StreamFramer>()
  readonly #connections = new Map<string, number>()
  /** What came and is no SIP message. */
  readonly octets: Noise[] = []
  /** Connections that the server has ended, those that the play has asked for subtracted. */
  ended = 0

  constructor(readonly scene: Scene) {
    for (const party of scene.places.keys())
      this.#memories.set(party, { party, sent: [], received: [], count: 0 })
  }

  memory(party: string): Memory {
    return this.#memories.get(party)!
  }

  /** The stream that the party has to the server. */
  connectionOf(party: string): number | undefined {
    return this.#connections.get(party)
  }

  forget(party: string): void {
    const connection = this.#connections.get(party)
    if (connection !== undefined) this.#framers.delete(connection)
    this.#connections.delete(party)
  }

  isOpen(connection: number): boolean {
    return this.#framers.has(connection)
  }

  closed({ connection, reason }: Closed): void {
    if (reason === 'closed' || reason === 'reset') this.ended++
    this.#framers.delete(connection)
    for (const [party, own] of this.#connections) if (own === connection) this.#connections.delete(party)
  }

  /** So much has come that no more is taken. */
  get isFlooded(): boolean {
    return this.mails.length + this.octets.length >= MAILS_MAX
  }

  /** The messages that are whole now. What is no message is not heard. */
  take(packet: Packet, now: Milliseconds): Mail[] {
    const party = this.#partyAt(packet)
    // An empty datagram asks whether anybody is there.
    if (party === undefined || packet.bytes === '') return []
    const mails: Mail[] = []
    for (const bytes of this.#messagesIn(packet, party)) {
      if (this.isFlooded) break
      const mail = this.#mailOf(packet, party, bytes, now)
      if (mail === undefined) {
        this.octets.push({ party, bytes, consumed: false })
        continue
      }
      this.#memories.get(party)!.received.push(mail)
      this.mails.push(mail)
      mails.push(mail)
    }
    return mails
  }

  #messagesIn({ connection, bytes }: Packet, party: string): string[] {
    if (connection === undefined) return [bytes]
    this.#connections.set(party, connection)
    let framer = this.#framers.get(connection)
    if (framer === undefined) this.#framers.set(connection, (framer = new StreamFramer()))
    if (/^[\r\n]+$/.test(bytes) && framer.pending === 0) return [bytes]
    const frames = framer.push(bytes)
    return frames.flatMap((frame) =>
      typeof frame === 'string' ? [frame] : frame instanceof Malformed ? [bytes] : [],
    )
  }

  /** A stream that a party opened has a port of its own; then its address alone tells whose it is. */
  #partyAt({ local, connection }: Packet): string | undefined {
    return this.scene.doors.find(
      ({ address, port }) => local.address === address && (local.port === port || connection !== undefined),
    )?.party
  }

  #mailOf(packet: Packet, party: string, bytes: string, at: Milliseconds): Mail | undefined {
    const message = parseMessage(bytes)
    if (message instanceof Malformed) return undefined
    const { transport, remote: source, local: target, connection } = packet
    const repeated = this.#memories.get(party)!.received.some((one) => one.message.text === bytes)
    return { message, at, party, transport, source, target, connection, consumed: false, repeated }
  }

  sent(heard: Heard, as: string | undefined): void {
    this.#memories.get(heard.party)!.sent.push(heard)
    if (as !== undefined) this.#named.set(as, heard)
  }

  name(as: string, heard: Heard): void {
    this.#named.set(as, heard)
  }

  /** By its name in the case; "sent" and "received" are the last of all parties, "request" the party's last request. */
  heard(name: string, party: string): Heard | undefined {
    const memories = [...this.#memories.values()]
    if (name === 'sent') return latest(memories.flatMap(({ sent }) => sent))
    if (name === 'received') return latest(memories.flatMap(({ received }) => received))
    if (name === 'request')
      return this.#memories.get(party)?.received.findLast(({ message }) => message.isRequest)
    return this.#named.get(name)
  }

  /** What came to a party that nobody had asked for. */
  rest(party: string): Mail[] {
    return this.mails.filter((mail) => mail.party === party && !mail.consumed)
  }
}

function latest(list: readonly Heard[]): Heard | undefined {
  return list.reduce<Heard | undefined>(
    (best, one) => (best !== undefined && best.at > one.at ? best : one),
    undefined,
  )
}
