// A proxy on real sockets: ports taken, engine built knowing them, statistics, an orderly end.

import { randomBytes } from 'node:crypto'
import type { Listen } from '../driver.js'
import { HostDriver } from '../host/driver.js'
import { TCP_LIMITS } from '../host/tcp.js'
import { MODULES } from '../modules/index.js'
import { tm } from '../modules/tm/index.js'
import { usrloc } from '../modules/usrloc.js'
import type { Context } from '../proxy/context.js'
import { Engine } from '../proxy/engine.js'
import type { ListenSocket } from '../proxy/listens.js'
import type { ModuleRecord } from '../proxy/module.js'
import type { OwnName } from '../proxy/myself.js'
import type { ProfileName } from '../proxy/profile.js'
import { Random } from '../random.js'
import { oneLine } from '../report/printable.js'
import type { Program } from '../script/bind.js'
import { PROXY, Served, STOP } from './served.js'
import { levelWord } from './trace.js'

export interface ProxyOptions {
  readonly program: Program<Context>
  readonly profile: ProfileName
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
      identity: { signature, pid: process.pid, aliases },
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
    const parts = [`up ${Math.floor(this.driver.now / 1000)} s`, `${packets} packets received`]
    if (engine.has(tm as ModuleRecord<never>)) {
      const { store } = engine.use(tm)
      parts.push(`${store.count} transactions alive (${store.total} since the start)`)
    }
    if (engine.has(usrloc as ModuleRecord<never>)) parts.push(contactsText(engine))
    const mebibytes = Math.round(process.memoryUsage().rss / 2 ** 20)
    return `${parts.join(', ')}, ${mebibytes} MiB of memory`
  }

  /** Lets the modules write down what must last, and gives the ports back. */
  async stop(): Promise<void> {
    this.driver.give(PROXY, { type: 'command', command: STOP })
    await this.driver.close()
    this.served.close()
  }
}

function contactsText(engine: Engine): string {
  let contacts = 0
  let addresses = 0
  for (const table of engine.use(usrloc).tables)
    for (const [, bindings] of table.all()) {
      addresses++
      contacts += bindings.length
    }
  return `${contacts} contacts of ${addresses} addresses`
}

function connectTimeout({ options }: Program<Context>): { connectTimeoutMs?: number } {
  const seconds = options.get('tcp_connect_timeout')
  return typeof seconds === 'number' && seconds > 0 ? { connectTimeoutMs: seconds * 1000 } : {}
}

function listensOf(sockets: readonly ListenSocket[]): Listen[] {
  return sockets.flatMap(({ address, port, transports }) =>
    transports.map((transport) => ({ transport, address, port })),
  )
}

/** The names of each socket, with the ports that were really bound (in the order of listensOf). */
function namesOf(sockets: readonly ListenSocket[], bound: readonly Listen[]): OwnName[] {
  let at = 0
  return sockets.flatMap(({ name, address, aliases, transports }) => {
    const ports = new Set(transports.map(() => bound[at++]!.port))
    const hosts = name === address ? aliases : [name, ...aliases]
    return hosts.flatMap((host) => [...ports].map((port) => ({ host, port })))
  })
}
