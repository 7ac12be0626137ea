// Plays a recording against the engine in virtual time and says what came out otherwise than recorded.
//
// What an endpoint sent is sent again: a response so long after the request it answers as in the recording, an ACK so
// long after its final response, anything else at its own time. Branches and tags that the original made up are
// replaced by ours on the way in; both sides are compared without them. Retransmissions count once.

import type { Answer, Bytes, Milliseconds, Question } from '../endpoint.js'
import type { Engine } from '../proxy/engine.js'
import type { RecordedPacket } from './recording.js'

export interface Sent {
  readonly at: Milliseconds
  readonly port: number
  readonly bytes: Bytes
}

export interface Difference {
  readonly port: number
  readonly kind: 'missing' | 'extra' | 'late'
  readonly text: string
}

/** How long after the last recorded packet the engine is still listened to. */
const TAIL_MS = 1500
/** The original counts whole seconds and may be a tick early. */
const TICK_MS = 1050

const SERVER = '127.0.0.1'

interface Planned {
  readonly packet: RecordedPacket
  /** The packet from the server that it answers. */
  readonly trigger: RecordedPacket | undefined
}

/** Answers what the engine asks, in real time; virtual time stands still meanwhile. */
export type Asked = (question: Question) => Promise<Answer>

/** Runs the recording through the engine; resolves with what the engine sent. */
export async function play(
  engine: Engine,
  packets: readonly RecordedPacket[],
  serverPort: number,
  asked: Asked,
): Promise<Sent[]> {
  const player = new Player(engine, packets, serverPort, asked)
  return player.run()
}

class Player {
  readonly #sent: Sent[] = []
  readonly #names = new Names()
  readonly #waiting: Planned[]
  readonly #ready: { at: Milliseconds; packet: RecordedPacket }[] = []
  readonly #seen = new Map<string, Milliseconds>()

  constructor(
    private readonly engine: Engine,
    private readonly packets: readonly RecordedPacket[],
    private readonly serverPort: number,
    private readonly asked: Asked,
  ) {
    this.#waiting = packets
      .filter(({ toServer }) => toServer)
      .map((packet) => ({ packet, trigger: this.#triggerOf(packet) }))
  }

  async run(): Promise<Sent[]> {
    this.#release()
    const end = (this.packets.at(-1)?.at ?? 0) + TAIL_MS
    for (;;) {
      this.#ready.sort((one, two) => one.at - two.at)
      const next = this.#ready[0]
      const deadline = this.engine.deadline
      const nextAt = Math.min(next?.at ?? Infinity, deadline ?? Infinity)
      if (nextAt > end) return this.#sent
      if (next !== undefined && next.at <= (deadline ?? Infinity)) await this.#deliver(this.#ready.shift()!)
      else await this.#take(this.engine.step({ type: 'wake' }, deadline!), deadline!)
      this.#release()
    }
  }

  async #deliver({ at, packet }: { at: Milliseconds; packet: RecordedPacket }): Promise<void> {
    const bytes = this.#names.toOurs(packet.bytes)
    const local = { address: SERVER, port: this.serverPort }
    const remote = { address: SERVER, port: packet.port }
    await this.#take(this.engine.step({ type: 'packet', transport: 'udp', local, remote, bytes }, at), at)
  }

  async #take(outputs: ReturnType<Engine['step']>, at: Milliseconds): Promise<void> {
    for (const output of outputs) {
      if (output.type === 'ask') {
        const answer = await this.asked(output.question)
        await this.#take(this.engine.step({ type: 'answer', id: output.id, answer }, at), at)
      }
      if (output.type !== 'send') continue
      const sent = { at, port: output.remote.port, bytes: output.bytes }
      if (sent.port === this.serverPort) {
        this.#ready.push({ at, packet: { at, port: sent.port, toServer: true, bytes: output.bytes } })
        continue
      }
      this.#sent.push(sent)
      const key = keyOf(sent)
      const recorded = this.packets.find((packet) => !packet.toServer && keyOf(packet) === key)
      if (recorded !== undefined) this.#names.learn(recorded.bytes, sent.bytes)
      if (!this.#seen.has(key)) this.#seen.set(key, at)
    }
  }

  /** Moves what has become due in order from waiting to ready. */
  #release(): void {
    for (const planned of [...this.#waiting]) {
      const { packet, trigger } = planned
      const triggered = trigger === undefined ? 0 : this.#seen.get(keyOf(trigger))
      if (triggered === undefined) continue
      this.#waiting.splice(this.#waiting.indexOf(planned), 1)
      this.#ready.push({
        at: trigger === undefined ? packet.at : triggered + (packet.at - trigger.at),
        packet,
      })
    }
  }

  #triggerOf(packet: RecordedPacket): RecordedPacket | undefined {
    const before = this.packets.filter(
      (other) => !other.toServer && other.port === packet.port && other.at <= packet.at,
    )
    if (packet.bytes.startsWith('SIP/2.0 ')) {
      const branch = branchOf(packet.bytes)
      const requests = before.filter(
        (other) => branchOf(other.bytes) === branch && !/^(?:ACK|SIP)/.test(other.bytes),
      )
      // The latest different request of this branch: a 487 answers the CANCEL's arrival, not the INVITE's.
      return requests.findLast((other, at) => requests.findIndex((same) => same.bytes === other.bytes) === at)
    }
    if (!packet.bytes.startsWith('ACK ')) return undefined
    return before
      .filter((other) => /^SIP\/2\.0 [2-6]/.test(other.bytes) && callOf(other.bytes) === callOf(packet.bytes))
      .at(-1)
  }
}

/** Branches and tags of the original and of ours, as they are met. */
class Names {
  readonly #ours = new Map<string, string>()

  learn(recorded: Bytes, sent: Bytes): void {
    const theirs = [...recorded.matchAll(MADE_UP)]
    const ours = [...sent.matchAll(MADE_UP)]
    theirs.forEach(([token], index) => {
      const own = ours[index]?.[0]
      if (own !== undefined && !this.#ours.has(token)) this.#ours.set(token, own)
    })
  }

  toOurs(bytes: Bytes): Bytes {
    return bytes.replace(MADE_UP, (token) => this.#ours.get(token) ?? token)
  }
}

/** A branch or To tag that a server made. */
const MADE_UP = /z9hG4bK[0-9a-f]+\.[0-9a-f]+\.(?=[0-9a-f])|[0-9a-f]{32}[.-][0-9a-f]{4}\b/g

function branchOf(bytes: Bytes): string {
  return /;branch=([^;\s,]+)/.exec(bytes)?.[1] ?? ''
}

function cseqOf(bytes: Bytes): string {
  return /^CSeq:\s*(.+?)\s*$/im.exec(bytes)?.[1] ?? ''
}

function callOf(bytes: Bytes): string {
  return /^(?:Call-ID|i):\s*(.+?)\s*$/im.exec(bytes)?.[1] ?? ''
}

/** The same message of both sides: endpoint, first line, call, CSeq and branch number. */
function keyOf({ port, bytes }: { port: number; bytes: Bytes }): string {
  const number = /^Via:.*branch=z9hG4bK[0-9a-f]+\.[0-9a-f]+\.([0-9a-f]+)/im.exec(bytes)?.[1] ?? ''
  return [port, bytes.slice(0, bytes.indexOf('\n')), callOf(bytes), cseqOf(bytes), number].join('|')
}

/** A message without what differs between any two runs. */
export function comparable(bytes: Bytes): Bytes {
  return bytes
    .replace(MADE_UP, (token) => (token.startsWith('z9') ? 'z9hG4bK#.' : 'TAG'))
    .replace(/nonce="[0-9a-f]{40}"/g, 'nonce="#"')
    .replace(/ pid=\d+ /g, ' pid=# ')
    .replace(/^(Server|User-Agent): Sip EXpress router.*$/gim, '$1: #')
    .replace(/expires=(\d+)/g, (_, left: string) => `expires=${Math.round(Number(left) / 10) * 10}`)
}

/** What the engine did otherwise than the recording says, endpoint by endpoint. */
export function differences(packets: readonly RecordedPacket[], sent: readonly Sent[]): Difference[] {
  const found: Difference[] = []
  // Where nobody listened nothing was recorded.
  const ports = new Set(packets.map(({ port }) => port))
  for (const port of ports) {
    const wanted = firsts(packets.filter((packet) => !packet.toServer && packet.port === port))
    const got = firsts(sent.filter((one) => one.port === port))
    for (const [text, at] of wanted) {
      const came = got.get(text)
      if (came === undefined) found.push({ port, kind: 'missing', text })
      else if (Math.abs(came - at) > TICK_MS)
        found.push({ port, kind: 'late', text: `${came} ms, not ${at} ms:\n${text}` })
    }
    for (const text of got.keys()) if (!wanted.has(text)) found.push({ port, kind: 'extra', text })
  }
  return found
}

/** Each different message and when it first came. */
function firsts(
  messages: readonly { readonly at: Milliseconds; readonly bytes: Bytes }[],
): Map<Bytes, Milliseconds> {
  const seen = new Map<Bytes, Milliseconds>()
  for (const { at, bytes } of messages) {
    const text = comparable(bytes)
    if (!seen.has(text)) seen.set(text, at)
  }
  return seen
}
