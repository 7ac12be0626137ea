// `sipwright sipp --convert`: scenario files as a feature, on standard output. What no step says stands there as a
// remark, and is counted on standard error.

import { existsSync, readFileSync } from 'node:fs'
import { UsageError } from '../errors.js'
import { convertScenario, featureText } from '../sipp-xml/convert.js'
import { findingText } from '../sipp-xml/findings.js'
import { readScenario } from '../sipp-xml/read.js'
import type { Terminal } from './terminal.js'

/** Exit code 1 when a file cannot be read. Throws a UsageError. */
export function convertFiles(files: readonly string[], terminal: Terminal): number {
  if (files.length === 0) throw new UsageError('sipp --convert: name a scenario file.')
  const scenarios = []
  for (const file of files) {
    if (!existsSync(file)) throw new UsageError(`sipp --convert: there is no file ${file}.`)
    const { scenario, findings } = readScenario(readFileSync(file, 'latin1'), file)
    if (scenario === undefined) {
      for (const finding of findings) terminal.err(`${findingText(file, finding)}\n`)
      return 1
    }
    const converted = convertScenario(scenario)
    const { said, unsaid } = converted
    terminal.err(`${file}: ${said} said as steps, ${unsaid} left as remarks\n`)
    scenarios.push({ name: scenario.name || file, converted })
  }
  const [first] = scenarios
  terminal.out(featureText(scenarios.length === 1 ? first!.name : 'Converted from SIPp', scenarios))
  return 0
}
