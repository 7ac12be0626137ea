// The client of an RTP proxy: commands of a line, answered by a line (the control protocol 20040107 of RTPproxy, which
// rtpengine speaks, too).
//
// What stands in a command comes from the network, and words are all that separates it: a value that is more than one
// word makes no command. One question is open for each stream; a proxy that does not answer is left alone for a while.

import type { Answer, Milliseconds, Question } from '../../endpoint.js'
import type { Engine } from '../../proxy/engine.js'
import type { Parameters } from '../../proxy/module.js'
import { parseIp } from '../../script/addresses.js'
import type { Result } from '../../script/contract.js'
import { printable } from '../../sip/printable.js'

/** A command is not longer (RTPproxy's own limit is about as high). */
const COMMAND_LENGTH_MAX = 1000
const WORD = /^[!-~]+$/
const COOKIE_DIGITS = 16

/** What the proxy says: the port, and an address when it has one of its own. */
export interface Relay {
  readonly port: number
  readonly address: string | undefined
}

export class RtpProxy {
  readonly #channel: string
  readonly #tries: number
  readonly #timeoutMs: Milliseconds
  readonly #pauseMs: Milliseconds
  readonly #isDisabled: boolean
  /** Not asked before then, because it did not answer. */
  #pausedUntil: Milliseconds = -Infinity

  constructor(
    private readonly engine: Engine,
    params: Parameters,
  ) {
    this.#channel = channelOf(String(params.rtpproxy_sock))
    this.#isDisabled = params.rtpproxy_disable !== 0
    this.#tries = Number(params.rtpproxy_retr)
    this.#timeoutMs = Number(params.rtpproxy_tout) * 1000
    this.#pauseMs = Number(params.rtpproxy_disable_tout) * 1000
  }

  /** Asks for a port for one stream, or for what it had before. */
  relay(words: readonly string[], next: (relay: Relay | undefined) => Result): Result {
    return this.#command(words, (line) => {
      const [, port = '', address] = /^(\d{1,5})(?: (\S+))?/.exec(line ?? '') ?? []
      const isPort = Number(port) > 0 && Number(port) < 65536
      if (line !== undefined && !isPort) this.#complain(`answered "${line}"`)
      const isAddress = address !== undefined && parseIp(address) !== undefined
      return next(isPort ? { port: Number(port), address: isAddress ? address : undefined } : undefined)
    })
  }

  /** Ends the streams of a call. */
  forget(words: readonly string[]): Result {
    return this.#command(words, (line) => (line === '0' ? 1 : -1))
  }

  #command(words: readonly string[], next: (line: string | undefined) => Result): Result {
    const command = words.join(' ')
    if (!words.every((word) => WORD.test(word)) || command.length > COMMAND_LENGTH_MAX) {
      this.#complain('cannot be told of a call whose Call-ID or tags are no words')
      return next(undefined)
    }
    if (this.#isDisabled || this.engine.now < this.#pausedUntil) return next(undefined)
    // Over UDP an answer carries the cookie of its command.
    const cookie = this.#channel.startsWith('unix:') ? '' : `${this.engine.random.hex(COOKIE_DIGITS)} `
    const question: Question = {
      ...{ kind: 'exchange', channel: this.#channel, bytes: `${cookie}${command}\n` },
      ...{ until: [cookie || '\n'], tries: this.#tries, timeoutMs: this.#timeoutMs },
    }
    return { question, resume: (answer) => next(this.#lineOf(answer, cookie)) }
  }

  #lineOf(answer: Answer, cookie: string): string | undefined {
    if (answer.kind === 'octets') {
      const line = answer.octets.split('\n', 1)[0]!.trim()
      if (cookie === '' || line.startsWith(cookie)) return line.slice(cookie.length)
    }
    this.#complain(
      answer.kind === 'failure' ? `does not answer: ${answer.reason}` : 'answers another question',
    )
    this.#pausedUntil = this.engine.now + this.#pauseMs
    return undefined
  }

  #complain(what: string): void {
    this.engine.log(-1, `ERROR: nathelper: the RTP proxy ${printable(what)}`)
  }
}

/** SER's forms: "/var/run/rtpproxy.sock", "unix:/path", "udp:host[:port]", "udp6:host". */
function channelOf(text: string): string {
  if (text.startsWith('/')) return `unix:${text}`
  if (/^unix:\/./.test(text)) return text
  if (/^udp6?:(?:\[[^\]]+\]|[^:]+):\d+$/.test(text)) return text
  if (/^udp6?:(?:\[[^\]]+\]|[^:]+)$/.test(text)) return `${text}:${PORT}`
  throw new Error(`nathelper: bad rtpproxy_sock "${text}": unix:/path or udp:host:port is expected`)
}

/** Where an RTP proxy is asked unless the script says. */
const PORT = 22222
