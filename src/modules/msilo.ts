// SER module msilo: instant messages for who is offline are kept, and sent when he registers (SER's modules; RFC 3428).

import type { Row, TableQuery } from '../database.js'
import type { Answer, Milliseconds } from '../endpoint.js'
import { Malformed } from '../errors.js'
import type { Context } from '../proxy/context.js'
import type { Engine } from '../proxy/engine.js'
import type { ModuleHooks, ModuleRecord, Parameters } from '../proxy/module.js'
import type { ArgumentKind, Result } from '../script/contract.js'
import type { Message } from '../sip/message.js'
import { Header } from '../sip/names.js'
import { printable } from '../sip/printable.js'
import { bindDatabase } from './database-drivers.js'
import { COLUMN_PARAMETERS, contentType, isUri, Silo, type Stored } from './msilo/rows.js'
import { firstContact } from './nathelper/contact.js'
import { tm } from './tm/index.js'
import { sendOwn } from './tm/uac.js'
import { clockText } from './xlog/format.js'

/** Bodies longer than that are sent without the remark that they were kept (SER). */
const REMARKED_LENGTH_MAX = 1024 - 45
/** Messages on their way to who has registered, at a time. */
const SENT_MAX = 10_000

const MODE: ArgumentKind = {
  name: '0, 1 or 2',
  fix: (text) => {
    if (!/^[012]$/.test(text)) throw new Error('bad number: "0", "1" or "2" is expected')
    return Number(text)
  },
}

class Msilo implements ModuleHooks {
  readonly #silo: Silo
  readonly #keptS: number
  readonly #cleanMs: Milliseconds
  /** On their way: a REGISTER sent twice gets them once. */
  readonly #sent = new Set<number>()
  /** Asleep until the table is used. */
  #nextCleaning: Milliseconds | undefined

  constructor(
    private readonly engine: Engine,
    private readonly params: Parameters,
  ) {
    this.#silo = new Silo(params)
    this.#keptS = Number(params.expire_time)
    this.#cleanMs = Number(params.check_time) * Number(params.clean_period) * 1000
    if (!(this.#cleanMs > 0)) throw new Error('msilo: check_time and clean_period must be at least 1')
    const registrar = params.registrar
    if (registrar !== undefined && !isUri(String(registrar)))
      throw new Error(`msilo: bad registrar "${registrar}"`)
    bindDatabase(engine, 'msilo', String(params.db_url))
  }

  get deadline(): Milliseconds | undefined {
    return this.#nextCleaning
  }

  wake(now: Milliseconds): void {
    this.#nextCleaning = now + this.#cleanMs
    this.#run(this.#silo.forgetExpired(this.#nowS))
  }

  get #nowS(): number {
    return Math.floor(this.engine.clock(this.engine.now).getTime() / 1000)
  }

  // ---- keeping ----

  store(context: Context, mode: number): Result {
    const { message } = context
    const from = uriOf(message.from())
    const to = uriOf(message.to())
    const length = message.contentLength()
    const owner = ownerOf(context, mode, to)
    const { registrar } = this.params
    if (typeof length !== 'number' || length === 0 || from === undefined || to === undefined) return -1
    if (owner === undefined || from === registrar || to === registrar) return -1
    const nowS = this.#nowS
    const stored = {
      ...{ from, to, owner, storedAtS: nowS, expiresAtS: nowS + this.#expiry(message) },
      type: contentType(message.header(Header.CONTENT_TYPE) ?? ''),
      body: message.body.slice(0, length),
    }
    return this.#ask(this.#silo.store(stored), (rows) => {
      if (rows === undefined) return -1
      this.#tellSender(context, from, to)
      return 1
    })
  }

  /** In seconds. */
  #expiry(message: Message): number {
    const value = message.header(Header.EXPIRES)
    return value !== undefined && /^\d{1,10}$/.test(value)
      ? Math.min(Number(value), this.#keptS)
      : this.#keptS
  }

  #tellSender({ message }: Context, from: string, to: string): void {
    const { registrar, use_contact } = this.params
    if (registrar === undefined) return
    const contact = use_contact === 0 ? undefined : firstContact(message)?.uri.text
    const body = `User [${to}] is offline. The message will be delivered when user goes online.`
    const uri = contact !== undefined && isUri(contact) ? contact : from
    this.#send({ from: String(registrar), to: from, type: 'text/plain' }, uri, body, () => undefined)
  }

  // ---- sending ----

  dump(context: Context): Result {
    const { message } = context
    const owner = uriOf(message.to())
    if (
      message.method !== 'REGISTER' ||
      /^0+$/.test(message.header(Header.EXPIRES) ?? '') ||
      owner === undefined
    )
      return 1
    return this.#ask(this.#silo.waiting(withoutParams(owner), this.#nowS), (rows) => {
      for (const row of rows ?? []) this.#deliver(row)
      return 1
    })
  }

  #deliver(row: Row): void {
    const stored = this.#silo.read(row)
    if (stored === undefined || this.#sent.has(stored.id) || this.#sent.size >= SENT_MAX) return
    this.#sent.add(stored.id)
    this.#send(stored, stored.owner, remarked(stored), (status) => {
      this.#sent.delete(stored.id)
      if (status < 300) this.#run(this.#silo.forget(stored.id))
    })
  }

  #send(
    { from, to, type }: Pick<Stored, 'from' | 'to' | 'type'>,
    uri: string,
    body: string,
    done: (status: number) => void,
  ): void {
    const headers = `Content-Type: ${type}\r\n`
    sendOwn(this.engine.use(tm), { method: 'MESSAGE', uri, from, to, headers, body }, done)
  }

  // ---- the table ----

  #run(query: TableQuery): void {
    this.engine.settle(
      this.#ask(query, () => 1),
      () => undefined,
    )
  }

  #ask(query: TableQuery, then: (rows: readonly Row[] | undefined) => Result): Result {
    this.#nextCleaning ??= this.engine.now + this.#cleanMs
    return {
      question: { kind: 'query', database: String(this.params.db_url), queries: [query] },
      resume: (answer) => then(this.#rows(answer)),
    }
  }

  #rows(answer: Answer): readonly Row[] | undefined {
    if (answer.kind === 'rows') return answer.rows
    const reason = answer.kind === 'failure' ? answer.reason : `an answer of the kind ${answer.kind}`
    this.engine.log(-1, `ERROR: msilo: table ${this.#silo.table} cannot be used: ${printable(reason)}`)
    return undefined
  }
}

/** A URI that can be written anew. */
function uriOf(address: ReturnType<Message['to']>): string | undefined {
  return address === undefined || address instanceof Malformed || !isUri(address.uri)
    ? undefined
    : address.uri
}

/** Whose message it is: the first URI with a user that the mode allows, without parameters (SER). */
function ownerOf(context: Context, mode: number, to: string | undefined): string | undefined {
  const uris = [context.uri, context.message.requestUri, to].slice(mode)
  const owner = uris.find((uri) => uri?.includes('@') === true && isUri(withoutParams(uri)))
  return owner === undefined ? undefined : withoutParams(owner)
}

function withoutParams(uri: string): string {
  return uri.replace(/[;?].*$/s, '')
}

/** The text with a remark of when it was sent. */
function remarked({ body, type, storedAtS }: Stored): string {
  if (!/^text\/plain\b/i.test(type) || body.length > REMARKED_LENGTH_MAX) return body
  return `[Offline message - ${clockText(new Date(storedAtS * 1000))}] ${body}`
}

const integer = (initial: number, about: string) => ({ kind: 'integer' as const, initial, about })

export const msilo: ModuleRecord<Msilo> = {
  name: 'msilo',
  file: 'msilo',
  about: 'instant messages for who is offline are kept, and sent when he registers',
  needs: ['tm'],
  params: {
    db_url: { kind: 'string', initial: 'sql://ser:heslo@localhost/ser', about: 'database' },
    db_table: { kind: 'string', initial: 'silo', about: 'table of the messages' },
    registrar: {
      kind: 'string',
      initial: undefined,
      about: 'URI in whose name senders are told that their message is kept; they are not told without it',
    },
    expire_time: integer(259_200, 'seconds a message is kept at most'),
    check_time: integer(30, 'see clean_period'),
    clean_period: integer(5, 'expired messages are taken out every check_time * clean_period seconds'),
    use_contact: integer(1, '1: senders are told at their Contact, 0: at their From'),
    ...COLUMN_PARAMETERS,
  },
  start: (engine, params) => new Msilo(engine, params),
  functions: {
    m_store: {
      args: [MODE],
      routes: ['request', 'failure'],
      about:
        'keeps the message for its Request-URI ("0": the current, "1": the original one), or "2" for its To',
      call: (context: Context, mode: number) => context.engine.use(msilo).store(context, mode),
    },
    m_dump: {
      args: [],
      routes: ['request'],
      about: 'sends what was kept for who registers',
      call: (context: Context) => context.engine.use(msilo).dump(context),
    },
  },
}
