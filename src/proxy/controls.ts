// Control commands: what SER's FIFO server offers, whoever asks (the FIFO, the control socket, a step). Here are those
// of the core; modules have theirs in their records.
//
// Rules kept: every command is answered exactly once; what a client sends is bounded and hostile.

import type { ControlAnswer } from '../endpoint.js'
import type { Engine } from './engine.js'
import type { ControlRecord } from './module.js'
import { ctime } from './ctime.js'

/** One argument of one line, and one of many lines. */
export const CONTROL_LINE_LENGTH_MAX = 1024
export const CONTROL_TEXT_LENGTH_MAX = 65_536
/** Further lines than a command reads are not its. */
export const CONTROL_ARGUMENTS_MAX = 16
const NAME_LENGTH_MAX = 64
/** Log levels, from alert to debug (SER). */
const LEVEL_LEAST = -3
const LEVEL_MOST = 9

/** A control command given to the engine; its answer comes as an event with the token. */
export interface ControlOrder {
  readonly verb: 'control'
  readonly token: number
  readonly name: string
  readonly args: readonly string[]
}

/** Does an argument stand on many lines? */
export function isText(argument: string): boolean {
  return argument.endsWith('...')
}

/** Answers a control command, now or later. */
export function control(engine: Engine, { token, name, args }: ControlOrder): void {
  let isAnswered = false
  const answer = (answered: ControlAnswer): void => {
    if (isAnswered) return
    isAnswered = true
    engine.put({ type: 'event', event: { kind: 'control', token, answer: answered } })
  }
  const record = engine.controls.get(name.toLowerCase())
  if (record === undefined)
    return answer({ code: 500, reason: `command '${name.slice(0, NAME_LENGTH_MAX)}' not available` })
  const wrong = wrongArgument(record, args)
  if (wrong !== undefined) return answer({ code: 400, reason: `${name.toLowerCase()}: ${wrong}` })
  record.call(
    engine,
    record.args.map((_, at) => args[at] ?? ''),
    answer,
  )
}

function wrongArgument(record: ControlRecord, args: readonly string[]): string | undefined {
  for (const [at, argument] of record.args.entries()) {
    const text = args[at] ?? ''
    const many = isText(argument)
    if (text.length > (many ? CONTROL_TEXT_LENGTH_MAX : CONTROL_LINE_LENGTH_MAX))
      return `${argument} is too long`
    if (many ? text.includes('\0') : /[\r\n\0]/.test(text)) return `${argument} must be one line`
  }
  return args.length > CONTROL_ARGUMENTS_MAX ? 'too many arguments' : undefined
}

const ok = (...lines: string[]): ControlAnswer => ({ code: 200, reason: 'ok', lines })

export const CORE_CONTROLS: Readonly<Record<string, ControlRecord>> = {
  print: { about: 'says the line again', args: ['text'], call: (_, [text = ''], answer) => answer(ok(text)) },
  uptime: {
    about: 'the time, when the engine was started, and for how long it has run',
    args: [],
    call: (engine, _args, answer) => {
      const { now, startedAt } = engine
      const seconds = Math.floor((now - startedAt) / 1000)
      answer(
        ok(
          `Now: ${ctime(engine.clock(now))}`,
          `Up Since: ${ctime(engine.clock(startedAt))}`,
          `Up time: ${seconds} [sec]`,
        ),
      )
    },
  },
  version: {
    about: 'the Server header that replies carry',
    args: [],
    call: ({ settings }, _args, answer) => answer(ok(`Server: ${settings.signature}`)),
  },
  which: {
    about: 'the names of all commands',
    args: [],
    call: ({ controls }, _args, answer) => answer(ok(...controls.keys())),
  },
  ps: {
    about: 'number, process id and work of each process; the engine is one process that does all of it',
    args: [],
    call: (engine, _args, answer) => answer(ok(...processes(engine))),
  },
  arg: {
    about: 'how the program was started, a word a line',
    args: [],
    call: ({ settings }, _args, answer) => answer(ok(...settings.program.args)),
  },
  pwd: {
    about: 'the working directory',
    args: [],
    call: ({ settings }, _args, answer) => answer(ok(settings.program.folder)),
  },
  debug: {
    about: 'the level of log lines, -3 alert .. 4 debug; with an argument it is set',
    args: ['level'],
    call: ({ settings }, [level = ''], answer) => {
      const asked = Number(level)
      if (!/^(?:-?\d)?$/.test(level) || asked < LEVEL_LEAST || asked > LEVEL_MOST)
        return answer({ code: 400, reason: 'debug: level -3 .. 9 expected' })
      if (level !== '') settings.debug = asked
      answer(ok(String(settings.debug)))
    },
  },
  kill: {
    about: 'stops the engine in order',
    args: [],
    call: (_engine, _args, answer) =>
      answer({ code: 200, reason: 'killing now...', isBare: true, stops: true }),
  },
}

/** SER's names for what its processes do. */
function processes({ sockets, settings }: Engine): string[] {
  const receivers = sockets.map(({ transport, address, port }, at) =>
    transport === 'udp'
      ? `receiver child=0 sock=${at} @ ${address}:${port}`
      : `${transport} receiver @ ${address}:${port}`,
  )
  return ['attendant', ...receivers, 'timer', 'fifo server'].map(
    (work, at) => `${at}\t${settings.pid}\t${work}`,
  )
}
