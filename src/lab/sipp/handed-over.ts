// What a SIPp that is a program of its own is given: switches in its own words, and the files that these and its scenario
// name, wherever they lie.

import { existsSync } from 'node:fs'
import { basename, isAbsolute, join } from 'node:path'
import { filesNamed } from '../../sipp-xml/named-files.js'
import type { Scenario } from '../../sipp-xml/program.js'
import type { SippOptions } from '../../sipp-wrapper/index.js'
import { findFile } from './files.js'
import type { Given } from './options.js'

/** Switches whose value is a file that SIPp reads. */
const FILES: readonly string[] = [
  ...['oocsf', 'slave_cfg', 'rxsf', 'plugin'],
  ...['tls_cert', 'tls_key', 'tls_ca', 'tls_crl'],
]

/**
 * Everything that was given but what stands in `handled`. Files are looked for in `folders`; the scenario's own are left out
 * when they are not there, as SIPp decides whether it needs them. Throws a UsageError for a file of a switch that is nowhere.
 */
export function handedOver(
  given: readonly Given[],
  scenario: Scenario | undefined,
  folders: readonly string[],
  handled: readonly string[],
): Required<Pick<SippOptions, 'switches' | 'files' | 'injections'>> {
  const switches: string[] = []
  const injections: string[] = []
  const files: { from: string; as?: string }[] = []
  for (const { name, values } of given) {
    const [value = '', field = ''] = values
    if (handled.includes(name)) continue
    if (name === 'inf') injections.push(findFile(value, folders, 'the CSV file'))
    else if (name === 'infindex') switches.push('-infindex', basename(value), field)
    else if (FILES.includes(name)) {
      files.push({ from: findFile(value, folders, `-${name}`) })
      switches.push(`-${name}`, basename(value))
    } else switches.push(`-${name}`, ...values)
  }
  const named = scenario === undefined ? [] : [...scenario.mediaFiles, ...filesNamed(scenario)]
  for (const name of named) {
    const from = folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
    if (from !== undefined && !isAbsolute(name)) files.push({ from, as: name })
  }
  return { switches, injections, files }
}
