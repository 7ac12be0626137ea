// Plays a capture again: its parties around the in-process engine, in virtual time at the recorded instants, or around a
// live server on real sockets. What the parties got is compared with what they got then.

import type { Listen, LogEntry } from '../driver.js'
import type { Address, Transport } from '../endpoint.js'
import { HostDriver } from '../host/driver.js'
import { compared, type Comparison, type Difference } from '../pcap/compare.js'
import { addressText, type CapturedMessage } from '../pcap/message.js'
import type { Performance } from '../pcap/performance.js'
import { planOf, type PartyPlan, type Plan, type Side } from '../pcap/plan.js'
import { CapturePlayer, listensOf } from '../pcap/player.js'
import type { Policy } from '../pcap/policy.js'
import { Translation, type Moved } from '../pcap/translation.js'
import { Engine, type EngineOptions } from '../proxy/engine.js'
import { Random } from '../random.js'
import { SimDriver } from '../sim/driver.js'
import type { Answerer } from '../sim/questions.js'
import { MODULES } from '../modules/index.js'

/** The server's name in the log. */
export const SERVER = 'server'
/** How long is listened behind the last recorded message. */
const TAIL_MS = 1500
/** On a real network a run ends early when all has come and so long nothing else. */
const LINGER_MS = 300
/** ... and when nothing can be sent any more and nothing has come for so long. */
const SILENCE_MS = 5000
const LOOK_MS = 50
/** A live server may take so much longer than the recorded one. */
const PATIENCE_MS = 64_000

export interface ReplayOptions {
  readonly messages: readonly CapturedMessage[]
  /** The addresses in the capture that the tested server takes. */
  readonly servers: readonly Address[]
  readonly side: Side
  readonly policy: Policy
  readonly passwords: ReadonlyMap<string, string>
  /** How many play at once, and how often one after the other. */
  readonly calls: number
  readonly loops: number
  readonly speed: number
  readonly seed: number
  /** New Call-IDs, branches and tags even for a single call. */
  readonly fresh: boolean
}

export interface EngineUnderReplay {
  readonly program: EngineOptions['program']
  readonly profile: EngineOptions['profile']
  readonly identity: EngineOptions['identity']
  /** Answers what the script asks of the world (commands); names are not resolved. */
  readonly answer?: Answerer
}

/** A live server, and the address of this machine that the parties take. */
export interface Target {
  readonly transport: Transport
  readonly address: string
  readonly port: number
  readonly local: string
}

export interface ReplayResult extends Comparison {
  readonly plan: Plan
  readonly log: readonly LogEntry[]
  /** Messages that the parties sent, and those that they could not. */
  readonly sent: number
  readonly unsent: number
  /** When the first performance began. */
  readonly startMs: number
}

interface Seat {
  readonly plan: PartyPlan
  readonly player: CapturePlayer
}

/** Around the engine, in virtual time. */
export async function replayWithEngine(
  options: ReplayOptions,
  under: EngineUnderReplay,
): Promise<ReplayResult> {
  const plan = planOf(options.messages, options.servers, options.side)
  const random = new Random(options.seed)
  const { answer, ...engineOptions } = under
  const driver = new SimDriver({ seed: options.seed, ...(answer && { answer }) })
  const sockets = serverSockets(options.messages, options.servers)
  const engine = new Engine({
    ...engineOptions,
    ...{ modules: MODULES, sockets, random: random.fork(), trace: true, now: driver.now },
    epochMs: options.messages[0]?.at ?? 0,
  })
  await driver.attach(SERVER, engine, sockets)
  const seats: Seat[] = []
  for (const party of plan.parties) {
    const player = playerFor(party, party.address, (address) => address, options, random)
    seats.push({ plan: party, player })
    await driver.attach(addressText(party.address), player, listensOf(party, party.address))
  }
  const translations = marks(options, plan, [], random)
  for (const batch of translations) {
    for (const translation of batch) begin(driver, seats, translation)
    await driver.advance(plan.durationMs / options.speed + TAIL_MS)
  }
  await driver.close()
  return resultOf(plan, seats, options.policy, driver.log, 0)
}

/** Around a live server, on real sockets. */
export async function replayAtTarget(options: ReplayOptions, target: Target): Promise<ReplayResult> {
  const plan = planOf(options.messages, options.servers, options.side)
  const random = new Random(options.seed)
  const driver = new HostDriver({ record: 'all' })
  try {
    const seats: Seat[] = []
    const moved: Moved[] = options.servers.map((recorded) => ({ recorded, ours: target }))
    const waiting: { party: PartyPlan; local: Address }[] = []
    for (const party of plan.parties) {
      const bound = await bind(driver, party, target)
      moved.push({ recorded: party.address, ours: bound })
      waiting.push({ party, local: bound })
    }
    const places = new Map(moved.map(({ recorded, ours }) => [addressText(recorded), ours]))
    const placeOf = (address: Address): Address => places.get(addressText(address)) ?? address
    for (const { party, local } of waiting) {
      const player = playerFor(party, local, placeOf, options, random)
      seats.push({ plan: party, player })
      driver.run(addressText(party.address), player)
    }
    const startMs = driver.now
    for (const batch of marks(options, plan, moved, random)) {
      for (const translation of batch) begin(driver, seats, translation)
      const end = driver.now + plan.durationMs / options.speed + PATIENCE_MS
      const isOver = settled(seats, () => driver.now)
      // The driver looks only when something happens, and here nothing happening counts.
      while (!isOver() && driver.now < end) await driver.runUntil(isOver, LOOK_MS)
    }
    return resultOf(plan, seats, options.policy, driver.log, startMs)
  } finally {
    await driver.close()
  }
}

async function bind(driver: HostDriver, party: PartyPlan, { local }: Target): Promise<Address> {
  const listens = listensOf(party, { address: local, port: 0 })
  const bound = await driver.bind(addressText(party.address), listens)
  const { address, port } = bound[0]!
  return { address, port }
}

/** Everything has come and gone out, and then it was quiet for a moment. */
function settled(seats: readonly Seat[], now: () => number): () => boolean {
  let count = -1
  let since = 0
  return () => {
    const performances = seats.flatMap(({ player }) => player.going.map(({ performance }) => performance))
    const heard = performances.reduce((sum, { received, unsent }) => sum + received.length - unsent.length, 0)
    if (heard !== count) [count, since] = [heard, now()]
    const isQuiet = performances.every(({ deadline }) => deadline === undefined)
    const isWhole = performances.every(({ missing }) => missing.length === 0)
    return isQuiet && now() - since >= (isWhole ? LINGER_MS : SILENCE_MS)
  }
}

function begin(driver: SimDriver | HostDriver, seats: readonly Seat[], translation: Translation): void {
  for (const { plan } of seats)
    driver.give(addressText(plan.address), { type: 'command', command: { perform: translation } })
}

function playerFor(
  plan: PartyPlan,
  local: Address,
  placeOf: (recorded: Address) => Address,
  { speed, passwords }: ReplayOptions,
  random: Random,
): CapturePlayer {
  return new CapturePlayer({ plan, local, placeOf, speed, passwords, random: random.fork() })
}

/** Batch by batch, the translations of the calls in it. */
function marks(options: ReplayOptions, plan: Plan, moved: readonly Moved[], random: Random): Translation[][] {
  const { calls, loops, fresh } = options
  const isMany = calls * loops > 1 || fresh
  return Array.from({ length: loops }, () =>
    Array.from({ length: calls }, () => {
      const mark = isMany ? `-r${random.hex(8)}` : ''
      return new Translation({ moved, mark, own: plan.own })
    }),
  )
}

/** Where the server listens: at its addresses, for every transport that was used there. */
export function serverSockets(messages: readonly CapturedMessage[], servers: readonly Address[]): Listen[] {
  const sockets = new Map<string, Listen>()
  const wanted = new Set(servers.map(addressText))
  for (const { transport, source, target } of messages)
    for (const address of [source, target])
      if (wanted.has(addressText(address)) && (transport === 'udp' || transport === 'tcp'))
        sockets.set(`${transport} ${addressText(address)}`, { transport, ...address })
  return [...sockets.values()]
}

function resultOf(
  plan: Plan,
  seats: readonly Seat[],
  policy: Policy,
  log: readonly LogEntry[],
  startMs: number,
): ReplayResult {
  const performances: Performance[] = seats.flatMap(({ player }) =>
    player.going.map(({ performance }) => performance),
  )
  const differences: Difference[] = []
  let count = 0
  let beyond = 0
  for (const performance of performances) {
    const one = compared(performance, policy)
    count += one.compared
    beyond += one.beyond
    differences.push(...one.differences)
  }
  differences.sort((one, two) => one.at - two.at)
  const unsent = performances.reduce((sum, performance) => sum + performance.unsent.length, 0)
  const planned = performances.reduce((sum, performance) => sum + performance.plan.sends.length, 0)
  return { plan, log, compared: count, beyond, differences, sent: planned - unsent, unsent, startMs }
}
