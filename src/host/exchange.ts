// Exchanges with programs and devices that speak no SIP (`exchange` questions): a datagram and its answer, a line over
// a Unix socket, a command to a modem.
//
// Channels come from the script's author. Tries, time, octets and the number of exchanges under way are bounded; a
// datagram counts only when it comes from where ours went.

import { createSocket, type Socket } from 'node:dgram'
import { connect, type Socket as Stream } from 'node:net'
import type { Answer, Bytes, Question } from '../endpoint.js'
import { SerialLines } from './serial.js'

type Exchange = Extract<Question, { kind: 'exchange' }>

const OCTETS_MAX = 64 * 1024
const TRIES_MAX = 20
const TIMEOUT_MS_MAX = 60_000
/** At a time. */
const EXCHANGES_MAX = 1000

export class Exchanges {
  /** How to give up what is under way. */
  readonly #open = new Set<(reason: string) => void>()
  readonly #serial = new SerialLines()

  /** Resolves with what came back, or with a failure that says why nothing did. */
  async answer(question: Exchange): Promise<Answer> {
    if (this.#open.size >= EXCHANGES_MAX)
      return failure(question, `${EXCHANGES_MAX} exchanges are under way already`)
    if (question.channel.startsWith('serial:')) return this.#serial.answer(question)
    const [, kind = '', place = ''] = /^(udp6?|unix):(.+)$/.exec(question.channel) ?? []
    if (kind === 'unix') return this.#overStream(question, connect(place))
    const [, host = '', port = ''] = /^\[?(.+?)\]?:(\d{1,5})$/.exec(place) ?? []
    if (kind === '' || host === '' || Number(port) < 1 || Number(port) > 65535)
      return failure(question, 'write udp:host:port, unix:/path or serial:/dev/...')
    const six = kind === 'udp6' || host.includes(':')
    return this.#overUdp(question, createSocket(six ? 'udp6' : 'udp4'), host, Number(port))
  }

  /** Gives up what is under way. */
  close(): void {
    for (const giveUp of this.#open) giveUp('the host is closing')
    this.#serial.close()
  }

  #overUdp(question: Exchange, socket: Socket, host: string, port: number): Promise<Answer> {
    return this.#settled(
      question,
      (end) => {
        const triesMax = Math.max(1, Math.min(question.tries, TRIES_MAX))
        let left = triesMax
        let timer: NodeJS.Timeout
        const next = (): void => {
          if (left-- === 0) return end(failure(question, `no answer to ${triesMax} datagrams`))
          socket.send(Buffer.from(question.bytes, 'latin1'))
          timer = setTimeout(next, limitMs(question))
        }
        socket.on('error', (error) => end(failure(question, error.message)))
        socket.on('message', (octets) => {
          const text = octets.toString('latin1')
          if (isComplete(question, text)) end({ kind: 'octets', octets: text })
        })
        // A name must be found first, which may take long or fail.
        timer = setTimeout(() => end(failure(question, 'its name was not found in time')), TIMEOUT_MS_MAX)
        const connected = (error?: Error): void => {
          clearTimeout(timer)
          if (error) end(failure(question, error.message))
          else next()
        }
        socket.connect(port, host, connected)
        return () => clearTimeout(timer)
      },
      () => socket.close(),
    )
  }

  #overStream(question: Exchange, stream: Stream): Promise<Answer> {
    return this.#settled(
      question,
      (end) => {
        let text: Bytes = ''
        stream.setTimeout(limitMs(question), () => end(failure(question, 'no answer in time')))
        stream.on('error', (error) => end(failure(question, error.message)))
        stream.on('data', (octets: Buffer) => {
          text += octets.toString('latin1')
          if (text.length > OCTETS_MAX) end(failure(question, `an answer of more than ${OCTETS_MAX} octets`))
          else if (isComplete(question, text)) end({ kind: 'octets', octets: text })
        })
        stream.on('end', () => end(failure(question, 'closed before the answer was complete')))
        stream.end(question.bytes, 'latin1')
        return () => undefined
      },
      () => stream.destroy(),
    )
  }

  /** Runs an exchange to its one end. `begin` returns what undoes its timers, `release` frees the socket. */
  #settled(
    question: Exchange,
    begin: (end: (answer: Answer) => void) => () => void,
    release: () => void,
  ): Promise<Answer> {
    return new Promise((resolve) => {
      let stop: () => void = () => undefined
      const giveUp = (reason: string): void => end(failure(question, reason))
      const end = (answer: Answer): void => {
        if (!this.#open.delete(giveUp)) return
        stop()
        release()
        resolve(answer)
      }
      this.#open.add(giveUp)
      stop = begin(end)
    })
  }
}

function limitMs({ timeoutMs }: Exchange): number {
  return Math.max(1, Math.min(timeoutMs, TIMEOUT_MS_MAX))
}

function isComplete({ until }: Exchange, text: Bytes): boolean {
  return until.some((end) => text.includes(end))
}

function failure({ channel }: Exchange, reason: string): Answer {
  return { kind: 'failure', reason: `${channel}: ${reason}` }
}
