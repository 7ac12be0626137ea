// Plays cases against the engine in virtual time: for each play a network, an engine and its parties of their own, so
// that nothing is left of one when the next begins, and 64*T1 takes no time.

import { readFileSync } from 'node:fs'
import { partiesOf, type Case, type Play } from '../../conformance/cases/case.js'
import { CasePlayer } from '../../conformance/cases/player.js'
import { doorsOf, filledPlaces, type Scene } from '../../conformance/cases/scene.js'
import type { Listen, LogEntry } from '../../driver.js'
import type { Address } from '../../endpoint.js'
import { loadScript } from '../../modules/index.js'
import type { Context } from '../../proxy/context.js'
import type { Engine } from '../../proxy/engine.js'
import type { ProfileName } from '../../proxy/profile.js'
import { Random } from '../../random.js'
import type { Program } from '../../script/bind.js'
import type { DnsRecord } from '../../sim/dns.js'
import { SimDriver } from '../../sim/driver.js'
import { roleFile } from './catalogue.js'
import { DOMAIN, engineFor } from './engine.js'
import { packetsOf, type CaseResult } from './result.js'

const SERVER: Address = { address: '10.0.0.9', port: 5060 }
/** Longer than any case waits; a play that is not over then hangs. */
const PLAY_MS_MAX = 3_600_000
const EPOCH_MS = Date.UTC(2026, 0, 1)

export class VirtualTarget {
  readonly #programs = new Map<string, Program<Context>>()

  constructor(
    readonly folder: string,
    readonly profile: ProfileName,
    readonly seed: number,
  ) {}

  /** Plays the rows; `told` hears each result as it comes. */
  async runAll(cases: readonly Case[], told: (result: CaseResult) => void): Promise<void> {
    for (const one of cases) told(await this.run(one))
  }

  /** Plays all plays of a row; the first that fails is its result. */
  async run(one: Case): Promise<CaseResult> {
    const { id } = one
    if (one.reason !== undefined) return { id, verdict: 'not executable', text: one.reason, log: [] }
    const program = this.#program(one.role)
    if (program === undefined)
      return { id, verdict: 'not applicable', text: `no configuration for the role ${one.role}`, log: [] }
    for (const [index, play] of one.plays.entries()) {
      const { text, line, passed, log } = await this.#play(program, play, `${id.toLowerCase()}${index || ''}`)
      if (!passed) return { id, verdict: 'fail', text: `${one.file}:${line}: ${text}`, log }
    }
    return { id, verdict: 'pass', text: '', log: [] }
  }

  #program(role: string): Program<Context> | undefined {
    const file = roleFile(this.folder, 'sipwright', role)
    if (file === undefined) return undefined
    let program = this.#programs.get(role)
    if (program === undefined)
      this.#programs.set(role, (program = loadScript(readFileSync(file, 'utf8'), file)))
    return program
  }

  async #play(
    program: Program<Context>,
    play: Play,
    nonce: string,
  ): Promise<{ text: string; line: number; passed: boolean; log: readonly LogEntry[] }> {
    const scene = sceneOf(play, nonce.replace(/[^a-z0-9]/g, ''), this.seed)
    const driver = new SimDriver({ seed: this.seed, dns: recordsOf(play, scene) })
    driver.answerWithIcmp(scene.nobody)
    const player = new CasePlayer(scene, play, driver.now)
    await driver.attach('server', this.#engine(program), both(SERVER))
    await driver.attach('parties', player, scene.doors)
    await driver.runUntil(() => player.verdict !== undefined, PLAY_MS_MAX)
    const verdict = player.verdict ?? { passed: false, text: 'the play did not end', line: 0 }
    const log = verdict.passed ? [] : packetsOf(driver.log, scene)
    await driver.close()
    return { ...verdict, log }
  }

  #engine(program: Program<Context>): Engine {
    const { profile, seed } = this
    return engineFor({ program, profile, seed, sockets: both(SERVER), now: 0, epochMs: EPOCH_MS })
  }
}

function both(address: Address): Listen[] {
  return [
    { transport: 'udp', ...address },
    { transport: 'tcp', ...address },
  ]
}

function sceneOf(play: Play, nonce: string, seed: number): Scene {
  const places = new Map<string, Address>()
  for (const party of partiesOf(play)) places.set(party, { address: `10.0.1.${places.size + 1}`, port: 5060 })
  return {
    server: SERVER,
    domain: DOMAIN,
    nobody: { address: '10.0.9.9', port: 5060 },
    random: new Random(seed),
    doors: doorsOf(play, places),
    ...{ places, nonce, patienceMs: 5000, silenceMs: 3000, slackMs: 20 },
  }
}

function recordsOf(play: Play, scene: Scene): DnsRecord[] {
  return play.flatMap((statement) => {
    if (statement.kind !== 'dns') return []
    const value = filledPlaces(statement.value, scene.places)
    return [{ name: statement.name, type: statement.record as DnsRecord['type'], value }]
  })
}
