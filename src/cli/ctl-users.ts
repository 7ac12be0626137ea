// The user commands of `sipwright ctl`: rows of the database, whether a server runs or not.

import { createInterface } from 'node:readline'
import type { Row } from '../database.js'
import { UsageError } from '../errors.js'
import { Databases, reasonOf } from '../host/database/database.js'
import { OPENERS } from '../host/database/index.js'
import { ControlClient, controlPath } from './control-client.js'
import type { CtlOptions } from './ctl.js'
import { Subscribers, userOf, type User } from './subscribers.js'
import type { Terminal } from './terminal.js'

/** What is read from standard input. */
const INPUT_LENGTH_MAX = 262_144

interface Said {
  readonly ok: boolean
  readonly text: string
  readonly rows?: readonly Row[]
}

interface Work {
  readonly subscribers: Subscribers
  readonly words: readonly string[]
  readonly options: CtlOptions
}

type Verb = (work: Work) => Promise<Said>

const VERBS: Readonly<Record<string, Verb>> = { add, passwd, rm, acl, rpid }
export const USER_VERBS: ReadonlySet<string> = new Set(Object.keys(VERBS))

/** Carries a command out and says what came of it; returns the exit code. */
export async function userVerb(
  verb: string,
  words: readonly string[],
  options: CtlOptions,
  terminal: Terminal,
): Promise<number> {
  const url = options.db ?? process.env.SIPWRIGHT_DB
  if (!url)
    throw new UsageError(
      'ctl: name the database that the server asks, --db URL or SIPWRIGHT_DB, as in --db sqlite:ser.db',
    )
  const databases = new Databases(OPENERS)
  try {
    const subscribers = new Subscribers(await databases.open(url))
    const said = await VERBS[verb]!({ subscribers, words, options })
    print(said, options, terminal)
    return said.ok ? 0 : 1
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`ctl: ${reasonOf(error, url)}`)
  } finally {
    await databases.close()
  }
}

function print({ ok, text, rows }: Said, { json }: CtlOptions, terminal: Terminal): void {
  if (json) return terminal.out(`${JSON.stringify({ ok, text, ...(rows && { rows }) })}\n`)
  if (rows === undefined) return (ok ? terminal.out : terminal.err)(`${text}\n`)
  for (const row of rows) terminal.out(`${Object.values(row).join('\t')}\n`)
}

async function add({ subscribers, words, options }: Work): Promise<Said> {
  const [name, password, email = '', ...more] = words
  if (name === undefined || password === undefined || more.length > 0)
    throw new UsageError('ctl: write add USER PASSWORD|- [EMAIL].')
  const user = userOf(name, domainOf(options))
  const secret = await secretOf(password)
  const isNew = await subscribers.add({ user, password: secret, email, keepsPassword: !options['hash-only'] })
  return isNew ? { ok: true, text: 'new user added' } : { ok: false, text: 'user already exists' }
}

async function passwd({ subscribers, words, options }: Work): Promise<Said> {
  const [name, password, ...more] = words
  if (name === undefined || password === undefined || more.length > 0)
    throw new UsageError('ctl: write passwd USER PASSWORD|-.')
  const user = userOf(name, domainOf(options))
  const isDone = await subscribers.changePassword(user, await secretOf(password), !options['hash-only'])
  return isDone ? { ok: true, text: 'password change succeeded' } : { ok: false, text: 'non-existent user' }
}

async function rm({ subscribers, words, options }: Work): Promise<Said> {
  const [name, ...more] = words
  if (name === undefined || more.length > 0) throw new UsageError('ctl: write rm USER.')
  const user = userOf(name, domainOf(options))
  const isDone = await subscribers.remove(user)
  const bindings = await unbind(user, options)
  return isDone
    ? { ok: true, text: `user removed; ${bindings}` }
    : { ok: false, text: `non-existent user; ${bindings}` }
}

/** A server that runs forgets where the user is. */
async function unbind({ name, domain }: User, { control }: CtlOptions): Promise<string> {
  try {
    const client = await ControlClient.connect(await controlPath(control))
    const { reason } = await client
      .ask({ command: 'ul_rm', args: ['location', `${name}@${domain}`] })
      .finally(() => client.close())
    return reason
  } catch (error) {
    if (error instanceof UsageError) return 'no server was told (bindings last until they expire)'
    throw error
  }
}

async function acl({ subscribers, words, options }: Work): Promise<Said> {
  const [action, name, ...groups] = words
  const user = name === undefined ? undefined : userOf(name, domainOf(options))
  if (action === 'show' && groups.length === 0)
    return { ok: true, text: '', rows: await subscribers.groups(user) }
  if (action === 'grant' && user !== undefined && groups.length > 0)
    return (await subscribers.grant(user, groups))
      ? { ok: true, text: '', rows: await subscribers.groups(user) }
      : { ok: false, text: 'non-existent user' }
  if (action === 'revoke' && user !== undefined) {
    await subscribers.revoke(user, groups)
    return { ok: true, text: '', rows: await subscribers.groups(user) }
  }
  throw new UsageError('ctl: write acl show [USER], acl grant USER GROUP..., or acl revoke USER [GROUP...].')
}

async function rpid({ subscribers, words, options }: Work): Promise<Said> {
  const [action, name, value, ...more] = words
  const user = name === undefined ? undefined : userOf(name, domainOf(options))
  const isAdd = action === 'add' && value !== undefined
  if (user === undefined || more.length > 0 || (!isAdd && (value !== undefined || action === 'add')))
    throw new UsageError('ctl: write rpid show USER, rpid add USER RPID, or rpid rm USER.')
  if (action === 'show') {
    const rows = await subscribers.rpid(user)
    return rows.length > 0 ? { ok: true, text: '', rows } : { ok: false, text: 'non-existent user' }
  }
  if (!isAdd && action !== 'rm') throw new UsageError('ctl: rpid knows show, add and rm.')
  return (await subscribers.changeRpid(user, value ?? null))
    ? { ok: true, text: '', rows: await subscribers.rpid(user) }
    : { ok: false, text: 'non-existent user' }
}

function domainOf({ domain }: CtlOptions): string | undefined {
  return domain ?? process.env.SIP_DOMAIN
}

/** "-": the first line of standard input, so that no list of processes shows it. */
async function secretOf(word: string): Promise<string> {
  return word === '-' ? ((await textFromInput()).split('\n')[0] ?? '') : word
}

/** Standard input to its end. Rejects with a UsageError when it is too long. */
export async function textFromInput(): Promise<string> {
  const lines: string[] = []
  let length = 0
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    length += line.length + 1
    if (length > INPUT_LENGTH_MAX)
      throw new UsageError(`ctl: standard input is longer than ${INPUT_LENGTH_MAX} characters.`)
    lines.push(line)
  }
  return lines.join('\n')
}
