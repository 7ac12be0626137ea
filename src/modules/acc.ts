// SER module acc: who called whom, as log lines and rows of a database (SER's modules).
//
// Requests whose flag is set are accounted for when tm says what became of them: answered, missed, acknowledged. The
// functions account for a request at once. Rows are written while the call goes on: nobody waits for a database.

import type { Context } from '../proxy/context.js'
import type { Engine } from '../proxy/engine.js'
import type { ModuleRecord, Parameters } from '../proxy/module.js'
import type { Result } from '../script/contract.js'
import type { Message } from '../sip/message.js'
import { printable } from '../sip/printable.js'
import { reasonPhrase } from '../sip/reasons.js'
import { attributesOf, checkFormat, type Subject } from './acc/attributes.js'
import { COLUMN_PARAMETERS, columnsOf, rowOf, type AccountTable } from './acc/row.js'
import { bindDatabase } from './database-drivers.js'
import { TABLE_NAME, tableName } from './table-query.js'
import type { Transaction } from './tm/cell.js'
import { tm } from './tm/index.js'
import type { TmListener } from './tm/tm.js'

/** What a record is about, in a log line. */
const LEADS = { answered: 'transaction answered', missed: 'call missed' } as const
const EARLY_MEDIA = 183
/** In SER it is an option of the build. */
const NO_RADIUS = 'RADIUS is not spoken here: account into the log or a database'

class Acc implements TmListener {
  /** The tags of the 2xx that were accounted for: a copy of one is no second call. */
  readonly #answers = new WeakMap<Transaction, Set<string>>()
  readonly #columns: Parameters
  readonly #tables: Readonly<Record<AccountTable, string>>
  readonly #format: string
  readonly #level: number

  constructor(
    private readonly engine: Engine,
    private readonly params: Parameters,
  ) {
    this.#format = String(params.log_fmt)
    checkFormat(this.#format)
    this.#level = Number(params.log_level)
    this.#columns = columnsOf(params)
    this.#tables = {
      answered: tableName(String(params.db_table_acc)),
      missed: tableName(String(params.db_table_missed_calls)),
    }
    bindDatabase(engine, 'acc', String(params.db_url))
    if (params.radius_flag !== 0 || params.radius_missed_flag !== 0)
      engine.log(1, `WARNING: acc: ${NO_RADIUS}`)
    engine.use(tm).listeners.push(this)
  }

  // ---- what tm says ----

  replied(transaction: Transaction, status: number, reply: Message | undefined): void {
    if (status >= 300) this.#missed(transaction, status, reply)
    if (!this.#isAnswer(status) || this.#isSkipped(transaction) || this.#isCopy(transaction, status, reply))
      return
    this.#account(transaction, 'answered', subjectOf(transaction, String(status), reply))
  }

  failed(transaction: Transaction, status: number, reply: Message | undefined): void {
    this.#missed(transaction, status, reply)
  }

  wantsEnd(transaction: Transaction): boolean {
    return ['log_flag', 'log_missed_flag', 'db_flag', 'db_missed_flag'].some((name) =>
      this.#isSet(transaction, name),
    )
  }

  acknowledged(transaction: Transaction, context: Context): void {
    if (this.params.report_ack === 0) return
    const { message, uri } = context
    const status = String(transaction.status < 300 ? transaction.status : 200)
    const subject = { context, uri, answer: message, status }
    if (this.#isSet(transaction, 'log_flag')) this.log('request acknowledged', subject)
    if (this.#isSet(transaction, 'db_flag')) this.#write(subject, 'answered')
  }

  /** Only the first attempt that fails is a missed call. */
  #missed(transaction: Transaction, status: number, reply: Message | undefined): void {
    if (!transaction.isInvite) return
    const reason = reply === undefined ? reasonPhrase(status) : reply.reason
    this.#account(transaction, 'missed', subjectOf(transaction, `${status} ${reason}`, reply))
    for (const name of ['log_missed_flag', 'db_missed_flag'])
      if (this.#isSet(transaction, name)) transaction.flags &= ~(1 << Number(this.params[name]))
  }

  #isAnswer(status: number): boolean {
    if (status >= 300) return this.params.failed_transactions !== 0
    return status >= 200 || (status === EARLY_MEDIA && this.params.early_media !== 0)
  }

  #isSkipped({ method }: Transaction): boolean {
    return method === 'CANCEL' && this.params.report_cancels === 0
  }

  #isCopy(transaction: Transaction, status: number, reply: Message | undefined): boolean {
    if (status < 200 || status >= 300) return false
    const known = this.#answers.get(transaction)
    const tag = reply?.toTag ?? ''
    if (known === undefined) this.#answers.set(transaction, new Set([tag]))
    else if (known.has(tag)) return true
    else known.add(tag)
    return false
  }

  /** Flag 0 switches a kind of accounting off. */
  #isSet({ flags }: Transaction, name: string): boolean {
    const flag = Number(this.params[name])
    return flag !== 0 && (flags & (1 << flag)) !== 0
  }

  #account(transaction: Transaction, what: AccountTable, subject: Subject): void {
    const infix = what === 'missed' ? 'missed_' : ''
    if (this.#isSet(transaction, `log_${infix}flag`)) this.log(LEADS[what], subject)
    if (this.#isSet(transaction, `db_${infix}flag`)) this.#write(subject, what)
  }

  // ---- writing ----

  log(lead: string, subject: Subject): void {
    const pairs = attributesOf(subject, this.#format).map(([name, value]) => `${name}=${printable(value)}`)
    this.engine.log(this.#level, `ACC: ${lead}: ${pairs.join(', ')}`)
  }

  #write(subject: Subject, what: AccountTable): void {
    this.engine.settle(this.insert(subject, this.#tables[what], what), () => undefined)
  }

  /** Asks for a row; 1 when it was written. */
  insert(subject: Subject, table: string, what: AccountTable): Result {
    const { engine } = this
    const row = rowOf(subject, what, this.#columns, engine.clock(engine.now))
    return {
      question: {
        kind: 'query',
        database: String(this.params.db_url),
        queries: [{ operation: 'insert', table, row }],
      },
      resume: (answer) => {
        if (answer.kind === 'rows') return 1
        const reason = answer.kind === 'failure' ? answer.reason : `an answer of the kind ${answer.kind}`
        engine.log(-1, `ERROR: acc: table ${table} cannot be written: ${printable(reason)}`)
        return -1
      },
    }
  }
}

/** The URI of a transaction is the one it was created with. */
function subjectOf({ context, snapshot }: Transaction, status: string, reply: Message | undefined): Subject {
  const uri = snapshot.newUri ?? context.message.requestUri
  return { context, uri, answer: reply ?? context.message, status }
}

/** A request accounted for by the script itself, which says what stands in the place of the status. */
function requestOf(context: Context, comment: string): Subject {
  return { context, uri: context.uri, answer: context.message, status: comment }
}

const flag = (about: string) => ({
  kind: 'integer' as const,
  initial: 0,
  about: `flag of requests ${about} (0: none)`,
})
const switched = (initial: number, about: string) => ({ kind: 'integer' as const, initial, about })

export const acc: ModuleRecord<Acc> = {
  name: 'acc',
  file: 'acc',
  about: 'accounting: who called whom, as log lines and rows of a database',
  needs: ['tm'],
  params: {
    log_flag: flag('to log'),
    log_missed_flag: flag('to log as missed calls'),
    db_flag: flag('to write into db_table_acc'),
    db_missed_flag: flag('to write into db_table_missed_calls'),
    radius_flag: flag('for RADIUS: a warning, nothing is sent to RADIUS'),
    radius_missed_flag: flag('for RADIUS as missed calls: a warning, nothing is sent to RADIUS'),
    radius_config: {
      kind: 'string',
      initial: '/usr/local/etc/radiusclient/radiusclient.conf',
      about: 'no effect: there is no RADIUS',
    },
    service_type: switched(15, 'no effect: there is no RADIUS'),
    early_media: switched(0, 'account for 183, too'),
    failed_transactions: switched(0, 'account for final responses from 300 on, too'),
    report_ack: switched(1, 'account for the ACK of a 2xx, too'),
    report_cancels: switched(0, 'account for CANCEL, too'),
    log_level: switched(2, 'level of the log lines'),
    log_fmt: {
      kind: 'string',
      initial: 'miocfs',
      about: 'what log lines hold: letters of cdfimorstup01FTUSnDX',
    },
    db_url: { kind: 'string', initial: 'sql://ser:heslo@localhost/ser', about: 'database' },
    db_table_acc: { kind: 'string', initial: 'acc', about: 'table of answered requests' },
    db_table_missed_calls: { kind: 'string', initial: 'missed_calls', about: 'table of missed calls' },
    ...COLUMN_PARAMETERS,
  },
  start: (engine, params) => new Acc(engine, params),
  functions: {
    acc_log_request: {
      args: ['string'],
      routes: ['request'],
      about: 'logs the request now, with the text in the place of the status',
      call: (context: Context, comment: string) => {
        context.engine.use(acc).log('request accounted', requestOf(context, comment))
        return 1
      },
    },
    acc_rad_request: {
      args: ['string'],
      routes: ['request'],
      about: 'false: RADIUS is not spoken here',
      call: (context: Context) => {
        context.log(-1, `ERROR: acc: ${NO_RADIUS}`)
        return -1
      },
    },
    acc_db_request: {
      args: ['string', TABLE_NAME],
      routes: ['request'],
      about: 'writes the request into the table now, with the text in the place of the status',
      call: (context: Context, comment: string, table: string) =>
        context.engine.use(acc).insert(requestOf(context, comment), table, 'answered'),
    },
  },
}
