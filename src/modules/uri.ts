// SER modules uri and uri_db: do the addresses of a request belong to the user whose credentials were accepted? In SER 0.8
// uri has all functions; 0.9 has those that ask a database in uri_db. Both names know all of them here; where both are
// loaded, the parameters of uri_db count.

import { Malformed } from '../errors.js'
import type { Context } from '../proxy/context.js'
import type { ModuleRecord, Parameters } from '../proxy/module.js'
import type { FunctionRecord, Result } from '../script/contract.js'
import { auth } from './auth.js'
import { userIn } from './group.js'
import { selectRows, tableName } from './table-query.js'
import { REQUEST_URI_FUNCTIONS } from './uri/request-uri.js'

const COLUMNS = [
  'uri_table',
  'uri_user_column',
  'uri_domain_column',
  'uri_uriuser_column',
  'subscriber_table',
  'subscriber_user_column',
  'subscriber_domain_column',
]

class Uris {
  constructor(private readonly params: Parameters) {
    for (const name of COLUMNS) tableName(String(params[name]))
  }

  #column(name: string): string {
    return String(this.params[name])
  }

  get #usesTable(): boolean {
    return this.params.use_uri_table !== 0
  }

  /** Is the user of To or From the one whose credentials were accepted? */
  check(context: Context, header: 'to' | 'from'): Result {
    const accepted = acceptedFor(context)
    const address = context.message[header]()
    if (accepted === undefined || address === undefined || address instanceof Malformed) return -1
    const found = userIn(address.uri)
    if (found === undefined) return -1
    if (!this.#usesTable) return accepted.user.toLowerCase() === found.user.toLowerCase() ? 1 : -1
    if (accepted.realm.toLowerCase() !== found.domain) return -1
    return this.#exists(context, 'uri_table', {
      [this.#column('uri_user_column')]: accepted.user,
      [this.#column('uri_domain_column')]: found.domain,
      [this.#column('uri_uriuser_column')]: found.user,
    })
  }

  /** Is the user of the Request-URI one of ours? */
  doesExist(context: Context): Result {
    const found = userIn(context.uri)
    if (found === undefined) return -1
    const [table, user, domain] = this.#usesTable
      ? (['uri_table', 'uri_uriuser_column', 'uri_domain_column'] as const)
      : (['subscriber_table', 'subscriber_user_column', 'subscriber_domain_column'] as const)
    const isAsked = this.#usesTable || this.params.use_domain !== 0
    return this.#exists(context, table, {
      [this.#column(user)]: found.user,
      ...(isAsked && { [this.#column(domain)]: found.domain }),
    })
  }

  #exists(context: Context, table: string, where: Readonly<Record<string, string>>): Result {
    const wanted = { module: 'uri', database: this.#column('db_url'), table: this.#column(table) }
    return selectRows(context, { ...wanted, columns: [Object.keys(where)[0]!], where, limit: 1 }, (rows) =>
      rows !== undefined && rows.length > 0 ? 1 : -1,
    )
  }
}

function acceptedFor(context: Context): { readonly user: string; readonly realm: string } | undefined {
  return context.engine.has(auth as never)
    ? context.engine.use(auth).acceptedFor(context)?.credentials
    : undefined
}

const text = (initial: string, about: string) => ({ kind: 'string' as const, initial, about })
const params = {
  db_url: text('sql://serro:47serro11@localhost/ser', 'database'),
  uri_table: text('uri', 'table of the addresses that users may use'),
  uri_user_column: text('username', 'user names in it'),
  uri_domain_column: text('domain', 'domains in it'),
  uri_uriuser_column: text('uri_user', 'the users of addresses in it'),
  subscriber_table: text('subscriber', 'table of subscribers'),
  subscriber_user_column: text('username', 'user names in it'),
  subscriber_domain_column: text('domain', 'domains in it'),
  use_uri_table: {
    kind: 'integer',
    initial: 0,
    about: '1: users may use the addresses of uri_table, not only their own name',
  },
  use_domain: {
    kind: 'integer',
    initial: 1,
    about: '0: does_uri_exist() does not ask for the domain of subscribers',
  },
} as const

function stateFor({ engine }: Context): Uris {
  return engine.has(uriDb as never) ? engine.use(uriDb) : engine.use(uri)
}

const functions: Readonly<Record<string, FunctionRecord<Context>>> = {
  check_to: {
    args: [],
    routes: ['request'],
    about: 'is the user of To the one whose credentials were accepted?',
    call: (context: Context) => stateFor(context).check(context, 'to'),
  },
  check_from: {
    args: [],
    routes: ['request'],
    about: 'is the user of From the one whose credentials were accepted?',
    call: (context: Context) => stateFor(context).check(context, 'from'),
  },
  does_uri_exist: {
    args: [],
    routes: ['request'],
    about: 'is the user of the Request-URI in the table?',
    call: (context: Context) => stateFor(context).doesExist(context),
  },
  is_user: {
    args: ['string'],
    routes: ['request'],
    about: 'were the credentials of this user accepted?',
    call: (context: Context, name: string) => (acceptedFor(context)?.user === name ? 1 : -1),
  },
  has_totag: {
    args: [],
    routes: ['request'],
    about: 'has To a tag?',
    call: (context: Context) => (context.message.toTag === undefined ? -1 : 1),
  },
  ...REQUEST_URI_FUNCTIONS,
}

export const uri: ModuleRecord<Uris> = {
  ...{ name: 'uri', file: 'uri', about: 'addresses of a request and the user who was accepted', params },
  start: (_engine, given) => new Uris(given),
  functions,
}

export const uriDb: ModuleRecord<Uris> = {
  ...{ name: 'uri_db', file: 'uri_db', about: 'what uri has, under its name in SER 0.9', params },
  start: (_engine, given) => new Uris(given),
  functions,
}
