// Peers that are trusted by their address: a table of source address, transport and a pattern for From.

import type { Row } from '../../database.js'
import type { Answer } from '../../endpoint.js'
import { Malformed } from '../../errors.js'
import type { Context } from '../../proxy/context.js'
import type { Engine } from '../../proxy/engine.js'
import type { Parameters } from '../../proxy/module.js'
import type { Result, Value, Waiting } from '../../script/contract.js'
import { compileRegex } from '../../script/regex.js'
import { octetsIn, selectRows, tableName } from '../table-query.js'

/** Rows of one source address. */
const ROWS_MAX = 100
/** Rows kept in memory (db_mode 1). */
const CACHED_MAX = 100_000

interface Peer {
  readonly source: string
  /** "any", or a transport in lower case. */
  readonly transport: string
  readonly pattern: string
  /** undefined: any From. */
  readonly from: RegExp | undefined
}

export class TrustedPeers {
  readonly caches: boolean
  #peers = new Map<string, Peer[]>()

  constructor(
    private readonly engine: Engine,
    private readonly params: Parameters,
  ) {
    this.caches = params.db_mode !== 0 && params.db_url !== ''
    for (const name of ['trusted_table', 'source_col', 'proto_col', 'from_col'])
      tableName(String(params[name]))
  }

  #text(name: string): string {
    return String(this.params[name])
  }

  get #columns(): string[] {
    return [this.#text('source_col'), this.#text('proto_col'), this.#text('from_col')]
  }

  /** Does the request come from one of them? */
  isFrom(context: Context): Result {
    const { packet, message } = context
    const from = message.from()
    if (from === undefined || from instanceof Malformed) return -1
    const judge = (peers: readonly Peer[]): Value =>
      peers.some((peer) => isPeer(peer, packet.transport, from.uri)) ? 1 : -1
    const source = packet.remote.address
    if (this.caches) return judge(this.#peers.get(source) ?? [])
    const wanted = {
      module: 'permissions',
      database: this.#text('db_url'),
      table: this.#text('trusted_table'),
      columns: this.#columns,
      where: { [this.#text('source_col')]: source },
      limit: ROWS_MAX,
    }
    return selectRows(context, wanted, (rows) =>
      judge((rows ?? []).flatMap((row) => this.#peerOf(row) ?? [])),
    )
  }

  /** Reads the whole table; what was known stays when it cannot be read. */
  load(done: (isLoaded: boolean) => void): Waiting {
    const table = this.#text('trusted_table')
    const query = {
      ...({ operation: 'select', table, columns: this.#columns, where: [] } as const),
      limit: CACHED_MAX,
    }
    return {
      question: { kind: 'query', database: this.#text('db_url'), queries: [query] },
      resume: (answer) => {
        const isLoaded = this.#loaded(answer)
        done(isLoaded)
        return isLoaded ? 1 : -1
      },
    }
  }

  #loaded(answer: Answer): boolean {
    if (answer.kind !== 'rows') {
      const reason = answer.kind === 'failure' ? answer.reason : `an answer of the kind ${answer.kind}`
      const table = this.#text('trusted_table')
      this.engine.log(-1, `ERROR: permissions: table ${table} cannot be read: ${reason}`)
      return false
    }
    this.#peers = new Map()
    for (const row of answer.rows) {
      const peer = this.#peerOf(row)
      const same = peer && this.#peers.get(peer.source)
      if (same !== undefined) same.push(peer!)
      else if (peer !== undefined) this.#peers.set(peer.source, [peer])
    }
    return true
  }

  /** A row with a pattern that is none trusts nobody. */
  #peerOf(row: Row): Peer | undefined {
    const [source = '', transport = '', pattern = ''] = this.#columns.map((name) => octetsIn(row, name) ?? '')
    try {
      const from = pattern === '' ? undefined : compileRegex(pattern)
      return { source, transport: transport.toLowerCase(), pattern, from }
    } catch (error) {
      this.engine.log(-1, `ERROR: permissions: trusted source ${source}: ${(error as Error).message}`)
      return undefined
    }
  }

  /** "10.0.0.1 any ^sip:", a peer a line. */
  get lines(): string[] {
    return [...this.#peers.values()]
      .flat()
      .map(({ source, transport, pattern }) => `${source} ${transport} ${pattern}`.trimEnd())
  }
}

function isPeer({ transport, from }: Peer, over: string, uri: string): boolean {
  return (transport === 'any' || transport === over) && (from === undefined || from.test(uri))
}
