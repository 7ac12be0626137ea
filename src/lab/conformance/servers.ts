// Servers to try, on real sockets: the engine in this process, a program that we start once for each role, or one that
// runs already at an address.

import { spawn, type ChildProcess } from 'node:child_process'
import { UsageError } from '../../errors.js'
import type { Address } from '../../endpoint.js'
import type { HostDriver } from '../../host/driver.js'
import { loadScript } from '../../modules/index.js'
import type { ProfileName } from '../../proxy/profile.js'
import { engineFor } from './engine.js'
import { roleFile, roleText } from './catalogue.js'
import { phoneFor } from './orders.js'

export interface Servers {
  /** Make and version, for the scorecard. */
  readonly name: string
  /** Where a server in this role listens, started if need be; undefined when it cannot take the role. Rejects with a
   * UsageError when the server for this role does not start. */
  start(role: string): Promise<Address | undefined>
  /** How the server in this role ended by itself; undefined while all is well. */
  died(role: string): string | undefined
  stop(): Promise<void>
}

const PORT = 5060
/** How long a program may take to open its port. */
const START_MS_MAX = 10_000
const STOP_MS_MAX = 3000

/** Servers of one role each, at 127.0.9.1, 127.0.9.2 ... */
function addressOf(index: number): Address {
  return { address: `127.0.9.${index + 1}`, port: PORT }
}

/** What the driver calls the engine's server in this role. */
export function engineName(role: string): string {
  return `server ${role}`
}

/** The engine on sockets of the same driver as the parties. */
export class EngineServers implements Servers {
  /** Rows ask for a role at the same time. */
  readonly #started = new Map<string, Promise<Address>>()

  constructor(
    readonly name: string,
    private readonly options: { folder: string; driver: HostDriver; profile: ProfileName; seed: number },
  ) {}

  async start(role: string): Promise<Address | undefined> {
    const file = roleFile(this.options.folder, 'sipwright', role)
    const known = this.#started.get(role)
    if (file === undefined || known !== undefined) return known
    const starting = this.#start(role, file, addressOf(this.#started.size))
    this.#started.set(role, starting)
    return starting
  }

  async #start(role: string, file: string, address: Address): Promise<Address> {
    const { driver, profile, seed } = this.options
    const sockets = [
      { transport: 'udp', ...address },
      { transport: 'tcp', ...address },
    ] as const
    const text = roleText(file)
    const server = file.endsWith('.json')
      ? phoneFor(text, address, seed)
      : engineFor({
          program: loadScript(text, file),
          ...{ profile, seed, sockets, now: driver.now, epochMs: Date.now() - driver.now },
        })
    await driver.attach(engineName(role), server, sockets)
    return address
  }

  died(): undefined {}

  async stop(): Promise<void> {}
}

/** How a make of server is started: words in braces are filled in. */
export interface Make {
  readonly command: readonly string[]
  readonly version: readonly [program: string, ...args: string[]]
}

export const MAKES: Readonly<Record<string, Make>> = {
  kamailio: {
    command: [
      ...['kamailio', '-f', '{config}', '-DD', '-E', '-m', '64', '-M', '8'],
      ...['-l', 'udp:{address}:{port}', '-l', 'tcp:{address}:{port}', '-Y', '{folder}'],
    ],
    version: ['kamailio', '-v'],
  },
  opensips: {
    command: ['opensips', '-f', '{config}', '-F', '-E', '-m', '64', '-M', '8'],
    version: ['opensips', '-V'],
  },
  ser: {
    command: ['ser', '-f', '{config}', '-D', '-E', '-l', '{address}', '-p', '{port}'],
    version: ['ser', '-V'],
  },
}

/** A program, one process a role, ended by its pid. */
export class ProgramServers implements Servers {
  readonly #started = new Map<string, Promise<Address>>()
  readonly #died = new Map<string, string>()
  readonly #children: ChildProcess[] = []
  #stopping = false

  constructor(
    readonly name: string,
    private readonly options: { folder: string; make: string; command: readonly string[]; runFolder: string },
  ) {}

  async start(role: string): Promise<Address | undefined> {
    const { folder, make } = this.options
    const known = this.#started.get(role)
    const config = roleFile(folder, make, role)
    if (known !== undefined || config === undefined) return known
    const starting = this.#start(role, config, addressOf(this.#started.size + 100))
    this.#started.set(role, starting)
    return starting
  }

  async #start(role: string, config: string, address: Address): Promise<Address> {
    const { command, runFolder: folder } = this.options
    const words: Record<string, string> = { config, folder, address: address.address, port: String(PORT) }
    const fill = (word: string): string => word.replace(/\{(\w+)\}/g, (_, name: string) => words[name] ?? '')
    const [program = '', ...args] = command.map(fill)
    await this.#spawn(program, args, role, address)
    return address
  }

  async #spawn(program: string, args: readonly string[], role: string, address: Address): Promise<void> {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    this.#children.push(child)
    let said = ''
    const hear = (chunk: Buffer): void => void (said = (said + chunk.toString('latin1')).slice(-4000))
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    const ended = new Promise<string>((resolve) => {
      child.on('error', (error) => resolve(error.message))
      child.on('exit', (code, signal) => resolve(`ended with ${signal ?? code}`))
    })
    const last = (): string => said.trim().split('\n').slice(-3).join(' | ')
    void ended.then((how) => {
      if (!this.#stopping) this.#died.set(role, `${program} in the role ${role} ${how}: ${last()}`)
    })
    if (!(await isUp(address, () => this.#died.has(role))))
      throw new UsageError(
        this.#died.get(role) ??
          `${program} in the role ${role} opens no port at ${address.address}: ${last()}`,
      )
  }

  died(role: string): string | undefined {
    return this.#died.get(role)
  }

  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#children.map(end))
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  const timer = setTimeout(() => kill(child, 'SIGKILL'), STOP_MS_MAX)
  kill(child, 'SIGTERM')
  await gone
  clearTimeout(timer)
}

/** With all that it has started. */
function kill({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid!, signal)
  } catch {
    // It has ended already.
  }
}

/** Does it take TCP connections? Servers open UDP before, or at the same time. */
async function isUp(address: Address, hasEnded: () => boolean): Promise<boolean> {
  const { connect } = await import('node:net')
  for (const until = Date.now() + START_MS_MAX; Date.now() < until && !hasEnded();) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect({ host: address.address, port: address.port }, () => resolve(true))
      socket.on('error', () => resolve(false))
      socket.on('connect', () => socket.destroy())
    })
    if (open) return true
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}

/** One that runs already. */
export class FixedServer implements Servers {
  constructor(
    readonly name: string,
    private readonly address: Address,
    private readonly roles: readonly string[],
  ) {}

  async start(role: string): Promise<Address | undefined> {
    return this.roles.includes(role) ? this.address : undefined
  }

  died(): undefined {}

  async stop(): Promise<void> {}
}
