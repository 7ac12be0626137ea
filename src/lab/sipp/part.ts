// What a step says of a SIPp scenario, before anybody plays it: who plays which file, with which switches, against whom.

import { dirname, join } from 'node:path'
import type { Address } from '../../endpoint.js'
import { UsageError } from '../../errors.js'
import type { Pace } from '../../sipp-xml/options.js'
import type { Scenario } from '../../sipp-xml/program.js'
import { parseAddress, type Lab } from '../lab.js'
import { findFile, loadEmbedded, loadScenario } from './files.js'
import { sippArguments, type Given } from './options.js'
import { Settings } from './settings.js'

/** A row of the table behind "plays the SIPp scenario ... with:". */
export type SippRow = readonly string[]

export interface SippLoad {
  readonly calls: number
  readonly rate: number
  readonly limit?: number
}

/** A party of the bench that is to play a scenario. */
export interface Part {
  readonly lab: Lab
  readonly name: string
  /** As the step names it: a file, or an embedded scenario. */
  readonly file: string
  readonly scenario: Scenario
  readonly given: readonly Given[]
  readonly settings: Settings
  readonly load: SippLoad | undefined
  /** Where what the scenario names is looked for: beside it, and where the feature's files lie. */
  readonly folders: readonly string[]
}

/** What a step says of it. */
export interface PartAsked {
  readonly name: string
  readonly file: string
  readonly rows?: readonly SippRow[]
  readonly load?: SippLoad | undefined
}

/** Reads the scenario and the table's rows; where SIPp itself plays, all of its switches count. Throws a UsageError. */
export function partOf(lab: Lab, { name, file, rows = [], load }: PartAsked, isReal: boolean): Part {
  const given = givenIn(rows, isReal)
  const { folders: own } = lab.options
  const folders = [...own.map((folder) => join(folder, dirname(file))), ...own]
  const settings = new Settings(given)
  return { lab, name, file, scenario: scenarioOf(lab, file), given, settings, load, folders }
}

/** Scenario files by their ending; anything else is an embedded scenario. */
export function scenarioOf(lab: Lab, file: string): Scenario {
  if (!isFile(file)) return loadEmbedded(file)
  const { scenario, warnings } = loadScenario(fileOf(lab, file))
  for (const { line, text } of warnings) lab.notes.push(`${file}:${line}: ${text}`)
  return scenario
}

export function isFile(name: string): boolean {
  return /\.xml$/i.test(name)
}

/** Where a scenario file lies. Throws a UsageError. */
export function fileOf(lab: Lab, file: string): string {
  return findFile(file, lab.options.folders, 'the SIPp scenario')
}

/** "key NAME VALUE", "set NAME VALUE", "csv FILE", "index FILE FIELD", "option -switch VALUE..." */
function givenIn(rows: readonly SippRow[], isReal: boolean): Given[] {
  const given: Given[] = []
  for (const row of rows) {
    const [kind = '', ...values] = row.map((cell) => cell.trim())
    if (kind === 'key' || kind === 'set') given.push({ name: kind, values })
    else if (kind === 'csv') given.push({ name: 'inf', values })
    else if (kind === 'index') given.push({ name: 'infindex', values })
    else if (kind === 'option')
      given.push(
        ...sippArguments(
          values.filter((value) => value !== ''),
          isReal,
        ).given,
      )
    else throw new UsageError(`"${kind}": a row begins with key, set, csv, index or option.`)
  }
  return given
}

/** The phone's own address. Throws a UsageError when it was not declared. */
export function localOf({ lab, name }: Part): Address {
  const declared = lab.declarations.find((declaration) => declaration.name === name)
  if (declared === undefined)
    throw new UsageError(`no phone is called ${name}: declare it before it plays a scenario.`)
  return parseAddress(declared.address)
}

export function transportOf({ lab, name, settings }: Part): 'udp' | 'tcp' {
  const declared = lab.declarations.find((declaration) => declaration.name === name)
  return (settings.text('t') ?? declared?.transport ?? 'udp').startsWith('t') ? 'tcp' : 'udp'
}

/** -rsa, or the first proxy; without one the other phone of the scenario. */
export function remoteOf(part: Part): Address | undefined {
  const { lab, name, settings } = part
  const wanted = settings.text('rsa')
  if (wanted !== undefined) return targetOf(lab, wanted)
  const proxy = lab.proxies.values().next().value?.placeFor(transportOf(part))
  const other = lab.declarations.find((declaration) => declaration.name !== name)
  return proxy ?? (other && parseAddress(other.address))
}

/** A phone's name, or an address. */
export function targetOf(lab: Lab, text: string): Address {
  const declared = lab.declarations.find((declaration) => declaration.name === text)
  return parseAddress(declared?.address ?? text)
}

/** A client makes one call, unless it is told otherwise. */
export function paceFor({ scenario, load }: Part, pace: Pace): Pace {
  if (load !== undefined)
    return { ...pace, rate: load.rate, total: load.calls, limit: load.limit ?? pace.limit }
  return scenario.role === 'client' && pace.total === undefined ? { ...pace, total: 1 } : pace
}
