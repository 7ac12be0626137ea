// The users of a server as rows of its database (SER's tables "subscriber" and "grp"), added and taken away by hand.
//
// Rules kept: values are bound, never written into queries; who is changed is said by user name and domain together.

import type { Condition, Row } from '../database.js'
import { UsageError } from '../errors.js'
import type { Database } from '../host/database/database.js'
import { secretHash } from '../sip/digest.js'

export interface User {
  readonly name: string
  readonly domain: string
}

/** Lengths of SER's columns. */
const NAME_LENGTH_MAX = 64
const DOMAIN_LENGTH_MAX = 128
const PASSWORD_LENGTH_MAX = 25
const EMAIL_LENGTH_MAX = 50
const GROUP_LENGTH_MAX = 50
const RPID_LENGTH_MAX = 128

/** "alice@example.com", or a name in `domain`. Throws a UsageError. */
export function userOf(text: string, domain: string | undefined): User {
  const at = text.indexOf('@')
  const user = {
    name: at < 0 ? text : text.slice(0, at),
    domain: at < 0 ? (domain ?? '') : text.slice(at + 1),
  }
  if (user.domain === '')
    throw new UsageError(
      `ctl: of which domain is ${text}? Write ${text}@DOMAIN, --domain, or set SIP_DOMAIN.`,
    )
  if (!/^[^\s:@<>"]+$/.test(user.name) || user.name.length > NAME_LENGTH_MAX)
    throw new UsageError(`ctl: ${JSON.stringify(user.name)} cannot be a user name.`)
  if (!/^[A-Za-z0-9.:[\]-]+$/.test(user.domain) || user.domain.length > DOMAIN_LENGTH_MAX)
    throw new UsageError(`ctl: ${JSON.stringify(user.domain)} cannot be a domain.`)
  return user
}

const is = (column: string, value: string): Condition => ({ column, operator: '=', value })
const whose = ({ name, domain }: User): Condition[] => [is('username', name), is('domain', domain)]

/** "2026-01-31 12:00:00", UTC. */
const instant = (): string => new Date().toISOString().slice(0, 19).replace('T', ' ')

/** What a password becomes; `keeps`: it is kept as it is, too, for scripts with calculate_ha1. */
function secrets({ name, domain }: User, password: string, keeps: boolean): Row {
  if (password === '') throw new UsageError('ctl: an empty password lets everybody in.')
  if (keeps && password.length > PASSWORD_LENGTH_MAX)
    throw new UsageError(
      `ctl: the column "password" has ${PASSWORD_LENGTH_MAX} characters: choose a shorter password, or --hash-only.`,
    )
  const [user, realm, secret] = [name, domain, password].map(octetsOf) as [string, string, string]
  return {
    password: keeps ? password : '',
    ha1: secretHash('MD5', user, realm, secret),
    ha1b: secretHash('MD5', `${user}@${realm}`, realm, secret),
  }
}

/** As phones send it. */
const octetsOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

export interface NewUser {
  readonly user: User
  readonly password: string
  readonly email: string
  readonly keepsPassword: boolean
}

export class Subscribers {
  constructor(private readonly database: Database) {}

  async #has(user: User): Promise<boolean> {
    const { rows } = await this.database.run([
      { operation: 'select', table: 'subscriber', columns: ['username'], where: whose(user), limit: 1 },
    ])
    return rows.length > 0
  }

  /** Resolves with false when there is such a user already. */
  async add({ user, password, email, keepsPassword }: NewUser): Promise<boolean> {
    if (email.length > EMAIL_LENGTH_MAX)
      throw new UsageError(`ctl: an e-mail address has at most ${EMAIL_LENGTH_MAX} characters.`)
    const hidden = secrets(user, password, keepsPassword)
    if (await this.#has(user)) return false
    const now = instant()
    const row = {
      ...{ username: user.name, domain: user.domain, email_address: email, phplib_id: hidden.ha1 ?? '' },
      ...{ datetime_created: now, datetime_modified: now },
      ...hidden,
    }
    await this.database.run([{ operation: 'insert', table: 'subscriber', row }])
    return true
  }

  /** Resolves with false when there is no such user. */
  async changePassword(user: User, password: string, keepsPassword: boolean): Promise<boolean> {
    const hidden = secrets(user, password, keepsPassword)
    if (!(await this.#has(user))) return false
    const set = { ...hidden, phplib_id: hidden.ha1 ?? '', datetime_modified: instant() }
    await this.database.run([{ operation: 'update', table: 'subscriber', set, where: whose(user) }])
    return true
  }

  /** The user's row, as far as the Remote-Party-ID goes. */
  async rpid(user: User): Promise<readonly Row[]> {
    const columns = ['username', 'domain', 'rpid']
    const { rows } = await this.database.run([
      { operation: 'select', table: 'subscriber', columns, where: whose(user) },
    ])
    return rows
  }

  /** null takes it away. Resolves with false when there is no such user. */
  async changeRpid(user: User, rpid: string | null): Promise<boolean> {
    if ((rpid?.length ?? 0) > RPID_LENGTH_MAX)
      throw new UsageError(`ctl: a Remote-Party-ID has at most ${RPID_LENGTH_MAX} characters.`)
    if (!(await this.#has(user))) return false
    const set = { rpid, datetime_modified: instant() }
    await this.database.run([{ operation: 'update', table: 'subscriber', set, where: whose(user) }])
    return true
  }

  /** With the groups. Resolves with false when there is no such user. */
  async remove(user: User): Promise<boolean> {
    const isThere = await this.#has(user)
    await this.database.run([
      { operation: 'delete', table: 'grp', where: whose(user) },
      { operation: 'delete', table: 'subscriber', where: whose(user) },
    ])
    return isThere
  }

  /** Who belongs to which groups; undefined: everybody. */
  async groups(user: User | undefined): Promise<readonly Row[]> {
    const columns = ['username', 'domain', 'grp', 'last_modified']
    const where = user === undefined ? [] : whose(user)
    const { rows } = await this.database.run([
      { operation: 'select', table: 'grp', columns, where, orderBy: 'username' },
    ])
    return rows
  }

  /** Resolves with false when there is no such user. */
  async grant(user: User, groups: readonly string[]): Promise<boolean> {
    for (const group of groups)
      if (!/^[\w.-]+$/.test(group) || group.length > GROUP_LENGTH_MAX)
        throw new UsageError(`ctl: ${JSON.stringify(group)} cannot be a group.`)
    if (!(await this.#has(user))) return false
    const keys = ['username', 'domain', 'grp']
    const rows = groups.map((grp) => ({
      ...{ username: user.name, domain: user.domain, grp, last_modified: instant() },
    }))
    await this.database.run(rows.map((row) => ({ operation: 'replace', table: 'grp', keys, row })))
    return true
  }

  /** All groups when none is named. Resolves with the number of rows. */
  async revoke(user: User, groups: readonly string[]): Promise<number> {
    const wheres =
      groups.length === 0 ? [whose(user)] : groups.map((group) => [...whose(user), is('grp', group)])
    let count = 0
    for (const where of wheres) {
      const { affected } = await this.database.run([{ operation: 'delete', table: 'grp', where }])
      count += affected
    }
    return count
  }
}
