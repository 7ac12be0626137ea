// SER module domain: is a host one of those that we serve, by a table? db_mode 0 asks for each request, 1 reads the table
// at the start (and at domain_reload) and asks no more.

import { Malformed } from '../errors.js'
import type { Answer, Question } from '../endpoint.js'
import type { Context } from '../proxy/context.js'
import type { Engine } from '../proxy/engine.js'
import type { ModuleHooks, ModuleRecord, Parameters } from '../proxy/module.js'
import type { Result, Waiting } from '../script/contract.js'
import { hostOf, parseUri } from '../sip/uri.js'
import { octetsIn, selectRows, tableName } from './table-query.js'

class Domains implements ModuleHooks {
  readonly caches: boolean
  #known: ReadonlySet<string> = new Set()

  constructor(
    private readonly engine: Engine,
    private readonly params: Parameters,
  ) {
    this.caches = params.db_mode !== 0
    for (const name of ['domain_table', 'domain_col']) tableName(String(params[name]))
  }

  #text(name: string): string {
    return String(this.params[name])
  }

  get names(): readonly string[] {
    return [...this.#known].sort()
  }

  preload(): readonly Waiting[] {
    return this.caches ? [this.load(() => undefined)] : []
  }

  /** Reads the whole table; what was known stays when it cannot be read. */
  load(done: (loaded: boolean) => void): Waiting {
    const [table, column] = [this.#text('domain_table'), this.#text('domain_col')]
    const query = { operation: 'select', table, columns: [column], where: [] } as const
    const question: Question = { kind: 'query', database: this.#text('db_url'), queries: [query] }
    return { question, resume: (answer) => this.#loaded(answer, column, done) }
  }

  #loaded(answer: Answer, column: string, done: (loaded: boolean) => void): Result {
    if (answer.kind !== 'rows') {
      const reason = answer.kind === 'failure' ? answer.reason : `an answer of the kind ${answer.kind}`
      this.engine.log(-1, `ERROR: domain: table ${this.#text('domain_table')} cannot be read: ${reason}`)
      done(false)
      return -1
    }
    this.#known = new Set(answer.rows.flatMap((row) => octetsIn(row, column)?.toLowerCase() ?? []))
    done(true)
    return 1
  }

  isLocal(context: Context, uri: string | undefined): Result {
    const parsed = uri === undefined ? undefined : parseUri(uri)
    if (parsed === undefined || parsed instanceof Malformed) return -1
    const host = hostOf(parsed).toLowerCase()
    if (this.caches) return this.#known.has(host) ? 1 : -1
    const column = this.#text('domain_col')
    const wanted = { module: 'domain', database: this.#text('db_url'), table: this.#text('domain_table') }
    return selectRows(
      context,
      { ...wanted, columns: [column], where: { [column]: host }, limit: 1 },
      (rows) => (rows !== undefined && rows.length > 0 ? 1 : -1),
    )
  }
}

const text = (initial: string, about: string) => ({ kind: 'string' as const, initial, about })

export const domain: ModuleRecord<Domains> = {
  name: 'domain',
  file: 'domain',
  about: 'domains that we serve, by a table',
  params: {
    db_url: text('sql://serro:47serro11@localhost/ser', 'database'),
    db_mode: {
      kind: 'integer',
      initial: 0,
      about: '0: asked for each request; 1: read at the start and at domain_reload',
    },
    domain_table: text('domain', 'table of domains'),
    domain_col: text('domain', 'domains in it'),
  },
  start: (engine, params) => new Domains(engine, params),
  functions: {
    is_from_local: {
      args: [],
      routes: ['request'],
      about: 'is the host of From one of ours?',
      call: (context: Context) => {
        const from = context.message.from()
        const uri = from === undefined || from instanceof Malformed ? undefined : from.uri
        return context.engine.use(domain).isLocal(context, uri)
      },
    },
    is_uri_host_local: {
      args: [],
      routes: ['request'],
      about: 'is the host of the Request-URI one of ours?',
      call: (context: Context) => context.engine.use(domain).isLocal(context, context.uri),
    },
  },
  controls: {
    domain_reload: {
      about: 'reads the table again (db_mode 1)',
      args: [],
      call: (engine, _args, answer) => {
        const state = engine.use(domain)
        const failed = { code: 400, reason: 'Domain table reload failed' }
        if (!state.caches) return answer(failed)
        const waiting = state.load((loaded) => answer(loaded ? { code: 200, reason: 'OK' } : failed))
        engine.settle(waiting, () => undefined)
      },
    },
    domain_dump: {
      about: 'the domains that were read (db_mode 1)',
      args: [],
      call: (engine, _args, answer) => answer({ code: 200, reason: 'OK', lines: engine.use(domain).names }),
    },
  },
}
