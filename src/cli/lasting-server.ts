// Test support: `sipwright serve` in a process of its own, with a registrar over a database, to be killed.

import { spawn, type ChildProcess } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Databases } from '../host/database/database.js'
import { OPENERS } from '../host/database/index.js'
import { SCHEMA } from '../host/database/schema.js'
import type { Random } from '../random.js'
import { LastingLoad, type Counts } from './lasting-load.js'

const START_MS_MAX = 30_000
/** A round is killed after so long at the latest. */
const LOAD_MS_MAX = 400
const LOG_CHARACTERS_MAX = 1_000_000
const MAIN = new URL('./main.js', import.meta.url).href
const PROGRAM = `import { main } from ${JSON.stringify(MAIN)}; process.exitCode = await main(process.argv.slice(1))`

/** A served registrar; each `start` is a process of its own. */
export class LastingServer {
  port = 0
  /** What it said on standard error. */
  log = ''
  #child: ChildProcess | undefined
  readonly #script: string

  /** `mode` is usrloc's db_mode. */
  constructor(folder: string, database: string, mode: 1 | 2) {
    this.#script = join(folder, `mode-${mode}.cfg`)
    writeFileSync(this.#script, scriptFor(database, mode))
  }

  async start(): Promise<void> {
    const words = ['serve', this.#script, '-l', '127.0.0.1', '-p', '0', '-T']
    const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, '--', ...words])
    this.#child = child
    // Tests that fail leave no server behind.
    process.once('exit', () => child.kill('SIGKILL'))
    child.stderr.on('data', (chunk: Buffer) => {
      if (this.log.length < LOG_CHARACTERS_MAX) this.log += chunk.toString()
    })
    this.port = await new Promise<number>((resolve, reject) => {
      let output = ''
      const timer = setTimeout(() => reject(new Error(`serve says nothing: ${this.log}`)), START_MS_MAX)
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString()
        const port = /udp: 127\.0\.0\.1 \[127\.0\.0\.1\]:(\d+)[^]*Aliases:/.exec(output)?.[1]
        if (port === undefined) return
        clearTimeout(timer)
        resolve(Number(port))
      })
      child.once('exit', (code) => reject(new Error(`serve ended with ${code}: ${this.log}`)))
    })
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /** Ends it; resolves with its exit code when it is gone. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined) return null
    if (child.exitCode !== null) return child.exitCode
    const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
    child.kill(signal)
    return gone
  }
}

function scriptFor(database: string, mode: 1 | 2): string {
  const kind = database.split(':', 1)[0]!
  const driver = ['mysql', 'dbtext', 'postgres'].includes(kind) ? `loadmodule "${kind}.so"\n` : ''
  return `${driver}loadmodule "sl.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
modparam("usrloc", "db_mode", ${mode})
modparam("usrloc", "db_url", "${database}")
alias="example.com"
route { save("location"); }
`
}

export async function createTables(database: string): Promise<void> {
  const databases = new Databases(OPENERS)
  const opened = await databases.open(database)
  await opened.create(SCHEMA)
  await opened.run([{ operation: 'delete', table: 'location', where: [] }])
  await databases.close()
}

export interface KillPlan {
  /** Where the script is written. */
  readonly folder: string
  readonly database: string
  readonly rounds: number
  readonly phones: number
  readonly random: Random
  /** usrloc's db_mode; default 1. */
  readonly mode?: 1 | 2
  readonly told?: (round: number, counts: Counts) => void
}

/** Kills a registrar under load again and again; returns what it has lost (nothing, it is hoped) and the figures. */
export async function killRounds(plan: KillPlan): Promise<{ lost: string[]; counts: Counts }> {
  const { folder, database, rounds, phones, random, mode = 1, told } = plan
  await createTables(database)
  const server = new LastingServer(folder, database, mode)
  const load = new LastingLoad(phones, random)
  const lost: string[] = []
  await load.open()
  try {
    await server.start()
    for (let round = 1; round <= rounds; round++) {
      const end = delay(random.below(LOAD_MS_MAX)).then(() => server.end('SIGKILL'))
      await load.run(server.port, end, true)
      await server.start()
      lost.push(...(await load.verify(server.port)).map((line) => `round ${round}: ${line}`))
      told?.(round, load.counts)
    }
    return { lost, counts: load.counts }
  } finally {
    load.close()
    await server.end('SIGKILL')
  }
}
