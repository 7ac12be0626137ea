// Global options: names and types checked against their records (ser-language 3).

import { ScriptError } from '../errors.js'
import type { OptionRecord } from './contract.js'
import type { HostEntry, OptionValue, Warning } from './program.js'
import { suggestion } from './suggestion.js'
import type { Assignment, Value } from './tree.js'

export interface BoundOption {
  /** Canonical. */
  readonly name: string
  readonly value: OptionValue
}

/** Where what binding finds is put. */
export interface Findings {
  readonly errors: ScriptError[]
  readonly warnings: Warning[]
}

/** Options in the order written. */
export function bindOptions(
  assignments: readonly Assignment[],
  records: Readonly<Record<string, OptionRecord>>,
  { errors, warnings }: Findings,
): BoundOption[] {
  const byName = new Map<string, readonly [string, OptionRecord]>()
  for (const [name, record] of Object.entries(records))
    for (const word of [name, ...(record.aliases ?? [])]) byName.set(word, [name, record])
  const bound: BoundOption[] = []
  for (const { place, name: written, values } of assignments) {
    const [name, record] = byName.get(written) ?? []
    if (name === undefined || record === undefined) {
      const hint = suggestion(written, byName.keys())
      errors.push(new ScriptError(place, `unknown config variable ${written}`, hint))
      continue
    }
    const value = optionValue(record, values)
    if (value instanceof ScriptError) errors.push(value)
    else bound.push({ name, value })
    // What is switched off needs no word about what happens instead.
    if (record.instead !== undefined && value !== 0)
      warnings.push({ position: place, text: `${written}: ${record.instead}` })
  }
  return bound
}

/** The last value of each option; of those that may stand several times, all. */
export function optionMap(
  bound: readonly BoundOption[],
  records: Readonly<Record<string, OptionRecord>>,
): Map<string, OptionValue> {
  const options = new Map<string, OptionValue>()
  for (const { name, value } of bound) {
    const former = records[name]?.repeatable ? options.get(name) : undefined
    options.set(name, isHosts(former) && isHosts(value) ? [...former, ...value] : value)
  }
  return options
}

function isHosts(value: OptionValue | undefined): value is readonly HostEntry[] {
  return Array.isArray(value)
}

function optionValue(record: OptionRecord, values: readonly Value[]): OptionValue | ScriptError {
  if (record.kind === 'ids') return hostEntries(values)
  const [first, second] = values
  if (first === undefined || second !== undefined)
    return new ScriptError(second!.place, 'syntax error: one value only', 'start a new line')
  switch (record.kind) {
    case 'integer':
      if (first.kind === 'number') return first.value
      return new ScriptError(first.place, 'number expected', 'without quotes')
    case 'boolean':
      if (first.kind === 'number') return first.value
      return new ScriptError(first.place, 'boolean value expected', 'yes or no')
    case 'string':
    case 'identifier':
      return textValue(first)
  }
}

function textValue(value: Value): string | ScriptError {
  if (value.kind !== 'string' && value.kind !== 'host' && value.kind !== 'ip')
    return new ScriptError(value.place, 'string value expected', 'put it in quotes')
  if (value.kind !== 'string' && (value.port ?? value.proto) !== undefined)
    return new ScriptError(value.place, 'no protocol or port can stand here', 'name the host alone')
  return value.text
}

function hostEntries(values: readonly Value[]): readonly HostEntry[] | ScriptError {
  const entries: HostEntry[] = []
  for (const value of values) {
    const { place } = value
    if (value.kind === 'string') entries.push({ proto: undefined, host: value.text, port: undefined, place })
    else if (value.kind === 'host' || value.kind === 'ip')
      entries.push({ proto: value.proto, host: value.text, port: value.port, place })
    else return new ScriptError(place, 'a host name or an address is expected', 'put names in quotes')
  }
  return entries
}
