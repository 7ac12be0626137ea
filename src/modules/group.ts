// SER module group: is a user in a group, by a table of users and groups?

import { Malformed } from '../errors.js'
import type { Context } from '../proxy/context.js'
import type { ModuleRecord, Parameters } from '../proxy/module.js'
import type { CustomArgument, Result } from '../script/contract.js'
import { parseUri, unescape } from '../sip/uri.js'
import { auth } from './auth.js'
import { selectRows, tableName } from './table-query.js'

type Who = 'request-uri' | 'to' | 'from' | 'credentials'
const WHO: readonly Who[] = ['request-uri', 'to', 'from', 'credentials']

const WHO_ARGUMENT: CustomArgument = {
  name: 'Request-URI, To, From or Credentials',
  fix: (text) => {
    const who = WHO.find((one) => one === text.toLowerCase())
    if (who === undefined)
      throw new Error(`Unsupported User Field identifier "${text}": Request-URI, To, From or Credentials`)
    return who
  },
}

interface User {
  readonly user: string
  readonly domain: string
}

/**
 * The user of a URI and its host, the user as registrar knows him: without escapes, so that nobody becomes another by
 * writing his name otherwise. undefined without a user.
 */
export function userIn(uri: string | undefined): User | undefined {
  const parsed = uri === undefined ? undefined : parseUri(uri)
  if (parsed === undefined || parsed instanceof Malformed || parsed.user === undefined) return undefined
  return { user: unescape(parsed.user), domain: parsed.host.toLowerCase() }
}

function userOf(context: Context, who: Who): User | undefined {
  if (who === 'request-uri') return userIn(context.uri)
  if (who === 'credentials') {
    if (!context.engine.has(auth as never)) return undefined
    const accepted = context.engine.use(auth).acceptedFor(context)
    return accepted && { user: accepted.credentials.user, domain: accepted.credentials.realm.toLowerCase() }
  }
  const address = who === 'to' ? context.message.to() : context.message.from()
  return address === undefined || address instanceof Malformed ? undefined : userIn(address.uri)
}

class Groups {
  constructor(private readonly params: Parameters) {
    for (const name of ['table', 'user_column', 'domain_column', 'group_column'])
      tableName(String(params[name]))
  }

  isIn(context: Context, who: Who, group: string): Result {
    const { params } = this
    const found = userOf(context, who)
    if (found === undefined) return -1
    const column = (name: string): string => String(params[name])
    const domain = params.use_domain === 0 ? {} : { [column('domain_column')]: found.domain }
    const where = { [column('user_column')]: found.user, ...domain, [column('group_column')]: group }
    const wanted = { module: 'group', database: column('db_url'), table: column('table') }
    const columns = [column('group_column')]
    return selectRows(context, { ...wanted, columns, where, limit: 1 }, (rows) =>
      rows !== undefined && rows.length > 0 ? 1 : -1,
    )
  }
}

const text = (initial: string, about: string) => ({ kind: 'string' as const, initial, about })

export const group: ModuleRecord<Groups> = {
  name: 'group',
  file: 'group',
  about: 'membership of groups, by a table',
  params: {
    db_url: text('sql://serro:47serro11@localhost/ser', 'database'),
    table: text('grp', 'table of users and groups'),
    user_column: text('username', 'user names'),
    domain_column: text('domain', 'domains, when use_domain is set'),
    group_column: text('grp', 'groups'),
    use_domain: { kind: 'integer', initial: 0, about: '1: the domain must be the same, too' },
  },
  start: (_engine, params) => new Groups(params),
  functions: {
    is_user_in: {
      args: [WHO_ARGUMENT, 'string'],
      routes: ['request'],
      about: 'is the user of the Request-URI, To, From or of the accepted credentials in the group?',
      call: (context: Context, who: Who, name: string) => context.engine.use(group).isIn(context, who, name),
    },
  },
}
