// A proxy on real sockets: ports taken, engine built knowing them, statistics, an orderly end.

import { randomBytes } from 'node:crypto'
import type { Listen } from '../driver.js'
import { UsageError } from '../errors.js'
import { ControlDesk } from '../host/control/desk.js'
import { HostDriver } from '../host/driver.js'
import { TCP_LIMITS } from '../host/tcp.js'
import { readTextFile } from '../host/text-file.js'
import { MODULES } from '../modules/index.js'
import { Engine, type EngineOptions } from '../proxy/engine.js'
import type { ListenSocket } from '../proxy/listens.js'
import type { OwnName } from '../proxy/myself.js'
import { Random } from '../random.js'
import { oneLine } from '../report/printable.js'
import { metricsText } from './metrics-text.js'
import { PROXY, Served, STOP } from './served.js'
import { listensOf, namesOf } from './sockets.js'
import { engineStatistics } from './statistics.js'
import { tlsSettings } from './tls-settings.js'
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
/** Tables are read until then. */
const START_MS_MAX = 180_000
/** What must last is written until then. */
const STOP_MS_MAX = 10_000

/** Takes the ports and starts. Throws a UsageError when one is in use, or when a table cannot be read. */
export async function startProxy(options: ProxyOptions): Promise<Proxy> {
  const { program, profile, sockets, signature } = options
  const { report, watch } = crashReport(options)
  let controls: Engine['controls'] | undefined
  const desk = new ControlDesk({
    give: (command) => driver.give(PROXY, { type: 'command', command }),
    wantedBy: (name) => controls?.get(name)?.args,
  })
  const driver = new HostDriver({
    record: 'none',
    tcp: { ...TCP_LIMITS, ...connectTimeout(program) },
    tls: tlsSettings(program.options),
    heard: (_endpoint, { event }) => {
      if (event.kind === 'log')
        options.say(`${levelWord(event.level)}: ${oneLine(event.text, LOG_CHARACTERS_MAX)}\n`)
      else if (event.kind === 'control') desk.answered(event.token, event.answer)
    },
    failed: report,
  })
  try {
    const bound = await driver.bind(PROXY, listensOf(sockets))
    const aliases = [...namesOf(sockets, bound), ...options.aliases]
    const engine = new Engine({
      ...{ program, profile, modules: MODULES, sockets: bound },
      random: new Random(randomBytes(6).readUIntBE(0, 6)),
      identity: {
        ...{ signature, pid: process.pid, aliases, secret: randomBytes(32).toString('hex') },
        program: { args: process.argv, folder: process.cwd() },
      },
      ...{ trace: false, readFile: readTextFile, now: driver.now, epochMs: Date.now() - driver.now },
    })
    controls = engine.controls
    const served = watch(new Served(engine, options.logFile))
    driver.run(PROXY, served)
    await started(driver, engine)
    return new Proxy({ bound, aliases, driver, served, desk, say: options.say })
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

/** The modules know what they must know. */
async function started(driver: HostDriver, engine: Engine): Promise<void> {
  await driver.runUntil(() => !engine.isStarting, START_MS_MAX)
  if (engine.isStarting)
    throw new UsageError(`serve: the tables could not be read within ${START_MS_MAX / 1000} s.`)
  if (engine.hasFailed)
    throw new UsageError('serve: not started, because a table could not be read (see above).')
}

interface Running {
  readonly bound: readonly Listen[]
  /** Names that count as myself besides the addresses. */
  readonly aliases: readonly OwnName[]
  readonly driver: HostDriver
  readonly served: Served
  readonly desk: ControlDesk
  readonly say: ProxyOptions['say']
}

/** A running proxy. */
export class Proxy {
  readonly bound: readonly Listen[]
  readonly aliases: readonly OwnName[]

  constructor(private readonly running: Running) {
    this.bound = running.bound
    this.aliases = running.aliases
  }

  /** What has been counted, in Prometheus' text format. */
  metrics(): string {
    const { driver, served } = this.running
    return metricsText(served.engine, driver.now)
  }

  /** Where control commands are given. */
  get desk(): ControlDesk {
    return this.running.desk
  }

  /** One line for SIGUSR1. */
  statistics(): string {
    const { driver, served } = this.running
    const upS = Math.floor(driver.now / 1000)
    return `up ${upS} s, ${served.packets} packets received, ${engineStatistics(served.engine)}`
  }

  /** Lets the modules write down what must last, and gives the ports back. */
  async stop(): Promise<void> {
    const { driver, served, desk, say } = this.running
    const { engine } = served
    desk.close()
    try {
      driver.give(PROXY, { type: 'command', command: STOP })
      const isDone = await driver.runUntil(() => engine.openQuestions === 0, STOP_MS_MAX)
      if (!isDone) say(`ERROR: ${engine.openQuestions} questions were not answered before the end\n`)
    } finally {
      await driver.close()
      served.close()
    }
  }
}

function connectTimeout({ options }: EngineOptions['program']): { connectTimeoutMs?: number } {
  const seconds = options.get('tcp_connect_timeout')
  return typeof seconds === 'number' && seconds > 0 ? { connectTimeoutMs: seconds * 1000 } : {}
}
