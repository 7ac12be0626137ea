// SIPp scenarios on a scenario's bench: a phone plays one in process, in virtual time or on loopback sockets, and its
// calls are judged as SIPp's exit code, counters and response times would.

import { dirname, join } from 'node:path'
import type { Listen } from '../driver.js'
import type { Address } from '../endpoint.js'
import { ExpectationError, UsageError } from '../errors.js'
import { Random } from '../random.js'
import { defaultMedia, defaultOptions } from '../sipp-xml/default-options.js'
import type { Pace, PlayerOptions } from '../sipp-xml/options.js'
import { Player } from '../sipp-xml/player.js'
import type { Scenario } from '../sipp-xml/program.js'
import type { Durations, Failure } from '../sipp-xml/statistics.js'
import type { Count } from './patterns.js'
import { parseAddress, type Lab } from './lab.js'
import {
  findFile,
  loadEmbedded,
  loadInjection,
  loadMedia,
  loadNamedFiles,
  loadScenario,
} from './sipp-files.js'
import { sippArguments, type Given } from './sipp-options.js'
import { commonOptions, Settings } from './sipp-settings.js'

/** A row of the table behind "plays the SIPp scenario ... with:". */
export type SippRow = readonly string[]

export interface SippLoad {
  readonly calls: number
  readonly rate: number
  readonly limit?: number
}

const players = new WeakMap<Lab, Map<string, Player>>()

/** The phone leaves the network, and a player takes its place, once the Givens are done. */
export function playSippScenario(
  lab: Lab,
  name: string,
  file: string,
  rows: readonly SippRow[] = [],
  load?: SippLoad,
): void {
  const settings = settingsOf(rows)
  const scenario = scenarioOf(lab, file)
  lab.beforehand(async () => {
    const options = optionsFor(lab, { name, scenario, folders: foldersFor(lab, file) }, settings, load)
    const player = new Player(options)
    let own = players.get(lab)
    if (own === undefined) players.set(lab, (own = new Map<string, Player>()))
    own.set(name, player)
    await lab.driver.detach(name)
    await lab.driver.attach(name, player, listensOf(player, options))
  })
}

/** Scenario files by their ending; anything else is an embedded scenario. */
function scenarioOf(lab: Lab, file: string): Scenario {
  if (!/\.xml$/i.test(file)) return loadEmbedded(file)
  const { scenario, warnings } = loadScenario(findFile(file, lab.options.folders, 'the SIPp scenario'))
  for (const { line, text } of warnings) lab.notes.push(`${file}:${line}: ${text}`)
  return scenario
}

/** "key NAME VALUE", "set NAME VALUE", "csv FILE", "index FILE FIELD", "option -switch VALUE..." */
function settingsOf(rows: readonly SippRow[]): Settings {
  const given: Given[] = []
  for (const row of rows) {
    const [kind = '', ...values] = row.map((cell) => cell.trim())
    if (kind === 'key' || kind === 'set') given.push({ name: kind, values })
    else if (kind === 'csv') given.push({ name: 'inf', values })
    else if (kind === 'index') given.push({ name: 'infindex', values })
    else if (kind === 'option') given.push(...sippArguments(values.filter((value) => value !== '')).given)
    else throw new UsageError(`"${kind}": a row begins with key, set, csv, index or option.`)
  }
  return new Settings(given)
}

function addressOf(lab: Lab, name: string): Address {
  const declared = lab.declarations.find((declaration) => declaration.name === name)
  if (declared === undefined)
    throw new UsageError(`no phone is called ${name}: declare it before it plays a scenario.`)
  return parseAddress(declared.address)
}

/** The first proxy; without one the other phone of the scenario. */
function remoteFor(
  lab: Lab,
  name: string,
  settings: Settings,
  transport: 'udp' | 'tcp',
): PlayerOptions['remote'] {
  const wanted = settings.text('rsa')
  const proxy = lab.proxies.values().next().value?.placeFor(transport)
  const other = lab.declarations.find((declaration) => declaration.name !== name)
  const place =
    wanted !== undefined ? targetOf(lab, wanted) : (proxy ?? (other && parseAddress(other.address)))
  return place && { address: place.address, port: place.port, host: place.address }
}

/** A phone's name, or an address. */
function targetOf(lab: Lab, text: string): Address {
  const declared = lab.declarations.find((declaration) => declaration.name === text)
  return parseAddress(declared?.address ?? text)
}

/** What a scenario names lies beside it, or where the feature's files lie. */
function foldersFor(lab: Lab, file: string): readonly string[] {
  const { folders } = lab.options
  return [...folders.map((folder) => join(folder, dirname(file))), ...folders]
}

interface Part {
  readonly name: string
  readonly scenario: Scenario
  readonly folders: readonly string[]
}

function optionsFor(lab: Lab, part: Part, settings: Settings, load: SippLoad | undefined): PlayerOptions {
  const { name, scenario, folders } = part
  const local = addressOf(lab, name)
  const declared = lab.declarations.find((declaration) => declaration.name === name)
  const transport = (settings.text('t') ?? declared?.transport ?? 'udp').startsWith('t') ? 'tcp' : 'udp'
  const remote = remoteFor(lab, name, settings, transport)
  const common = commonOptions(settings)
  const { recordings, sounds } = loadMedia(scenario, folders)
  const seed = lab.options.seed + [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7)
  const names = settings.all('inf').map(([file = '']) => file)
  const twin = settings.text('3pcc')
  const outside = settings.text('oocsf') ?? settings.text('oocsn')
  return {
    ...defaultOptions({ name, scenario, local, random: new Random(seed) }),
    ...common,
    ...{ transport, connectionPerCall: settings.text('t') === 'tn' },
    ...(remote !== undefined && { remote }),
    ...(twin !== undefined && { twin: { address: targetOf(lab, twin) } }),
    ...(settings.has('aa') && { automatic: loadEmbedded('ooc_default') }),
    ...(outside !== undefined && { outOfCall: scenarioOf(lab, outside) }),
    service: settings.pairs('key').get('service') ?? common.service ?? 'service',
    injection: loadInjection(names, settings.pairs('infindex'), folders),
    files: loadNamedFiles(scenario, folders),
    media: {
      ...defaultMedia(local.address),
      sends: lab.options.real,
      recordings,
      sounds,
      echoes: settings.has('rtp_echo'),
    },
    pace: paceFor(scenario, common.pace!, load),
    trace: true,
  }
}

/** A client makes one call, unless it is told otherwise. */
function paceFor({ role }: Scenario, pace: Pace, load: SippLoad | undefined): Pace {
  if (load !== undefined)
    return { ...pace, rate: load.rate, total: load.calls, limit: load.limit ?? pace.limit }
  return role === 'client' && pace.total === undefined ? { ...pace, total: 1 } : pace
}

function listensOf(
  { twinAddress, scenario }: Player,
  { transport, locals, media, twin }: PlayerOptions,
): Listen[] {
  const listens: Listen[] = locals.map((local) => ({ transport, ...local }))
  if (twinAddress !== undefined) listens.push({ transport: 'tcp', ...twinAddress })
  // A connection to the other player leaves from an address that the network knows.
  else if (twin !== undefined && transport !== 'tcp') listens.push({ transport: 'tcp', ...locals[0]! })
  if (scenario.usesMedia && media.sends)
    for (const port of [media.port, media.port + 2])
      listens.push({ transport: 'udp', address: media.address, port })
  return listens
}

// ---- judging ----

/** The player that a phone has become. */
export function sippPlayer(lab: Lab, name: string): Player {
  const player = players.get(lab)?.get(name)
  if (player === undefined) throw new UsageError(`${name} plays no SIPp scenario.`)
  return player
}

/** How its calls stand, for a failure. */
function situation(lab: Lab, name: string): string {
  const player = sippPlayer(lab, name)
  const { total } = player.statistics
  const failures = Object.entries(total).filter(
    ([key, count]) => key.startsWith('Failed') && key !== 'FailedCall' && count > 0,
  )
  const counts = `${total.SuccessfulCall} successful, ${total.FailedCall} failed, ${player.calls} open`
  const reasons = failures.map(([key, count]) => `${key} ${count}`).join(', ')
  return [counts, reasons, player.fatal ?? remarksOf(lab, name).at(-1) ?? '']
    .filter((part) => part !== '')
    .join('; ')
}

/** Warnings, errors and <log> texts. */
export function remarksOf(lab: Lab, name: string): string[] {
  return lab.log.flatMap((entry) =>
    entry.kind === 'event' && entry.endpoint === name && entry.event.kind === 'log' ? [entry.event.text] : [],
  )
}

/** A client has made its calls; a server has none open, and has had one. */
async function finished(lab: Lab, name: string): Promise<Player> {
  await lab.ready()
  const player = sippPlayer(lab, name)
  const isDone = (): boolean => {
    const { statistics, calls, ended } = player
    return ended || (player.scenario.role === 'server' && calls === 0 && statistics.created > 0)
  }
  await lab.until(isDone, `the SIPp scenario of ${name} comes to its end`, () => situation(lab, name))
  return player
}

/** At least one call, and none failed. */
export async function expectSippSuccess(lab: Lab, name: string): Promise<void> {
  const { statistics, fatal } = await finished(lab, name)
  const { SuccessfulCall, FailedCall } = statistics.total
  if (fatal === undefined && FailedCall === 0 && SuccessfulCall > 0) return
  throw new ExpectationError(`the SIPp scenario of ${name}`, 'all calls succeed', situation(lab, name))
}

/** A call failed; with `reason`: for this reason (a counter's name, or words of a remark). */
export async function expectSippFailure(lab: Lab, name: string, reason?: string): Promise<void> {
  const { statistics, fatal } = await finished(lab, name)
  const hasFailed = fatal !== undefined || statistics.total.FailedCall > 0
  if (hasFailed && (reason === undefined || isReason(lab, name, reason))) return
  throw new ExpectationError(
    `the SIPp scenario of ${name}`,
    `fails${reason === undefined ? '' : ` with ${reason}`}`,
    situation(lab, name),
  )
}

function isReason(lab: Lab, name: string, reason: string): boolean {
  const { statistics, fatal } = sippPlayer(lab, name)
  const key = `Failed${reason.replace(/^Failed/, '').replace(/[^A-Za-z]/g, '')}`.toLowerCase()
  const counted = Object.keys(statistics.total).find((one) => one.toLowerCase() === key) as
    Failure | undefined
  if (counted !== undefined) return statistics.total[counted] > 0
  return fatal?.includes(reason) === true || remarksOf(lab, name).some((text) => text.includes(reason))
}

export async function expectSippExit(lab: Lab, name: string, code: number): Promise<void> {
  const { exitCode } = await finished(lab, name)
  if (exitCode !== code)
    throw new ExpectationError(
      `the SIPp scenario of ${name}`,
      `exit code ${code}`,
      `${exitCode} (${situation(lab, name)})`,
    )
}

/** What a scenario's counters are called in steps. */
export const SIPP_COUNTERS = {
  succeed: 'SuccessfulCall',
  fail: 'FailedCall',
} as const

/** So many calls succeeded or failed, when all are over. */
export async function expectSippCalls(
  lab: Lab,
  name: string,
  count: Count,
  verb: keyof typeof SIPP_COUNTERS,
): Promise<void> {
  const { statistics } = await finished(lab, name)
  const number = statistics.total[SIPP_COUNTERS[verb]]
  if (number < count.least || number > count.most)
    throw new ExpectationError(
      `calls of ${name} that ${verb}`,
      count.text,
      `${number} (${situation(lab, name)})`,
    )
}

export async function expectSippRetransmissions(lab: Lab, name: string, count: Count): Promise<void> {
  const { statistics } = await finished(lab, name)
  const { Retransmissions } = statistics.total
  if (Retransmissions < count.least || Retransmissions > count.most)
    throw new ExpectationError(`retransmissions of ${name}`, count.text, String(Retransmissions))
}

/** No response time (of any timer) was longer, or the mean was not. */
export async function expectSippResponseTime(
  lab: Lab,
  name: string,
  which: 'longest' | 'mean',
  limitMs: number,
): Promise<void> {
  const { statistics } = await finished(lab, name)
  const spans = statistics.responseTimes.map(({ total }) => total).filter(({ count }) => count > 0)
  if (spans.length === 0)
    throw new ExpectationError(`response times of ${name}`, 'at least one', 'none was measured')
  const value = ({ max, mean }: Durations): number => (which === 'longest' ? max : mean)
  const worst = Math.max(...spans.map(value))
  if (worst > limitMs)
    throw new ExpectationError(
      `the ${which} response time of ${name}`,
      `at most ${limitMs} ms`,
      `${worst} ms`,
    )
}

/** A remark (<log>, <warning>, a complaint of the player) contains these words. */
export async function expectSippRemark(lab: Lab, name: string, words: string): Promise<void> {
  await lab.ready()
  const has = (): boolean => remarksOf(lab, name).some((text) => text.includes(words))
  await lab.until(has, `${name} says "${words}"`, () => remarksOf(lab, name).join(' | ') || 'nothing')
}
