// What a player needs from outside, got together: the far end, files, ports.

import { randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import type { Address } from '../endpoint.js'
import { UsageError } from '../errors.js'
import type { HostDriver } from '../host/driver.js'
import {
  findFile,
  loadEmbedded,
  loadInjection,
  loadMedia,
  loadNamedFiles,
  loadScenario,
} from '../lab/sipp/files.js'
import { Random } from '../random.js'
import { defaultMedia, defaultOptions } from '../sipp-xml/default-options.js'
import type { InjectionFile } from '../sipp-xml/injection.js'
import type { PlayerOptions, TwinOptions } from '../sipp-xml/options.js'
import type { Scenario } from '../sipp-xml/program.js'
import { ownAddress, remoteOf, takePlace, type PlaceWishes } from './sipp-network.js'
import {
  addressOf,
  commonOptions,
  transportMode,
  type Settings,
  type TransportMode,
} from '../lab/sipp/settings.js'
import { twinOptions } from './sipp-twins.js'

const MEDIA_PORT_DEFAULT = 6000

export interface Preparation {
  readonly name: string
  readonly scenario: Scenario
  /** The scenario's file, for what lies beside it. */
  readonly file: string | undefined
  readonly host: string | undefined
  readonly settings: Settings
  readonly allowsExec: boolean
  readonly seed: number | undefined
}

/** Takes the ports and reads the files. Throws a UsageError. */
export async function prepare(preparation: Preparation, driver: HostDriver): Promise<PlayerOptions> {
  const { name, scenario, file, host, settings, seed } = preparation
  const folders = [process.cwd(), ...(file === undefined ? [] : [dirname(file)])]
  const remote = host === undefined ? undefined : await remoteOf(host)
  const twin = twinFor(scenario, settings, remote)
  const injection = injectionFiles(settings, folders)
  const mode = transportMode(settings)
  const field = settings.number('ip_field') ?? (mode.sockets === 'address' ? 0 : undefined)
  const address = settings.text('i') ?? (await ownAddress(remote))
  const wishes = placeWishes({
    scenario,
    settings,
    mode,
    address,
    twin,
    addresses: fieldValues(injection, field),
  })
  const place = await takePlace(driver, name, settings, wishes)
  const random = new Random(seed ?? randomBytes(6).readUIntBE(0, 6))
  const sendTo = settings.text('rsa')
  return {
    ...defaultOptions({ name, scenario, local: place.locals[0]!, random }),
    ...commonOptions(settings),
    ...{ transport: mode.transport, locals: place.locals, connectionPerCall: mode.sockets === 'call' },
    ...(remote !== undefined && { remote }),
    ...(sendTo !== undefined && { sendTo: addressOf(sendTo) }),
    ...(twin !== undefined && { twin }),
    ...(field !== undefined && { addressField: field }),
    ...outsideScenarios(settings, folders),
    media: mediaOptions(scenario, settings, folders, {
      address: settings.text('mi') ?? address,
      port: place.mediaPort,
    }),
    ...{ injection, files: loadNamedFiles(scenario, folders), allowsShell: preparation.allowsExec },
    ...{ pid: process.pid, epochMs: Date.now() - driver.now, trace: true },
  }
}

function twinFor(
  scenario: Scenario,
  settings: Settings,
  remote: Address | undefined,
): TwinOptions | undefined {
  const twin = twinOptions(settings)
  if (scenario.role === 'client' && remote === undefined && scenario.twin === undefined)
    throw new UsageError('sipp: this scenario makes calls: name the far end, as in 192.0.2.1:5060.')
  if (scenario.twin !== undefined && twin === undefined)
    throw new UsageError(
      `sipp: ${scenario.twin} in the scenario: give the other player's address with -3pcc.`,
    )
  return twin
}

function injectionFiles(settings: Settings, folders: readonly string[]): InjectionFile[] {
  const names = settings.all('inf').map(([name = '']) => name)
  return loadInjection(names, settings.pairs('infindex'), folders)
}

/** -t ui: the addresses that the first CSV file names. */
function fieldValues([first]: readonly InjectionFile[], field: number | undefined): string[] {
  if (field === undefined || first === undefined) return []
  return [...new Set(first.lines.map((_, line) => first.field(line, field)))]
}

interface PlaceNeeds {
  readonly scenario: Scenario
  readonly settings: Settings
  readonly mode: TransportMode
  readonly address: string
  readonly addresses: readonly string[]
  readonly twin: TwinOptions | undefined
}

function placeWishes({ scenario, settings, mode, address, addresses, twin }: PlaceNeeds): PlaceWishes {
  const port = settings.number('mp') ?? settings.number('min_rtp_port') ?? MEDIA_PORT_DEFAULT
  const usesMedia = scenario.usesMedia || settings.has('rtp_echo')
  const listens = twin !== undefined && (scenario.twin === 'recvCmd' || twin.extended !== undefined)
  return {
    ...{ mode, address, addresses, everywhere: !settings.has('bind_local') && !settings.has('i') },
    media: usesMedia ? { address: settings.text('mi') ?? address, port } : undefined,
    twin: listens ? (twin.extended?.peers.get(twin.extended.name) ?? twin.address) : undefined,
  }
}

function mediaOptions(
  scenario: Scenario,
  settings: Settings,
  folders: readonly string[],
  { address, port }: Address,
) {
  const { recordings, sounds } = loadMedia(scenario, folders)
  const payloadType = settings.number('rtp_payload')
  return {
    ...{ ...defaultMedia(address), port, sends: true, echoes: settings.has('rtp_echo'), recordings, sounds },
    ...(payloadType !== undefined && { payloadType }),
  }
}

function outsideScenarios(settings: Settings, folders: readonly string[]): Partial<PlayerOptions> {
  const file = settings.text('oocsf')
  const name = settings.text('oocsn')
  const outOfCall =
    file !== undefined
      ? loadScenario(findFile(file, folders, 'the scenario')).scenario
      : name !== undefined
        ? loadEmbedded(name)
        : undefined
  return {
    ...(outOfCall !== undefined && { outOfCall }),
    ...(settings.has('aa') && { automatic: loadEmbedded('ooc_default') }),
  }
}
