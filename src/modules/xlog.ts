// SER module xlog: log lines with pieces of the message in them (SER's modules).
//
// SER used the finished text as a format once more, so that a percent sign in a message was dangerous: here it is not.

import type { Context } from '../proxy/context.js'
import type { ModuleRecord, Parameters } from '../proxy/module.js'
import type { ArgumentKind, Result, RouteKind } from '../script/contract.js'
import type { Message } from '../sip/message.js'
import { fill, FORMAT, type Format } from './xlog/format.js'

const ALL: readonly RouteKind[] = ['request', 'failure', 'onreply']

/** By the third letter of the level's name. */
const LEVELS: Readonly<Record<string, number>> = { A: -3, C: -2, E: -1, W: 1, N: 2, I: 3, D: 4 }
const DEBUG = 4

const LEVEL: ArgumentKind = {
  name: 'level',
  fix: (text) => {
    const letter = text[2] ?? ''
    if (!Object.hasOwn(LEVELS, letter))
      throw new Error(
        `unknown log level ${JSON.stringify(text)}: L_ALERT, L_CRIT, L_ERR, L_WARN, L_NOTICE, L_INFO, L_DBG`,
      )
    return LEVELS[letter]
  },
}

class Xlog {
  readonly #sizeMax: number
  /** A number for each message that a line was about. */
  readonly #numbers = new WeakMap<Message, number>()
  #last = 0

  constructor({ buf_size }: Parameters) {
    this.#sizeMax = Number(buf_size)
  }

  say(context: Context, level: number, format: Format): Result {
    const text = fill(format, context, this.#numberOf(context.message))
    if (text.length >= this.#sizeMax) {
      context.log(-1, `ERROR: xlog: the line has ${text.length} characters, buf_size is ${this.#sizeMax}`)
      return -1
    }
    context.log(level, text)
    return 1
  }

  #numberOf(message: Message): number {
    const known = this.#numbers.get(message) ?? ++this.#last
    this.#numbers.set(message, known)
    return known
  }
}

export const xlog: ModuleRecord<Xlog> = {
  name: 'xlog',
  file: 'xlog',
  about: 'log lines with pieces of the message in them',
  params: { buf_size: { kind: 'integer', initial: 4096, about: 'characters a line may have, and one' } },
  start: (_engine, params) => {
    if (Number(params.buf_size) < 1) throw new Error('xlog: buf_size must be positive')
    return new Xlog(params)
  },
  functions: {
    xlog: {
      args: [LEVEL, FORMAT],
      routes: ALL,
      about: 'writes a log line; false when it is too long',
      call: (context: Context, level: number, format: Format) =>
        context.engine.use(xlog).say(context, level, format),
    },
    xdbg: {
      args: [FORMAT],
      routes: ALL,
      about: 'writes a log line of the debug level',
      call: (context: Context, format: Format) => context.engine.use(xlog).say(context, DEBUG, format),
    },
  },
}
