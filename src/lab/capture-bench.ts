// Captures in scenarios: the recorded parties stand on the scenario's network and play their parts around its proxy.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ExpectationError, UsageError } from '../errors.js'
import { compared } from '../pcap/compare.js'
import { addressText } from '../pcap/message.js'
import { planOf, type PartyPlan } from '../pcap/plan.js'
import { CapturePlayer, listensOf } from '../pcap/player.js'
import { DEFAULT_POLICY, readPolicy, type Policy } from '../pcap/policy.js'
import { Translation } from '../pcap/translation.js'
import { Random } from '../random.js'
import { loadCapture, type Capture } from './capture.js'
import { parseAddress, type Lab } from './lab.js'

/** How long is listened behind the last recorded message. */
const TAIL_MS = 1500

interface Seat {
  readonly name: string
  readonly player: CapturePlayer
}

interface Bench {
  readonly capture: Capture
  /** Names of the capture's addresses. */
  readonly names: ReadonlyMap<string, string>
  readonly seats: Seat[]
}

/** A scenario has at most one capture. */
const benches = new WeakMap<Lab, Bench>()

/** Reads the capture; the table names its addresses (without one, each party is called as its address). */
export async function takeCapture(
  lab: Lab,
  file: string,
  rows: readonly Record<string, string>[],
): Promise<void> {
  const path = lab.options.folders
    .map((folder) => join(folder, file))
    .find((candidate) => existsSync(candidate))
  if (path === undefined)
    throw new UsageError(`capture ${file} is not there. Looked in: ${lab.options.folders.join(', ')}`)
  const capture = await loadCapture(path)
  lab.notes.push(...capture.warnings)
  const names = new Map(
    rows.map(({ address = '', phone = '' }) => [addressText(parseAddress(address)), phone]),
  )
  benches.set(lab, { capture, names, seats: [] })
}

/** Plays one named party, or all; returns when the capture is over. */
export async function playCapture(lab: Lab, who: string, speed: number): Promise<void> {
  const { capture, names, seats } = benchOf(lab)
  await lab.ready()
  const servers = [...lab.proxies.values()].flatMap(({ listens }) =>
    listens.map(({ address, port }) => ({ address, port })),
  )
  const plan = planOf(capture.messages, servers, 'both')
  const translation = new Translation({ moved: [], mark: '', own: plan.own })
  for (const party of plan.parties) {
    const name = names.get(addressText(party.address)) ?? addressText(party.address)
    if (who !== 'both' && who !== name) continue
    const player = playerFor(party, speed, lab.options.seed)
    await lab.driver.attach(name, player, listensOf(party, party.address))
    lab.driver.give(name, { type: 'command', command: { perform: translation } })
    seats.push({ name, player })
  }
  if (seats.length === 0)
    throw new UsageError(`the capture has no party ${who}: ${knownIn(plan.parties, names)}`)
  await lab.driver.advance(plan.durationMs / speed + TAIL_MS)
}

function playerFor(plan: PartyPlan, speed: number, seed: number): CapturePlayer {
  const random = new Random(seed)
  return new CapturePlayer({
    plan,
    local: plan.address,
    placeOf: (address) => address,
    speed,
    passwords: new Map(),
    random,
  })
}

/** What the party got is what it got then, under the default policy and without these headers. */
export function expectAsCaptured(lab: Lab, name: string, ignored: readonly string[]): void {
  const seat = benchOf(lab).seats.find((each) => each.name === name)
  if (seat === undefined) throw new UsageError(`the capture was not replayed as ${name}`)
  const policy = readPolicy(`${DEFAULT_POLICY}\n${ignored.map((header) => `${header}: ignore`).join('\n')}`)
  if ('reason' in policy) throw new UsageError(`"ignoring" names headers, one a row: ${policy.reason}`)
  for (const { performance } of seat.player.going) {
    const [first] = compared(performance, policy as Policy).differences
    if (first === undefined) continue
    const [change] = first.changes
    throw new ExpectationError(
      `${first.kind}: ${first.message}${change === undefined ? '' : ` (${change.what})`}`,
      change?.recorded.join('\n') ?? first.recorded?.trim() ?? 'nothing',
      change?.came.join('\n') ?? first.came?.trim() ?? 'nothing',
    )
  }
}

function benchOf(lab: Lab): Bench {
  const bench = benches.get(lab)
  if (bench === undefined) throw new UsageError('no capture: begin with "Given the capture ..."')
  return bench
}

function knownIn(parties: readonly PartyPlan[], names: ReadonlyMap<string, string>): string {
  return parties.map(({ address }) => names.get(addressText(address)) ?? addressText(address)).join(', ')
}
