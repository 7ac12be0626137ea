// Test support: databases to try. Files are made in a temporary folder; servers are those that SIPWRIGHT_MYSQL_URL and
// SIPWRIGHT_POSTGRES_URL name, or own ones that are started on a temporary folder when they are installed. With
// SIPWRIGHT_REQUIRE=all a missing server is a failure, else it is skipped aloud.

import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Databases } from './database.js'
import { OPENERS } from './index.js'

const START_MS_MAX = 30_000
const LOOK_MS = 100

export type TrialKind = 'sqlite' | 'dbtext' | 'mysql' | 'postgres'

/** A database without tables, and how to take it away and bring it back. */
export interface Trial {
  readonly url: string
  /** Only servers of our own. */
  readonly server?: TrialServer
  end(): Promise<void>
}

export interface TrialServer {
  /** As a power cut does. */
  kill(): Promise<void>
  start(): Promise<void>
}

/** A database of this kind, or why there is none here. */
export async function trial(kind: TrialKind): Promise<Trial | string> {
  const given = process.env[`SIPWRIGHT_${kind.toUpperCase()}_URL`]
  if (given !== undefined && given !== '') return { url: given, end: async () => undefined }
  const folder = mkdtempSync(join(tmpdir(), 'sipwright-db-'))
  const end = async (): Promise<void> => rmSync(folder, { recursive: true, force: true })
  if (kind === 'sqlite') return { url: `sqlite:${folder}/ser.db`, end }
  if (kind === 'dbtext') return { url: `dbtext:${folder}/tables`, end }
  const port = await freePort()
  const plan = kind === 'mysql' ? mysqlPlan(folder, port) : postgresPlan(folder, port)
  if (typeof plan === 'string') {
    await end()
    if (process.env.SIPWRIGHT_REQUIRE === 'all') throw new Error(`SIPWRIGHT_REQUIRE=all, but ${plan}`)
    return plan
  }
  const server = new OwnServer(plan)
  await server.start()
  return { url: plan.url, server, end: async () => (await server.kill(), await end()) }
}

interface Plan {
  readonly url: string
  readonly program: string
  readonly arguments: readonly string[]
  readonly owner: Owner | undefined
  /** Ends it at once, with all that belongs to it. */
  readonly signal: 'SIGKILL' | 'SIGQUIT'
  /** A database that is there from the beginning. */
  readonly probe: string
}

class OwnServer implements TrialServer {
  #child: ChildProcess | undefined

  constructor(private readonly plan: Plan) {}

  async start(): Promise<void> {
    const { program, owner, probe, arguments: words } = this.plan
    const child = spawn(program, words, { stdio: 'ignore', ...(owner ?? {}) })
    this.#child = child
    // Tests that fail leave no server behind.
    process.once('exit', () => child.kill('SIGKILL'))
    const end = Date.now() + START_MS_MAX
    for (;;) {
      if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}`)
      if (await answers(probe)) return
      if (Date.now() > end) throw new Error(`${program} does not answer`)
      await delay(LOOK_MS)
    }
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined || child.exitCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill(this.plan.signal)
    await gone
  }
}

async function answers(url: string): Promise<boolean> {
  const databases = new Databases(OPENERS)
  // No such table is an answer, too.
  const queries = [{ operation: 'select', table: 'nothing', columns: ['a'], where: [] }] as const
  const answer = await databases.answer({ kind: 'query', database: url, queries })
  await databases.close()
  return answer.kind === 'failure' && /exist/.test(answer.reason)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

interface Owner {
  readonly uid: number
  readonly gid: number
}

/** Database servers will not run as root. */
function ownerNamed(name: string): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (what: string): number => Number(execFileSync('id', [what, name], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

function folderFor(folder: string, owner: Owner | undefined): string {
  const data = join(folder, 'data')
  mkdirSync(data)
  chmodSync(folder, 0o755)
  if (owner !== undefined) chownSync(data, owner.uid, owner.gid)
  return data
}

function mysqlPlan(folder: string, port: number): Plan | string {
  const program = ['/usr/sbin/mariadbd', '/usr/bin/mariadbd', '/usr/local/bin/mariadbd'].find(existsSync)
  if (program === undefined) return 'mariadbd is not installed (apt-get install mariadb-server)'
  const owner = ownerNamed('mysql')
  const data = folderFor(folder, owner)
  const install = ['--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=normal']
  execFileSync('mariadb-install-db', install, { stdio: 'ignore', ...(owner ?? {}) })
  const words = ['--no-defaults', `--datadir=${data}`, `--port=${port}`, '--bind-address=127.0.0.1']
  const url = `mysql://root@127.0.0.1:${port}/test`
  return {
    url,
    program,
    owner,
    signal: 'SIGKILL',
    probe: url,
    arguments: [...words, `--socket=${data}/socket`],
  }
}

function postgresPlan(folder: string, port: number): Plan | string {
  const versions = '/usr/lib/postgresql'
  const found = existsSync(versions) ? readdirSync(versions).sort().at(-1) : undefined
  if (found === undefined) return 'postgres is not installed (apt-get install postgresql)'
  const programs = join(versions, found, 'bin')
  const owner = ownerNamed('postgres')
  const data = folderFor(folder, owner)
  const make = ['-D', data, '-A', 'trust', '-U', 'ser', '-E', 'UTF8', '--no-sync']
  execFileSync(join(programs, 'initdb'), make, { stdio: 'ignore', ...(owner ?? {}) })
  const words = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', data]
  const url = `postgres://ser@127.0.0.1:${port}/postgres`
  const program = join(programs, 'postgres')
  // Killed, it would leave processes that go on answering for a while.
  return { url, program, owner, signal: 'SIGQUIT', probe: url, arguments: words }
}
