// A phone of the bench is a SIPp of its own: the binary of this machine, or a container. The scenario's addresses are real
// then: 127.0.0.0/8 for programs, a network of their own for containers.

import { UsageError } from '../../errors.js'
import { setTimeout } from 'node:timers/promises'
import {
  docker,
  local,
  sipp,
  type Backend,
  type SippEvent,
  type SippResult,
  type SippRun,
} from '../../sipp-wrapper/index.js'
import { runsShell } from '../../sipp-xml/named-files.js'
import type { SippAgent, SippCounts } from './agent.js'
import { handedOver } from './handed-over.js'
import { hearsayOf, LATE_MS } from './hearsay.js'
import { containersOf } from './network.js'
import { fileOf, isFile, localOf, paceFor, remoteOf, targetOf, transportOf, type Part } from './part.js'
import type { Given } from './options.js'
import { paceOf } from './settings.js'

/** SIPp ends by itself after this time at the latest. */
const RUN_MS_MAX = 220_000
const STATISTICS_EVERY_MS = 250
const SOCKETS_MAX = 1000

/** The phone leaves the network, and SIPp takes its place. */
export async function playByProgram(part: Part, kind: 'local' | 'docker'): Promise<SippAgent> {
  const { lab, name } = part
  if (kind === 'local' && runsShell(part.scenario))
    throw new UsageError(`${part.file} runs commands in a shell: play it in a container, or in process.`)
  await lab.driver.detach(name)
  const at = localOf(part)
  for (const transport of ['udp', 'tcp'] as const) lab.hostDriver.introduce(name, { transport, ...at })
  const agent = new ProgramAgent(part)
  await agent.start(
    kind === 'local'
      ? local()
      : docker({ ...(await containersOf(lab, at)), rawSockets: part.scenario.usesMedia }),
  )
  lab.atEnd(() => agent.stop())
  return agent
}

class ProgramAgent implements SippAgent {
  readonly remarks: string[] = []
  #run: SippRun | undefined
  #result: SippResult | undefined

  constructor(private readonly part: Part) {}

  async start(backend: Backend): Promise<void> {
    const { part } = this
    const { lab, file, scenario } = part
    const pace = paceFor(part, paceOf(part.settings))
    const remote = scenario.role === 'client' || part.settings.has('rsa') ? remoteOf(part) : undefined
    const { address: localAddress, port: localPort } = localOf(part)
    this.#run = await sipp({
      ...handedOver(inSippsWords(part), scenario, part.folders, OWN),
      scenario: isFile(file) ? fileOf(lab, file) : file,
      ...(remote !== undefined && { remote: `${remote.address}:${remote.port}` }),
      ...{ localAddress, localPort, bindLocal: true, mediaAddress: localAddress },
      transport: part.settings.text('t') ?? (transportOf(part) === 'tcp' ? 't1' : 'u1'),
      // The usual 50,000 are more than many machines allow.
      ...{ maxSockets: SOCKETS_MAX, calls: pace.total, limit: pace.limit, rate: pace.rate },
      ...{ timeoutMs: RUN_MS_MAX, statisticsEveryMs: STATISTICS_EVERY_MS },
      traceMessages: this.#hearsay,
      backend,
      onEvent: (event) => this.#heard(event),
    })
    void this.#run.result.then((result) => (this.#result = result)).then(() => lab.hostDriver.stir())
  }

  #heard(event: SippEvent): void {
    const { lab, name } = this.part
    if (event.kind === 'error' || event.kind === 'log') this.remarks.push(event.text)
    if (event.kind === 'message') hearsayOf(lab).said(name, localOf(this.part), event)
    lab.hostDriver.stir()
  }

  get role(): SippAgent['role'] {
    return this.part.scenario.role
  }

  get ended(): boolean {
    return this.#result !== undefined
  }

  get counts(): SippCounts {
    const {
      created = 0,
      current: open = 0,
      succeeded = 0,
      failed = 0,
      retransmissions = 0,
    } = this.#statistics ?? {}
    return { created, open, succeeded, failed, retransmissions }
  }

  get #statistics(): SippResult['statistics'] {
    return this.#result?.statistics ?? this.#run?.statistics
  }

  get failures(): Readonly<Record<string, number>> {
    return this.#statistics?.failures ?? {}
  }

  get fatal(): string | undefined {
    const { verdict, reason } = this.#result ?? {}
    return verdict === undefined || ['passed', 'failed', 'stopped'].includes(verdict) ? undefined : reason
  }

  get exitCode(): number | undefined {
    return this.#result?.exitCode
  }

  get responseTimes(): SippAgent['responseTimes'] {
    const all = this.#result?.responseTimesMs ?? []
    if (all.length === 0) return []
    return [{ longest: Math.max(...all), mean: all.reduce((sum, ms) => sum + ms, 0) / all.length }]
  }

  async conclude(): Promise<void> {
    if (this.#result === undefined) await this.#run?.finish()
    if (this.#hearsay) await setTimeout(LATE_MS)
  }

  /** What passes through a proxy of ours is in the log already. */
  get #hearsay(): boolean {
    return this.part.lab.proxies.size === 0
  }

  async stop(): Promise<void> {
    await this.#run?.stop()
  }
}

/** What the wrapper, or the bench, gives by itself. */
const OWN: readonly string[] = ['m', 'r', 'l', 't', 'rsa']

/** What the table says in the bench's words: a twin by its phone's name, [service] as a keyword. */
function inSippsWords({ lab, given }: Part): Given[] {
  return given.map((one) => {
    const [value = '', second = ''] = one.values
    if (one.name === 'key' && value === 'service') return { name: 's', values: [second] }
    if (one.name !== '3pcc') return one
    const { address, port } = targetOf(lab, value)
    return { name: '3pcc', values: [`${address}:${port}`] }
  })
}
