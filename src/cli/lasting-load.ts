// Test support: phones without number that register over one UDP socket, and know afterwards which bindings a registrar
// must have: for each, what was confirmed last, or what was asked after that and never answered.

import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { Random } from '../random.js'

const DOMAIN = 'example.com'
/** Bindings a phone changes among. */
const CONTACTS = 3
/** An answer that takes longer will not come. */
const ANSWER_MS_MAX = 3000

/** Contact -> its q in thousandths, which says which request wrote it. */
type Bindings = ReadonlyMap<string, number>

interface Phone {
  readonly user: string
  cseq: number
  /** As confirmed. */
  bindings: Bindings
  /** What the request that is under way would make of them. */
  wanted: Bindings | undefined
  settle: ((response: string | undefined) => void) | undefined
}

export interface Counts {
  confirmed: number
  refused: number
  unanswered: number
  /** Not answered, and carried out all the same. */
  carriedOut: number
}

export class LastingLoad {
  readonly counts: Counts = { confirmed: 0, refused: 0, unanswered: 0, carriedOut: 0 }
  readonly #phones: Phone[]
  readonly #socket: Socket = createSocket('udp4')
  #port = 0
  #isRunning = false

  constructor(
    phones: number,
    private readonly random: Random,
  ) {
    this.#phones = Array.from({ length: phones }, (_, index) => ({
      ...{ user: `u${index}`, cseq: 0, bindings: new Map(), wanted: undefined, settle: undefined },
    }))
  }

  async open(): Promise<void> {
    this.#socket.bind(0, '127.0.0.1')
    await once(this.#socket, 'listening')
    this.#socket.on('message', (bytes) => this.#heard(bytes.toString('latin1')))
  }

  close(): void {
    this.#socket.close()
  }

  /** All phones register, refresh and unregister until `end` has resolved; with `isKill` nobody answers after it. */
  async run(port: number, end: Promise<unknown>, isKill = false): Promise<void> {
    this.#port = port
    this.#isRunning = true
    const phones = this.#phones.map((phone) => this.#act(phone))
    await end
    this.#isRunning = false
    if (isKill) for (const { settle } of this.#phones) settle?.(undefined)
    await Promise.all(phones)
  }

  /** Asks for every phone's bindings; returns a line each that is not as it must be. */
  async verify(port: number): Promise<string[]> {
    this.#port = port
    const complaints: string[] = []
    for (const phone of this.#phones) {
      const response = await this.#asked(phone, [])
      const found = response === undefined ? undefined : bindingsIn(response)
      const isWanted = found !== undefined && phone.wanted !== undefined && isSame(found, phone.wanted)
      const isConfirmed = found !== undefined && isSame(found, phone.bindings)
      if (isWanted && !isConfirmed) this.counts.carriedOut++
      if (!isWanted && !isConfirmed)
        complaints.push(
          `${phone.user}: confirmed ${shown(phone.bindings)}, there are ${found ? shown(found) : 'no answers'}`,
        )
      if (found !== undefined) phone.bindings = found
      phone.wanted = undefined
    }
    return complaints
  }

  async #act(phone: Phone): Promise<void> {
    while (this.#isRunning) {
      const [headers, wanted] = this.#change(phone)
      phone.wanted = wanted
      const response = await this.#asked(phone, headers)
      if (response === undefined) {
        this.counts.unanswered++
        // It may have been carried out or not: nothing more is asked of this phone until that is known.
        return
      }
      if (response.startsWith('SIP/2.0 200')) {
        this.counts.confirmed++
        phone.bindings = wanted
      } else this.counts.refused++
      phone.wanted = undefined
    }
  }

  #change({ user, bindings, cseq }: Phone): [string[], Bindings] {
    const contact = `sip:${user}@127.0.0.1:${7000 + this.random.below(CONTACTS)}`
    const wanted = new Map(bindings)
    const dice = this.random.below(10)
    if (dice === 0) return [['Contact: *', 'Expires: 0'], new Map()]
    if (dice < 3) {
      wanted.delete(contact)
      return [[`Contact: <${contact}>`, 'Expires: 0'], wanted]
    }
    const q = (cseq % 1000) + 1
    wanted.set(contact, q)
    return [[`Contact: <${contact}>;q=${q / 1000}`, 'Expires: 3600'], wanted]
  }

  async #asked(phone: Phone, headers: readonly string[]): Promise<string | undefined> {
    const { user } = phone
    const cseq = ++phone.cseq
    const via = `SIP/2.0/UDP 127.0.0.1:${this.#socket.address().port};branch=z9hG4bK${user}.${cseq}`
    const lines = [
      `REGISTER sip:${DOMAIN} SIP/2.0`,
      `Via: ${via}`,
      'Max-Forwards: 70',
      `CSeq: ${cseq} REGISTER`,
    ]
    lines.push(`From: <sip:${user}@${DOMAIN}>;tag=${cseq}`, `To: <sip:${user}@${DOMAIN}>`, `Call-ID: ${user}`)
    this.#socket.send(
      [...lines, ...headers, 'Content-Length: 0', '', ''].join('\r\n'),
      this.#port,
      '127.0.0.1',
    )
    return new Promise((resolve) => {
      const timer = setTimeout(() => phone.settle?.(undefined), ANSWER_MS_MAX)
      phone.settle = (response) => {
        clearTimeout(timer)
        phone.settle = undefined
        resolve(response)
      }
    })
  }

  #heard(response: string): void {
    const [, index, cseq] = /branch=z9hG4bKu(\d+)\.(\d+)/.exec(response) ?? []
    const phone = this.#phones[Number(index)]
    if (phone?.cseq === Number(cseq)) phone?.settle?.(response)
  }
}

function bindingsIn(response: string): Bindings | undefined {
  if (!response.startsWith('SIP/2.0 200')) return undefined
  const contacts = /^Contact: (.*)\r$/m.exec(response)?.[1] ?? ''
  const found = [...contacts.matchAll(/<([^>]+)>;q=([\d.]+)/g)]
  return new Map(found.map(([, uri, q]) => [uri!, Math.round(Number(q) * 1000)]))
}

function isSame(one: Bindings, other: Bindings): boolean {
  return one.size === other.size && [...one].every(([uri, q]) => other.get(uri) === q)
}

function shown(bindings: Bindings): string {
  return `{${[...bindings].map(([uri, q]) => `${uri} q=${q / 1000}`).join(', ')}}`
}
