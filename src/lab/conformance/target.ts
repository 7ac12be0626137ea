// What is tried: the engine in virtual time, the engine on sockets, a program started for the run, or a server elsewhere.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Case } from '../../conformance/cases/case.js'
import { UsageError } from '../../errors.js'
import { HostDriver } from '../../host/driver.js'
import { TLS_DEFAULTS } from '../../host/stream-kinds.js'
import type { ProfileName } from '../../proxy/profile.js'
import { DOMAIN } from './engine.js'
import { RealTarget } from './real.js'
import type { CaseResult } from './result.js'
import { MAKES } from '../systems/makes.js'
import {
  isLoopback,
  mustAnswer,
  ownAddressTowards,
  placeIn,
  placeText,
  type Place,
} from '../systems/probe.js'
import { checkedName } from '../systems/system.js'
import { EngineServers, FixedServer, ProgramServers, type Servers } from './servers.js'
import { VirtualTarget } from './virtual.js'

export interface TargetOptions {
  readonly folder: string
  /** "engine", "engine-real", a make ("kamailio"), or "udp:10.0.0.1:5060". */
  readonly target: string
  readonly profile: ProfileName
  readonly seed: number
  /** Roles of a server elsewhere. */
  readonly roles: readonly string[]
  /** The domain that a server elsewhere serves. */
  readonly domain: string | undefined
  /** Overrides how a program is started. */
  readonly command: string | undefined
  /** A container image that has the program. */
  readonly image?: string | undefined
  readonly waitMsMax: number
  readonly parallel: number
}

/** Runs of a day are told apart; what is made of it stays short. */
const SALTS = 100_000_000

interface RealTargetOptions extends TargetOptions {
  readonly over?: 'tcp' | 'tls'
  readonly salt?: number
}

export interface Target {
  readonly name: string
  runAll(cases: readonly Case[], told: (result: CaseResult) => void): Promise<void>
  close(): Promise<void>
}

/** Throws a UsageError when there is no such target or it cannot be reached. */
export async function targetOf(options: TargetOptions): Promise<Target> {
  const { target, profile, folder, seed } = options
  if (target === 'engine') {
    const virtual = new VirtualTarget(folder, profile, seed)
    return {
      name: `sipwright engine, profile ${profile}, virtual time`,
      runAll: (cases, told) => virtual.runAll(cases, told),
      close: async () => {},
    }
  }
  // A server under test has a certificate of its own making.
  const driver = new HostDriver({ record: 'wire', tls: { ...TLS_DEFAULTS, verifiesServers: false } })
  const place = placeIn(target)
  if (place !== undefined) return elsewhere(options, driver, place)
  if (target === 'engine-real') {
    const name = `sipwright engine, profile ${profile}, real sockets`
    return real(options, driver, new EngineServers(name, { folder, driver, profile, seed }))
  }
  return program(options, driver)
}

function real(options: RealTargetOptions, driver: HostDriver, servers: Servers, from?: string): Target {
  const { folder, seed, waitMsMax, parallel, over, salt } = options
  const domain = options.domain ?? DOMAIN
  const run = new RealTarget({
    ...{ folder, driver, servers, seed, waitMsMax, parallel, domain, over, salt },
    from,
  })
  return {
    name: servers.name,
    runAll: (cases, told) => run.runAll(cases, told),
    close: async () => {
      await servers.stop()
      await driver.close()
    },
  }
}

async function program(options: TargetOptions, driver: HostDriver): Promise<Target> {
  const { target: make, command, image, folder } = options
  const known = MAKES[make]
  if (known === undefined && command === undefined)
    throw new UsageError(
      `--target ${make}: give engine, engine-real, ${Object.keys(MAKES).join(', ')}, or an address as in udp:127.0.0.1:5060.`,
    )
  const words = command?.split(' ') ?? known!.command
  const asked = {
    target: make,
    ...(command !== undefined && { command }),
    ...(image !== undefined && { image }),
  }
  const name = known === undefined ? make : await checkedName(asked)
  const runFolder = mkdtempSync(join(tmpdir(), 'sipwright-'))
  const servers = new ProgramServers(name, {
    ...{ folder, make, runFolder },
    command: words,
    ...(image !== undefined && { image }),
  })
  const target = real(options, driver, servers)
  return {
    ...target,
    close: async () => {
      await target.close()
      rmSync(runFolder, { recursive: true, force: true })
    },
  }
}

/** A server that runs already: it must answer something before rows are judged. */
async function elsewhere(options: TargetOptions, driver: HostDriver, place: Place): Promise<Target> {
  const from = isLoopback(place) ? undefined : await ownAddressTowards(place)
  const { transport } = place
  const servers = new FixedServer(`server at ${placeText(place)}`, place, options.roles, driver)
  const reached = { salt: Date.now() % SALTS, ...(transport !== 'udp' && { over: transport }) }
  const target = real(
    { ...options, ...reached, domain: options.domain ?? place.address },
    driver,
    servers,
    from,
  )
  try {
    await mustAnswer(place, driver)
    return target
  } catch (error) {
    await target.close()
    throw error
  }
}
