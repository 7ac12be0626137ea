// SER module auth_db: digest credentials judged by a table of subscribers (SER's modules).
//
// The table holds either passwords (calculate_ha1) or secret hashes: HA1 of user:realm:password, and HA1B of
// user@domain:realm:password for user names that are sent with their domain.

import type { Row } from '../database.js'
import type { Context } from '../proxy/context.js'
import type { Engine } from '../proxy/engine.js'
import type { ModuleRecord, Parameters } from '../proxy/module.js'
import type { Result } from '../script/contract.js'
import { digestLength, secretHash, type DigestHash } from '../sip/digest.js'
import { auth, type Begun } from './auth.js'
import type { Asker } from './auth/checked.js'
import { octetsIn, selectRows, tableName, TABLE_NAME } from './table-query.js'

const COLUMNS = ['user_column', 'domain_column', 'password_column', 'password_column_2', 'rpid_column']
/** Columns of secret hashes other than MD5, as parameters. */
const HASH_COLUMNS: Readonly<Partial<Record<DigestHash, string>>> = {
  'SHA-256': 'password_column_sha256',
  'SHA-512-256': 'password_column_sha512_256',
}

/** What the script's author chose. */
class Subscribers {
  readonly calculates: boolean
  readonly usesRpid: boolean

  constructor(
    engine: Engine,
    private readonly params: Parameters,
  ) {
    this.calculates = params.calculate_ha1 !== 0
    this.usesRpid = params.use_rpid !== 0
    for (const column of COLUMNS) tableName(String(params[column]))
    for (const hash of engine.use(auth).hashes) this.#checkColumn(hash)
  }

  /** HA1 in MD5 is no use for SHA-256. */
  #checkColumn(hash: DigestHash): void {
    const parameter = HASH_COLUMNS[hash]
    if (parameter === undefined || this.calculates) return
    if (this.params[parameter] === '')
      throw new Error(`auth_db: ${hash} needs calculate_ha1 or a column of its own (${parameter})`)
    tableName(String(this.params[parameter]))
  }

  #column(name: string): string {
    return String(this.params[name])
  }

  /** Where the secret of such credentials stands. */
  #secretColumn({ credentials, hash }: Begun): string {
    const own = HASH_COLUMNS[hash]
    if (this.calculates) return this.#column('password_column')
    if (own !== undefined) return this.#column(own)
    return this.#column(credentials.domain === undefined ? 'password_column' : 'password_column_2')
  }

  authorize(context: Context, begun: Begun, table: string): Result {
    const { credentials, realm } = begun
    const column = this.#secretColumn(begun)
    const domain = this.params.use_domain === 0 ? {} : { [this.#column('domain_column')]: realm }
    const wanted = {
      module: 'auth_db',
      database: this.#column('db_url'),
      table,
      columns: this.usesRpid ? [column, this.#column('rpid_column')] : [column],
      where: { [this.#column('user_column')]: credentials.user, ...domain },
      limit: 1,
    }
    return selectRows(context, wanted, (rows) => {
      const state = context.engine.use(auth)
      if (rows === undefined) return state.reply(context, 500, 'Server Internal Error')
      const [row] = rows
      const ha1 = row && this.#secretIn(context, row, column, begun)
      if (row === undefined || ha1 === undefined) return -1
      const rpid = this.usesRpid ? octetsIn(row, this.#column('rpid_column')) : undefined
      return state.finish(context, begun, { ha1, rpid })
    })
  }

  #secretIn(context: Context, row: Row, column: string, begun: Begun): string | undefined {
    const { credentials, hash } = begun
    const value = octetsIn(row, column)
    if (value === undefined) return undefined
    if (this.calculates) return secretHash(hash, credentials.username, credentials.realm, value)
    if (value.length === digestLength(hash)) return value
    context.log(-1, `ERROR: auth_db: column ${column} holds no ${hash} hash (calculate_ha1 is for passwords)`)
    return undefined
  }
}

function authorize(asker: Asker) {
  return (context: Context, realm: string, table: string): Result => {
    const begun = context.engine.use(auth).begin(context, realm, asker)
    return typeof begun === 'number' ? begun : context.engine.use(authDb).authorize(context, begun, table)
  }
}

const column = (initial: string, about: string) => ({ kind: 'string' as const, initial, about })

export const authDb: ModuleRecord<Subscribers> = {
  name: 'auth_db',
  file: 'auth_db',
  about: 'digest credentials judged by a table of subscribers',
  needs: ['auth'],
  params: {
    db_url: { kind: 'string', initial: 'sql://serro:47serro11@localhost/ser', about: 'database' },
    user_column: column('username', 'user names, without domain'),
    domain_column: column('domain', 'realms, when use_domain is set'),
    password_column: column('ha1', 'secret hashes of user:realm:password; passwords with calculate_ha1'),
    password_column_2: column('ha1b', 'secret hashes of user@domain:realm:password'),
    password_column_sha256: column('', 'SHA-256 secret hashes, when auth asks for SHA-256'),
    password_column_sha512_256: column('', 'SHA-512-256 secret hashes, when auth asks for SHA-512-256'),
    calculate_ha1: { kind: 'integer', initial: 0, about: '1: password_column holds passwords' },
    use_domain: { kind: 'integer', initial: 1, about: 'the realm must be the domain of the user' },
    use_rpid: { kind: 'integer', initial: 0, about: '1: rpid_column is read, for append_rpid_hf' },
    rpid_column: column('rpid', 'the Remote-Party-ID of a user'),
  },
  start: (engine, params) => new Subscribers(engine, params),
  functions: {
    www_authorize: {
      args: ['string', TABLE_NAME],
      routes: ['request'],
      about: 'are there right credentials in Authorization for the realm, by the table?',
      call: authorize('www'),
    },
    proxy_authorize: {
      args: ['string', TABLE_NAME],
      routes: ['request'],
      about: 'are there right credentials in Proxy-Authorization for the realm, by the table?',
      call: authorize('proxy'),
    },
  },
}
