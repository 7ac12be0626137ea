// Plays cases against the engine in virtual time: for each play a network, an engine and its parties of their own, so
// that nothing is left of one when the next begins, and 64*T1 takes no time.

import { partiesOf, type Case, type Play } from '../../conformance/cases/case.js'
import { CasePlayer } from '../../conformance/cases/player.js'
import { doorsOf, filledPlaces, placeOver, type Scene } from '../../conformance/cases/scene.js'
import type { Listen, LogEntry } from '../../driver.js'
import type { Address, Bytes, Endpoint } from '../../endpoint.js'
import { Databases } from '../../host/database/database.js'
import { OPENERS } from '../../host/database/index.js'
import { loadScript } from '../../modules/index.js'
import type { Context } from '../../proxy/context.js'
import type { DeviationName, ProfileName } from '../../proxy/profile.js'
import { Random } from '../../random.js'
import type { Program } from '../../script/bind.js'
import type { DnsRecord } from '../../sim/dns.js'
import { SimDriver } from '../../sim/driver.js'
import { dataReader, roleFile, roleText } from './catalogue.js'
import { DOMAIN, engineFor } from './engine.js'
import { phoneFor, played } from './orders.js'
import { packetsOf, type CaseResult } from './result.js'

const SERVER: Address = { address: '10.0.0.9', port: 5060 }
/** Its second port, for cases that need ports. */
const SERVER2: Address = { address: '10.0.0.9', port: 5070 }
const SERVER6: Address = { address: '2001:db8::9', port: 5060 }
/** Longer than any case waits; a play that is not over then hangs. */
const PLAY_MS_MAX = 3_600_000
const EPOCH_MS = Date.UTC(2026, 0, 1)

export class VirtualTarget {
  readonly #programs = new Map<string, Program<Context>>()
  readonly #databases = new Databases(OPENERS)
  readonly #dataOf: (name: string) => Bytes

  constructor(
    readonly folder: string,
    readonly profile: ProfileName,
    readonly seed: number,
    /** Put around the server: a deliberate fault. */
    private readonly around: (server: Endpoint) => Endpoint = (server) => server,
    /** Single rules as the other profile has them. */
    private readonly turned: readonly DeviationName[] = [],
  ) {
    this.#dataOf = dataReader(folder)
  }

  /** Plays the rows; `told` hears each result as it comes. */
  async runAll(cases: readonly Case[], told: (result: CaseResult) => void): Promise<void> {
    for (const one of cases) told(await this.run(one))
  }

  /** Plays all plays of a row; the first that fails is its result. */
  async run(one: Case): Promise<CaseResult> {
    const { id } = one
    if (one.reason !== undefined) return { id, verdict: 'not executable', text: one.reason, log: [] }
    const file = roleFile(this.folder, 'sipwright', one.role)
    if (file === undefined)
      return { id, verdict: 'not applicable', text: `no configuration for the role ${one.role}`, log: [] }
    for (const [index, play] of one.plays.entries()) {
      const { text, line, passed, log } = await this.#play(
        file,
        one,
        play,
        `${id.toLowerCase()}${index || ''}`,
      )
      if (!passed) return { id, verdict: 'fail', text: `${one.file}:${line}: ${text}`, log }
    }
    return { id, verdict: 'pass', text: '', log: [] }
  }

  #program(file: string): Program<Context> {
    let program = this.#programs.get(file)
    if (program === undefined) this.#programs.set(file, (program = loadScript(roleText(file), file)))
    return program
  }

  async #play(
    file: string,
    one: Case,
    play: Play,
    nonce: string,
  ): Promise<{ text: string; line: number; passed: boolean; log: readonly LogEntry[] }> {
    const sockets = socketsFor(one.needs)
    const tls = one.needs.includes('tls')
    const scene = sceneOf(play, nonce.replace(/[^a-z0-9]/g, ''), this.seed, this.#dataOf, tls)
    const driver = new SimDriver({
      seed: this.seed,
      dns: recordsOf(play, scene),
      answer: (question) => (question.kind === 'query' ? this.#databases.answer(question) : undefined),
    })
    driver.answerWithIcmp(scene.nobody)
    const player = new CasePlayer(scene, play, driver.now)
    await driver.attach('server', this.around(this.#server(file, sockets)), sockets)
    await driver.attach('parties', player, scene.doors)
    await played(player, driver, 'server', PLAY_MS_MAX)
    const verdict = player.verdict ?? { passed: false, text: 'the play did not end', line: 0 }
    const log = verdict.passed ? [] : packetsOf(driver.log, scene)
    await driver.close()
    return { ...verdict, log }
  }

  #server(file: string, sockets: Listen[]): Endpoint {
    const { profile, seed, turned } = this
    if (file.endsWith('.json')) return phoneFor(roleText(file), SERVER, seed)
    const program = this.#program(file)
    return engineFor({ program, profile, turned, seed, sockets, now: 0, epochMs: EPOCH_MS })
  }
}

function socketsFor(needs: readonly string[]): Listen[] {
  return [
    ...both(SERVER),
    ...(needs.includes('ipv6') ? both(SERVER6) : []),
    ...(needs.includes('ports') ? both(SERVER2) : []),
    ...(needs.includes('tls') ? [{ transport: 'tls' as const, ...placeOver('tls', SERVER) }] : []),
  ]
}

function both(address: Address): Listen[] {
  return [
    { transport: 'udp', ...address },
    { transport: 'tcp', ...address },
  ]
}

function sceneOf(
  play: Play,
  nonce: string,
  seed: number,
  dataOf: (name: string) => Bytes,
  tls: boolean,
): Scene {
  const places = new Map<string, Address>()
  for (const party of partiesOf(play)) places.set(party, { address: `10.0.1.${places.size + 1}`, port: 5060 })
  return {
    server: SERVER,
    server2: SERVER2,
    server6: SERVER6,
    domain: DOMAIN,
    nobody: { address: '10.0.9.9', port: 5060 },
    random: new Random(seed),
    doors: doorsOf(play, places, tls),
    ...{ dataOf, places, nonce, patienceMs: 5000, silenceMs: 3000, slackMs: 20 },
  }
}

function recordsOf(play: Play, scene: Scene): DnsRecord[] {
  return play.flatMap((statement) => {
    if (statement.kind !== 'dns') return []
    const value = filledPlaces(statement.value, new Map([...scene.places, ['nobody', scene.nobody]]))
    return [{ name: statement.name, type: statement.record as DnsRecord['type'], value }]
  })
}
