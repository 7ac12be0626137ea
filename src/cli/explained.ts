// One message through an engine that traces, in virtual time, without a network: what happened, as data.

import { isIP } from 'node:net'
import type {
  Address,
  Answer,
  Bytes,
  Milliseconds,
  Output,
  Question,
  TraceEvent,
  Transport,
} from '../endpoint.js'
import { UsageError } from '../errors.js'
import { Tables } from '../host/database/tables.js'
import { readTextFile } from '../host/text-file.js'
import { MODULES } from '../modules/index.js'
import { Engine, type EngineOptions } from '../proxy/engine.js'
import { Random } from '../random.js'
import { explainSockets } from './explain-sockets.js'
import { answerText, questionText } from './question-text.js'
import { register } from './registered.js'

export interface Explanation {
  readonly program: EngineOptions['program']
  readonly bytes: Bytes
  readonly profile: EngineOptions['profile']
  readonly from: Address
  /** undefined: the script's first address. */
  readonly to: Address | undefined
  readonly transport: Transport
  /** "AOR=CONTACT" each. */
  readonly registered: readonly string[]
  /** Names that count as myself besides the script's. */
  readonly aliases: readonly string[]
  /** Name in lower case -> address. */
  readonly names: ReadonlyMap<string, string>
  readonly durationMs: Milliseconds
}

export type Entry =
  | TraceEvent
  | { readonly kind: 'send'; readonly transport: Transport; readonly remote: Address; readonly bytes: Bytes }
  | { readonly kind: 'question'; readonly text: string }

export interface Explained {
  /** Where the message arrived. */
  readonly at: Address
  readonly entries: readonly { readonly atMs: Milliseconds; readonly entry: Entry }[]
  /** The Request-URI when the routes had run; undefined for a response. */
  readonly uri: string | undefined
}

/** Steps before it is taken for a loop. */
const STEPS_MAX = 10_000
const SEED = 1
/** 2000-01-01, so that two runs print the same. */
const EPOCH_MS = 946_684_800_000

/** Runs the message. Throws a UsageError for bindings that make no sense. */
export function explained(explanation: Explanation): Explained {
  return new Run(explanation).run()
}

class Run {
  readonly #engine: Engine
  readonly #at: Address
  readonly #entries: { atMs: Milliseconds; entry: Entry }[] = []
  /** Databases are not asked: what scripts write is there afterwards, and nothing else. */
  readonly #tables = new Tables()
  #uri: string | undefined
  #now: Milliseconds = 0
  #steps = 0

  constructor(private readonly explanation: Explanation) {
    const { program, profile, bytes } = explanation
    const aliases = explanation.aliases.map((host) => ({ host, port: undefined }))
    const sockets = explainSockets(program.assignments, explanation.to)
    const [first] = sockets
    if (first === undefined) throw new UsageError('the script listens nowhere: give --to ADDRESS.')
    this.#at = sockets.find(({ transport }) => transport === explanation.transport) ?? first
    this.#engine = new Engine({
      ...{ program, modules: MODULES, profile, sockets },
      random: new Random(SEED),
      identity: { signature: 'Sipwright', pid: 1, aliases },
      ...{ trace: true, readFile: readTextFile, now: 0, epochMs: EPOCH_MS },
    })
    this.#uri = /^(?!SIP\/2\.0 )[^ \r\n]+ ([^ \r\n]+) SIP\//.exec(bytes)?.[1]
    for (const binding of explanation.registered) register(this.#engine, binding)
  }

  run(): Explained {
    const { transport, from, bytes, durationMs } = this.explanation
    const stream = transport === 'udp' ? {} : { connection: 1 }
    const packet = { type: 'packet' as const, transport, local: this.#at, remote: from, bytes, ...stream }
    this.#take(this.#engine.step(packet, 0))
    for (;;) {
      const { deadline } = this.#engine
      if (deadline === undefined || deadline > durationMs || ++this.#steps > STEPS_MAX) break
      this.#now = deadline
      this.#take(this.#engine.step({ type: 'wake' }, deadline))
    }
    return { at: this.#at, entries: this.#entries, uri: this.#uri }
  }

  #take(outputs: readonly Output[]): void {
    for (const output of outputs) {
      if (output.type === 'event') this.#event(output.event)
      else if (output.type === 'ask') this.#ask(output.id, output.question)
      else if (output.type === 'send') {
        const { transport, remote, bytes } = output
        this.#put({ kind: 'send', transport, remote, bytes })
      }
    }
  }

  #event(event: TraceEvent): void {
    if (event.kind === 'result' && event.uri !== undefined) this.#uri = event.uri
    this.#put(event)
  }

  #ask(id: number, question: Question): void {
    if (++this.#steps > STEPS_MAX) return
    const answer = this.#answer(question)
    this.#put({ kind: 'question', text: `${questionText(question)}: ${answerText(answer)}` })
    this.#take(this.#engine.step({ type: 'answer', id, answer }, this.#now))
  }

  #answer(question: Question): Answer {
    if (question.kind === 'query') return this.#rows(question)
    if (question.kind !== 'resolve') return { kind: 'failure', reason: 'not done while explaining' }
    const address = this.explanation.names.get(question.name.toLowerCase())
    const fits = address !== undefined && question.record === (isIP(address) === 6 ? 'AAAA' : 'A')
    if (fits) return { kind: 'addresses', addresses: [address] }
    const hint = question.record === 'A' ? ` (--dns ${question.name}=ADDRESS gives one)` : ''
    return { kind: 'failure', reason: `no answer${hint}` }
  }

  #rows({ queries }: Extract<Question, { kind: 'query' }>): Answer {
    try {
      return { kind: 'rows', ...this.#tables.run(queries) }
    } catch (error) {
      return { kind: 'failure', reason: (error as Error).message }
    }
  }

  #put(entry: Entry): void {
    this.#entries.push({ atMs: this.#now, entry })
  }
}
