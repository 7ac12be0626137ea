// A proxy on real sockets: ports taken, engine built knowing them, statistics, an orderly end.

import { randomBytes } from 'node:crypto'
import type { Listen } from '../driver.js'
import { HostDriver } from '../host/driver.js'
import { TCP_LIMITS } from '../host/tcp.js'
import { MODULES } from '../modules/index.js'
import { Engine, type EngineOptions } from '../proxy/engine.js'
import type { ListenSocket } from '../proxy/listens.js'
import type { OwnName } from '../proxy/myself.js'
import { Random } from '../random.js'
import { oneLine } from '../report/printable.js'
import { PROXY, Served, STOP } from './served.js'
import { listensOf, namesOf } from './sockets.js'
import { engineStatistics } from './statistics.js'
import { levelWord } from './trace.js'

export interface ProxyOptions {
  readonly program: EngineOptions['program']
  readonly profile: EngineOptions['profile']
  readonly sockets: readonly ListenSocket[]
  /** Further names of ours. */
  readonly aliases: readonly OwnName[]
  readonly signature: string
  readonly logFile: string | undefined
  /** A log line, ended by a line feed. */
  readonly say: (line: string) => void
  /** The engine threw; the text says where and after which inputs. */
  readonly crashed: (report: string) => void
}

const LOG_CHARACTERS_MAX = 2000

/** Takes the ports and starts. Throws a UsageError when one is in use. */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const { program, profile, sockets, signature } = options
  const { report, watch } = crashReport(options)
  const driver = new HostDriver({
    record: 'none',
    tcp: { ...TCP_LIMITS, ...connectTimeout(program) },
    heard: (_endpoint, { event }) => {
      if (event.kind === 'log')
        options.say(`${levelWord(event.level)}: ${oneLine(event.text, LOG_CHARACTERS_MAX)}\n`)
    },
    failed: report,
  })
  try {
    const bound = await driver.bind(PROXY, listensOf(sockets))
    const aliases = [...namesOf(sockets, bound), ...options.aliases]
    const engine = new Engine({
      ...{ program, profile, modules: MODULES, sockets: bound },
      random: new Random(randomBytes(6).readUIntBE(0, 6)),
      identity: { signature, pid: process.pid, aliases, secret: randomBytes(32).toString('hex') },
      ...{ trace: false, now: driver.now, epochMs: Date.now() - driver.now },
    })
    const served = watch(new Served(engine, options.logFile))
    driver.run(PROXY, served)
    return new Proxy(bound, aliases, driver, served)
  } catch (error) {
    await driver.close()
    throw error
  }
}

/** The driver is made before the endpoint that its report speaks of. */
function crashReport({ crashed }: ProxyOptions) {
  let served: Served | undefined
  return {
    watch: (watched: Served): Served => (served = watched),
    report: ({ stack, message }: Error): void =>
      crashed(`${stack ?? message}\nThe last inputs were:\n${served?.lastInputs() ?? ''}`),
  }
}

/** A running proxy. */
export class Proxy {
  constructor(
    readonly bound: readonly Listen[],
    /** Names that count as myself besides the addresses. */
    readonly aliases: readonly OwnName[],
    private readonly driver: HostDriver,
    private readonly served: Served,
  ) {}

  /** One line for SIGUSR1. */
  statistics(): string {
    const { engine, packets } = this.served
    return `up ${Math.floor(this.driver.now / 1000)} s, ${packets} packets received, ${engineStatistics(engine)}`
  }

  /** Lets the modules write down what must last, and gives the ports back. */
  async stop(): Promise<void> {
    this.driver.give(PROXY, { type: 'command', command: STOP })
    await this.driver.close()
    this.served.close()
  }
}

function connectTimeout({ options }: EngineOptions['program']): { connectTimeoutMs?: number } {
  const seconds = options.get('tcp_connect_timeout')
  return typeof seconds === 'number' && seconds > 0 ? { connectTimeoutMs: seconds * 1000 } : {}
}
