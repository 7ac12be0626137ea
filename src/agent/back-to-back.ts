// A wire for tests: phones (any endpoints) back to back in virtual time, without a proxy between them.
//
// Delivery takes `delayMs`. `lose` decides about each packet, `cut` says where a stream's bytes are cut into chunks.

import type { Bytes, Endpoint, Input, Milliseconds, Output, Send, TraceEvent } from '../endpoint.js'
import { Malformed } from '../errors.js'
import { Random } from '../random.js'
import { Header } from '../sip/names.js'
import { parseMessage, type Message } from '../sip/message.js'
import type { PhoneCommand } from './command.js'
import { Phone } from './phone.js'
import type { PhoneOptions } from './options.js'

export interface Sent {
  readonly at: Milliseconds
  /** Port of the sender, which names it. */
  readonly from: number
  readonly to: number
  readonly bytes: Bytes
}

const STEPS_MAX = 100_000

export class BackToBack {
  now = 0
  readonly wire: Sent[] = []
  readonly events: TraceEvent[] = []
  delayMs = 0
  lose: (sent: Sent) => boolean = () => false
  cut: (bytes: Bytes) => Bytes[] = (bytes) => [bytes]
  readonly #endpoints = new Map<number, Endpoint>()
  #flying: { at: Milliseconds; send: Send }[] = []

  attach(port: number, endpoint: Endpoint): void {
    this.#endpoints.set(port, endpoint)
  }

  /** A phone at 10.0.0.1 that calls the other one without a proxy. */
  phone(name: string, port: number, options: Partial<PhoneOptions> = {}): Phone {
    const contact = { transport: 'udp', address: '10.0.0.1', port } as const
    const random = new Random(port)
    const phone = new Phone({
      name,
      aor: `sip:${name}@example.com`,
      contact,
      random,
      trace: true,
      ...options,
    })
    this.attach(port, phone)
    return phone
  }

  /** A party that answers each message with the texts it is told, sent back to where it came from. */
  stub(port: number, answer: (message: Message) => readonly Bytes[]): void {
    const step = (input: Input): Output[] => {
      const message = input.type === 'packet' ? parseMessage(input.bytes) : undefined
      if (input.type !== 'packet' || message === undefined || message instanceof Malformed) return []
      const { transport, local, remote } = input
      return answer(message).map((bytes) => ({ type: 'send', transport, local, remote, bytes }))
    }
    this.attach(port, { deadline: undefined, step })
  }

  order(phone: Phone, command: PhoneCommand): void {
    this.#take(phone.step({ type: 'command', command }, this.now))
    this.#deliver()
  }

  /** A packet from nowhere. */
  inject(from: number, to: number, bytes: Bytes): void {
    const [remote, local] = [from, to].map((port) => ({ address: '10.0.0.1', port })) as [
      Send['local'],
      Send['local'],
    ]
    this.#flying.push({
      at: this.now,
      send: { type: 'send', transport: 'udp', local: remote, remote: local, bytes },
    })
    this.#deliver()
  }

  /** Lets so much time pass. */
  run(durationMs: Milliseconds): void {
    const end = this.now + durationMs
    for (let steps = 0; ; steps++) {
      if (steps > STEPS_MAX) throw new Error('the phones never come to rest')
      const next = this.#nextAt()
      if (next === undefined || next > end) break
      this.now = Math.max(this.now, next)
      this.#deliver()
      this.#wake()
    }
    this.now = end
  }

  /** First lines of everything sent from `port` since `since`, with their times. */
  lines(port?: number, since = 0): string[] {
    return this.wire
      .slice(since)
      .filter(({ from }) => port === undefined || from === port)
      .map(
        ({ at, bytes }) =>
          `${at} ${bytes.slice(0, bytes.indexOf('\r\n')).replace(/^SIP\/2.0 | SIP\/2.0$/g, '')}`,
      )
  }

  #nextAt(): Milliseconds | undefined {
    let next = this.#flying[0]?.at
    for (const { deadline } of this.#endpoints.values())
      if (deadline !== undefined && (next === undefined || deadline < next)) next = deadline
    return next
  }

  #wake(): void {
    for (const endpoint of this.#endpoints.values())
      if (endpoint.deadline !== undefined && endpoint.deadline <= this.now)
        this.#take(endpoint.step({ type: 'wake' }, this.now))
    this.#deliver()
  }

  #take(outputs: Output[]): void {
    for (const output of outputs) {
      if (output.type === 'event') this.events.push(output.event)
      else if (output.type === 'send') this.#send(output)
    }
  }

  #send(send: Send): void {
    const sent: Sent = { at: this.now, from: send.local.port, to: send.remote.port, bytes: send.bytes }
    this.wire.push(sent)
    if (this.lose(sent)) return
    const chunks = send.transport === 'udp' ? [send.bytes] : this.cut(send.bytes)
    for (const bytes of chunks) this.#flying.push({ at: this.now + this.delayMs, send: { ...send, bytes } })
  }

  #deliver(): void {
    for (let steps = 0; this.#flying.length > 0 && this.#flying[0]!.at <= this.now; steps++) {
      if (steps > STEPS_MAX) throw new Error('the phones never stop talking')
      const { transport, local, remote, bytes } = this.#flying.shift()!.send
      const endpoint = this.#endpoints.get(remote.port)
      if (endpoint === undefined) continue
      const stream = transport === 'udp' ? {} : { connection: local.port }
      const packet = { type: 'packet', transport, local: remote, remote: local, bytes, ...stream } as const
      this.#take(endpoint.step(packet, this.now))
    }
  }
}

/** A response to a request, with a To tag and further header lines (and a body behind an empty one). */
export function response(request: Message, status: string, toTag: string, ...lines: string[]): Bytes {
  const to = request.header(Header.TO) ?? ''
  const head = [`SIP/2.0 ${status}`, ...request.valuesOf(Header.VIA).map((via) => `Via: ${via}`)]
  head.push(`From: ${request.header(Header.FROM)}`, `To: ${to}${to.includes(';tag=') ? '' : `;tag=${toTag}`}`)
  head.push(`Call-ID: ${request.callId}`, `CSeq: ${request.header(Header.CSEQ)}`, ...lines)
  return `${head.join('\r\n')}\r\n\r\n`
}
