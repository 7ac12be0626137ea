// Plays cases against servers on real sockets, many at once: each play has addresses (or, against a server elsewhere,
// ports), names and Call-IDs of its own, and those that wait longest begin first, so that waiting is shared.

import { partiesOf, type Case, type Play } from '../../conformance/cases/case.js'
import { CasePlayer } from '../../conformance/cases/player.js'
import { doorsOf, type Scene } from '../../conformance/cases/scene.js'
import type { LogEntry } from '../../driver.js'
import type { Address, Bytes, Milliseconds } from '../../endpoint.js'
import { UsageError } from '../../errors.js'
import type { HostDriver } from '../../host/driver.js'
import { Random } from '../../random.js'
import { isFlood, ordersServer, waitOf } from './duration.js'
import { dataReader } from './catalogue.js'
import { played } from './orders.js'
import { packetsOf, type CaseResult } from './result.js'
import { engineName, type Servers } from './servers.js'

export interface RealOptions {
  readonly folder: string
  readonly driver: HostDriver
  readonly servers: Servers
  readonly seed: number
  /** Rows that wait longer are not run. */
  readonly waitMsMax: Milliseconds
  /** Rows under way at a time. */
  readonly parallel: number
  /** Our own address towards a server that is not on this machine's loopback. */
  readonly from: string | undefined
  readonly domain: string
  /** How requests go to the server where a row does not say; UDP unless given. */
  readonly over?: 'tcp' | 'tls' | undefined
  /** Added to the seed: a server that runs already remembers the Call-IDs of the run before. */
  readonly salt?: number | undefined
}

/** What cannot be had from a real server: what the network around it would have to do. */
const VIRTUAL_ONLY = ['dns', 'ports', 'tls', 'virtual']
const PARTY_PORT = 5060
const FIRST_PORT = 21_000
const PATIENCE = { patienceMs: 2500, silenceMs: 1000, slackMs: 150 }
/** Above what a play waits by its own words. */
const PLAY_MS_MAX = 30_000

export class RealTarget {
  /** Plays have the same addresses and names in every run. */
  readonly #numbers = new Map<Play, number>()
  readonly #dataOf: (name: string) => Bytes

  constructor(private readonly options: RealOptions) {
    this.#dataOf = dataReader(options.folder)
  }

  /**
   * Plays the rows, those that flood one after the other at the end, and those that order a server about one after the
   * other when the rest of its role is over; `told` hears each result as it comes.
   */
  async runAll(cases: readonly Case[], told: (result: CaseResult) => void): Promise<void> {
    for (const { plays } of cases) for (const play of plays) this.#numbers.set(play, this.#numbers.size)
    const calm = cases.filter((one) => !isFlood(one))
    const ordering = calm.filter(ordersServer)
    const roles = new Set(ordering.map(({ role }) => role))
    const { parallel } = this.options
    const aside = calm.filter((one) => roles.has(one.role) && !ordersServer(one))
    await Promise.all([
      this.#runTogether(
        calm.filter(({ role }) => !roles.has(role)),
        parallel,
        told,
      ),
      this.#runTogether(aside, parallel, told).then(() => this.#runTogether(ordering, 1, told)),
    ])
    await this.#runTogether(cases.filter(isFlood), 1, told)
  }

  async #runTogether(
    cases: readonly Case[],
    parallel: number,
    told: (result: CaseResult) => void,
  ): Promise<void> {
    const waiting = [...cases].sort((one, two) => waitOf(two) - waitOf(one))
    const worker = async (): Promise<void> => {
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) told(await this.#row(one))
    }
    await Promise.all(Array.from({ length: parallel }, worker))
  }

  async #row(one: Case): Promise<CaseResult> {
    const { id, reason, needs, role } = one
    const { servers, waitMsMax } = this.options
    if (reason !== undefined) return { id, verdict: 'not executable', text: reason, log: [] }
    const served = this.options.over === undefined ? ['udp', 'tcp'] : ['tcp']
    const missing = needs.find((need) => !served.includes(need))
    if (missing !== undefined)
      return {
        id,
        verdict: 'not applicable',
        text: `needs ${missing}${VIRTUAL_ONLY.includes(missing) ? ', which only virtual time has' : ''}`,
        log: [],
      }
    if (waitOf(one) > waitMsMax)
      return { id, verdict: 'not run', text: `waits ${waitOf(one) / 1000} s`, log: [] }
    const notRun = (text: string): CaseResult => ({ id, verdict: 'not run', text, log: [] })
    try {
      const server = await servers.start(role)
      if (server === undefined)
        return { id, verdict: 'not applicable', text: `${servers.name} has no role ${role}`, log: [] }
      const died = servers.died(role)
      return died === undefined ? await this.#playAll(one, server) : notRun(died)
    } catch (error) {
      if (error instanceof UsageError) return notRun(error.message)
      throw error
    }
  }

  async #playAll(one: Case, server: Address): Promise<CaseResult> {
    const { id } = one
    const { servers } = this.options
    for (const [index, play] of one.plays.entries()) {
      const { passed, text, line, log } = await this.#play(play, `${id}-${index}`, server, one)
      if (!passed) await servers.look?.(one.role)
      const died = servers.died(one.role)
      if (died !== undefined) return { id, verdict: 'fail', text: `${died}, while this row was played`, log }
      if (!passed) return { id, verdict: 'fail', text: `${one.file}:${line}: ${text}`, log }
    }
    return { id, verdict: 'pass', text: '', log: [] }
  }

  async #play(play: Play, name: string, server: Address, one: Case) {
    const { driver } = this.options
    const number = this.#numbers.get(play)!
    const scene = this.#scene(play, name, server, number)
    const player = new CasePlayer(scene, play, driver.now)
    const from = driver.log.length
    await driver.attach(name, player, scene.doors)
    await played(player, driver, engineName(one.role), PLAY_MS_MAX + 2 * waitOf(one))
    await driver.detach(name)
    const verdict = player.verdict ?? { passed: false, text: 'the play did not end', line: 0 }
    return { ...verdict, log: verdict.passed ? [] : packetsOf(ofParty(driver.log.slice(from), name), scene) }
  }

  #scene(play: Play, name: string, server: Address, number: number): Scene {
    const { from, domain, over, salt = 0 } = this.options
    const seed = this.options.seed + salt
    const places = new Map<string, Address>()
    for (const party of partiesOf(play)) {
      const index = places.size
      places.set(
        party,
        from === undefined
          ? { address: `127.${10 + (number >> 8)}.${number & 255}.${index + 1}`, port: PARTY_PORT }
          : { address: from, port: FIRST_PORT + ((number * 8 + index) % 30_000) },
      )
    }
    return {
      dataOf: this.#dataOf,
      ...(over && { over }),
      ...{ server, places, domain, doors: doorsOf(play, places) },
      nobody: { address: from ?? '127.9.9.9', port: from === undefined ? PARTY_PORT : 9 },
      nonce: name.toLowerCase().replace(/[^a-z0-9]/g, '') + (seed * 1000 + number).toString(36),
      random: new Random(seed * 100_000 + number),
      ...PATIENCE,
    }
  }
}

function ofParty(log: readonly LogEntry[], name: string): LogEntry[] {
  return log.filter((entry) => entry.kind === 'wire' && (entry.from === name || entry.to === name))
}
