// A system under test in place of the engine: a program of a known make that is started for each scenario, or a server
// that runs already. It says which scripts it reads and where the scenario's addresses are.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Listen } from '../../driver.js'
import type { Transport } from '../../endpoint.js'
import { UsageError } from '../../errors.js'
import { HostDriver } from '../../host/driver.js'
import { mustHave, started } from './container.js'
import { commandLine, filled, MAKES, versionOf, type Make } from './makes.js'
import { around, onLoopback, type Places } from './places.js'
import { isLoopback, mustAnswer, ownAddressTowards, placeIn, placeText, type Place } from './probe.js'
import { startServer, type RunningSystem } from './program.js'

/** How users name a system: "kamailio", "udp:192.0.2.1:5060"; a program may be started by another command. */
export interface SystemWords {
  readonly target: string
  readonly command?: string
  /** A container image that has the program. */
  readonly image?: string
}

export interface SystemAsked {
  /** What the scenario calls it. */
  readonly name: string
  readonly listens: readonly Listen[]
  readonly domains: readonly string[]
  /** Its script, in its own language. */
  readonly config: string
}

export interface System {
  /** As reports call it. */
  readonly name: string
  /** Whose scripts it reads; undefined: it has its own already. */
  readonly dialect: string | undefined
  readonly places: Places
  /** Added to the seed: a server that runs already remembers the Call-IDs and branches of the scenarios before. */
  readonly salt: number
  /** How phones reach it that do not say; UDP unless given. */
  readonly transport?: Transport
  /** Rejects with a UsageError when it does not start. */
  start(asked: SystemAsked): Promise<RunningSystem>
}

/** The engine in this process, as a target. */
export const ENGINE = 'engine'

/** The system that is meant; undefined: the engine in this process. Throws a UsageError when there is none of this name. */
export async function systemOf({ target, command, image }: SystemWords): Promise<System | undefined> {
  if (target === ENGINE) return undefined
  const place = placeIn(target)
  if (place !== undefined) return standing(place)
  const make = MAKES[target]
  if (make !== undefined) return new ProgramSystem(target, make, command?.split(' ') ?? make.command, image)
  throw new UsageError(
    `--target ${target}: give ${[ENGINE, ...Object.keys(MAKES)].join(', ')}, or an address as in udp:127.0.0.1:5060.`,
  )
}

/** Its make and version, or address, once it is known to be there. Rejects with a UsageError when it is not. */
export async function checkedName(words: SystemWords): Promise<string> {
  const { target, command, image } = words
  await systemOf(words)
  const place = placeIn(target)
  if (place === undefined && image !== undefined) {
    await mustHave(image)
    return `${target} in ${image}`
  }
  if (place === undefined) return target === ENGINE || command !== undefined ? target : versionOf(target)
  const driver = new HostDriver()
  try {
    await mustAnswer(place, driver)
  } finally {
    await driver.close()
  }
  return `server at ${placeText(place)}`
}

async function standing(place: Place): Promise<System> {
  if (place.transport === 'tls')
    throw new UsageError(
      `--target ${placeText(place)}: scenarios reach a server over udp or tcp, "sipwright conformance" over tls, too.`,
    )
  const own = isLoopback(place) ? undefined : await ownAddressTowards(place)
  return {
    name: placeText(place),
    dialect: undefined,
    places: around(place, own),
    salt: Date.now(),
    transport: place.transport,
    start: async () => ({ died: undefined, stop: async () => {} }),
  }
}

class ProgramSystem implements System {
  readonly places = onLoopback
  readonly salt = 0

  constructor(
    readonly name: string,
    private readonly make: Make,
    private readonly command: readonly string[],
    private readonly image: string | undefined,
  ) {}

  get dialect(): string {
    return this.name
  }

  async start({ name, listens, domains, config: text }: SystemAsked): Promise<RunningSystem> {
    const { make, command, image } = this
    const [first] = listens
    if (first === undefined) throw new UsageError(`${name} listens nowhere`)
    const folder = mkdtempSync(join(tmpdir(), 'sipwright-system-'))
    const config = join(folder, `${this.name}.cfg`)
    const words = {
      ...{
        config,
        folder,
        address: first.address,
        port: String(first.port),
        domain: domains[0] ?? first.address,
      },
      listens: listens.flatMap(make.listen),
      aliases: domains.flatMap((domain) => make.alias?.(domain) ?? []),
    }
    writeFileSync(config, filled(text, words), 'latin1')
    const remove = (): void => rmSync(folder, { recursive: true, force: true })
    try {
      const line = commandLine(command, words)
      const running = await startServer(
        () => started(line, image, [folder]),
        `${this.name} (${name})`,
        listens.find(({ transport }) => transport === 'tcp') ?? first,
      )
      return {
        get died() {
          return running.died
        },
        stop: () => running.stop().finally(remove),
      }
    } catch (error) {
      remove()
      throw error
    }
  }
}
