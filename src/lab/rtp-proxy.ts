// An RTP proxy as scenarios have one: it gives ports and says of which calls, but no stream ever flows through it.

import type { Answer, Question } from '../endpoint.js'
import { ExpectationError } from '../errors.js'
import type { Lab } from './lab.js'
import type { Count } from './patterns.js'

type Exchange = Extract<Question, { kind: 'exchange' }>

const FIRST_PORT = 35_000

/** A stream of a call: a port for each of its two sides. */
interface Session {
  readonly offered: number
  readonly answered: number
}

export class ScenarioRtpProxy {
  readonly #sessions = new Map<string, Session>()
  #nextPort = FIRST_PORT
  #address: string | undefined
  /** It is there, and does not answer. */
  isSilent = false

  /** It stands at this address from now on. */
  standAt(address: string): void {
    this.#address = address
  }

  /** Calls whose streams are led through it. */
  get calls(): ReadonlySet<string> {
    return new Set([...this.#sessions.keys()].map((key) => key.split(' ')[0]!))
  }

  answer({ channel, bytes }: Exchange): Answer {
    const silent = this.#address === undefined || this.isSilent
    if (silent)
      return { kind: 'failure', reason: `${channel}: nobody answers; say: Given an RTP proxy at "..."` }
    const [cookie = '', command = '', callId = '', ...words] = bytes.trim().split(' ')
    const line = this.#line(command, callId, words)
    return { kind: 'octets', octets: `${cookie} ${line}\n` }
  }

  #line(command: string, callId: string, words: readonly string[]): string {
    if (command.startsWith('D')) return this.#forget(callId)
    const key = `${callId} ${words[2]?.split(';')[1] ?? '1'}`
    let session = this.#sessions.get(key)
    if (session === undefined && command.startsWith('L')) return 'E8'
    if (session === undefined) {
      session = { offered: this.#nextPort, answered: this.#nextPort + 2 }
      this.#nextPort += 4
      this.#sessions.set(key, session)
    }
    return `${command.startsWith('U') ? session.offered : session.answered} ${this.#address}`
  }

  #forget(callId: string): string {
    const keys = [...this.#sessions.keys()].filter((key) => key.startsWith(`${callId} `))
    for (const key of keys) this.#sessions.delete(key)
    return keys.length > 0 ? '0' : 'E8'
  }
}

/** So many calls are led through the RTP proxy now. */
export async function expectProxiedCalls(lab: Lab, count: Count): Promise<void> {
  await lab.settle()
  const { size } = lab.surroundings.rtpProxy.calls
  if (size < count.least || size > count.most)
    throw new ExpectationError('calls at the RTP proxy', count.text, String(size))
}
