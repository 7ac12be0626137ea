// SER module sl: stateless replies (SER's modules).

import { Malformed } from '../errors.js'
import type { Context } from '../proxy/context.js'
import type { Engine } from '../proxy/engine.js'
import type { ControlAnswer, ModuleHooks, ModuleRecord } from '../proxy/module.js'
import { localReply, replyTarget, tagMaker, toTagFor, type TagMaker } from '../proxy/reply.js'
import { faultReply } from '../proxy/faults.js'
import type { ArgumentKind, Result } from '../script/contract.js'

/** How long after a stateless reply its ACK is still taken away (SER). */
const ACK_FILTER_MS = 2000

const STATUS: ArgumentKind = {
  name: 'status',
  fix: (text) => {
    if (!/^\d+$/.test(text)) throw new Error('bad number')
    return Number(text)
  },
}

class Sl implements ModuleHooks {
  readonly tags: TagMaker
  /** Replies sent by code, and failures (FIFO sl_stats). */
  readonly sent = new Map<number, number>()
  failures = 0
  #lastReplyAt = -Infinity

  constructor(private readonly engine: Engine) {
    this.tags = tagMaker('sl', engine.serverId, '.')
  }

  /** The ACK of a reply of ours ends here: it carries the tag we gave. */
  beforeRoute(context: Context): boolean {
    if (context.message.method !== 'ACK' || this.engine.now - this.#lastReplyAt > ACK_FILTER_MS) return true
    return context.message.toTag !== toTagFor(context, this.tags)
  }

  reply(context: Context, status: number, reason: string): Result {
    const { message, packet } = context
    if (message.method === 'ACK') return -1
    if (!repliable(context)) {
      this.failures++
      return -1
    }
    const tag = status >= 180 ? toTagFor(context, this.tags) : undefined
    const bytes = localReply(context, status, reason, tag)
    this.engine.send(
      { transport: packet.transport, local: packet.local },
      replyTarget(context),
      bytes,
      packet.connection,
    )
    this.#lastReplyAt = this.engine.now
    this.sent.set(status, (this.sent.get(status) ?? 0) + 1)
    return 1
  }
}

/** What stands on each line of sl_stats; the last of a line counts the others of its class (SER). */
const STATS_LINES = [
  '200 202 2xx',
  '300 301 302 3xx',
  '400 401 403 404 407 408 483 4xx',
  '500 5xx',
  '6xx',
  'xxx',
]
const STATS_NAMES = new Set(STATS_LINES.join(' ').split(' '))
/** Behind each line, to cover what stood there before on a screen (SER). */
const LINE_END = '      '

/** Replies sent, by status and class. */
function stats({ sent, failures }: Sl): ControlAnswer {
  const counts = new Map<string, number>()
  for (const [status, count] of sent) {
    const ofClass = status >= 200 && status < 700 ? `${Math.floor(status / 100)}xx` : 'xxx'
    const name = STATS_NAMES.has(String(status)) ? String(status) : ofClass
    counts.set(name, (counts.get(name) ?? 0) + count)
  }
  const lines = STATS_LINES.map((line) => line.split(' ').map((name) => `${name}: ${counts.get(name) ?? 0}`))
  return {
    ...{ code: 200, reason: 'ok' },
    lines: [...lines.map((parts) => parts.join(' ')), `failures: ${failures}`].map((line) => line + LINE_END),
  }
}

/** SER reads all headers before it replies; what it cannot read it does not answer (the recorded SER 0.9.7). */
function repliable({ message }: Context): boolean {
  return !(
    message.to() instanceof Malformed ||
    message.cseq() instanceof Malformed ||
    message.contentLength() instanceof Malformed
  )
}

export const sl: ModuleRecord<Sl> = {
  name: 'sl_module',
  file: 'sl',
  about: 'stateless replies',
  params: {},
  start: (engine) => new Sl(engine),
  functions: {
    sl_send_reply: {
      args: [STATUS, 'string'],
      routes: ['request'],
      about: 'answers statelessly; a 3xx carries the destination set as Contact',
      call: (context: Context, status: number, reason: string) =>
        context.engine.use(sl).reply(context, status, reason),
    },
    sl_reply_error: {
      args: [],
      routes: ['request'],
      about: 'answers with the error of the action before it',
      call: (context: Context) => {
        const fault = context.formerFault
        const [status, reason] = faultReply(fault)
        return context.engine.use(sl).reply(context, status, `${reason} (${fault}/SL)`)
      },
    },
  },
  controls: {
    sl_stats: {
      about: 'stateless replies sent, by status and class',
      args: [],
      call: (engine, _args, answer) => answer(stats(engine.use(sl))),
    },
  },
}
