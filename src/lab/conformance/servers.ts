// Servers to try, on real sockets: the engine in this process, a program that we start once for each role, or one that
// runs already at an address.

import { resolve } from 'node:path'
import type { Address } from '../../endpoint.js'
import type { HostDriver } from '../../host/driver.js'
import { loadScript } from '../../modules/index.js'
import type { ProfileName } from '../../proxy/profile.js'
import { answers, type Place } from '../systems/probe.js'
import { commandLine, MAKES } from '../systems/makes.js'
import { started } from '../systems/container.js'
import { startServer, type RunningSystem } from '../systems/program.js'
import { engineFor } from './engine.js'
import { roleFile, roleText } from './catalogue.js'
import { phoneFor } from './orders.js'

export interface Servers {
  /** Make and version, for the scorecard. */
  readonly name: string
  /** Where a server in this role listens, started if need be; undefined when it cannot take the role. Rejects with a
   * UsageError when the server for this role does not start. */
  start(role: string): Promise<Address | undefined>
  /** Looks whether a server in this role is there still, where nobody is told of its end. */
  look?(role: string): Promise<void>
  /** How the server in this role ended by itself; undefined while all is well. */
  died(role: string): string | undefined
  stop(): Promise<void>
}

const PORT = 5060

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

/** A program, one process a role. */
export class ProgramServers implements Servers {
  readonly #started = new Map<string, Promise<Address>>()
  readonly #running = new Map<string, RunningSystem>()

  constructor(
    readonly name: string,
    private readonly options: {
      readonly folder: string
      readonly make: string
      readonly command: readonly string[]
      /** A container image that has the program. */
      readonly image?: string
      readonly runFolder: string
    },
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

  async #start(role: string, config: string, { address, port }: Address): Promise<Address> {
    const { make, command, image, runFolder: folder } = this.options
    const listens = (['udp', 'tcp'] as const).flatMap(
      (transport) => MAKES[make]?.listen({ transport, address, port }) ?? [],
    )
    const words = { config: resolve(config), folder, address, port: String(port), listens, aliases: [] }
    const line = commandLine(command, words)
    const at = { transport: 'tcp', address, port } as const
    const running = await startServer(
      () => started(line, image, [folder, config]),
      `${line[0]} in the role ${role}`,
      at,
    )
    this.#running.set(role, running)
    return { address, port }
  }

  died(role: string): string | undefined {
    return this.#running.get(role)?.died
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running.values()].map((running) => running.stop()))
  }
}

/** One that runs already. It counts as dead when it answers nothing any more. */
export class FixedServer implements Servers {
  #died: string | undefined
  /** Rows that fail at the same time look together. */
  #looking: Promise<void> | undefined

  constructor(
    readonly name: string,
    private readonly place: Place,
    private readonly roles: readonly string[],
    private readonly driver: HostDriver,
  ) {}

  async start(role: string): Promise<Address | undefined> {
    const { transport, address, port } = this.place
    // TLS has the port behind the others'.
    return this.roles.includes(role) ? { address, port: transport === 'tls' ? port - 1 : port } : undefined
  }

  /** Asked after a row that failed: a server that has gone fails everything. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined))
    return this.#looking
  }

  async #look(): Promise<void> {
    if (this.#died !== undefined || (await answers(this.place, this.driver))) return
    this.#died = `${this.name} does not answer any more`
  }

  died(): string | undefined {
    return this.#died
  }

  async stop(): Promise<void> {}
}
