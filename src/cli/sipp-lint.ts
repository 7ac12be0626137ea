// `sipwright sipp --lint`: scenario files read critically, and `--corpus`: a whole folder of them, counted.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { UsageError } from '../errors.js'
import { findingText, type Finding } from '../sipp-xml/findings.js'
import { playNotes } from '../sipp-xml/notes.js'
import { readScenario } from '../sipp-xml/read.js'
import { FILE_BYTES_MAX } from '../sipp-xml/xml.js'
import type { Terminal } from './terminal.js'

interface Linted {
  readonly file: string
  readonly ok: boolean
  readonly findings: readonly Finding[]
}

function lint(file: string): Linted {
  const bytes = readFileSync(file, 'latin1')
  const { scenario, findings } = readScenario(bytes, file)
  const notes = scenario === undefined ? [] : playNotes(scenario, bytes)
  return { file, ok: scenario !== undefined, findings: [...findings, ...notes] }
}

/** Prints every finding; exit code 1 when a file cannot be played. */
export function lintFiles(files: readonly string[], json: boolean, terminal: Terminal): number {
  if (files.length === 0) throw new UsageError('sipp --lint: name a scenario file.')
  for (const file of files)
    if (!existsSync(file)) throw new UsageError(`sipp --lint: there is no file ${file}.`)
  const results = files.map(lint)
  if (json) terminal.out(`${JSON.stringify(results, undefined, 2)}\n`)
  else for (const result of results) print(result, terminal)
  return results.every(({ ok }) => ok) ? 0 : 1
}

function print({ file, ok, findings }: Linted, terminal: Terminal): void {
  for (const finding of findings) terminal.err(`${findingText(file, finding)}\n`)
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const warnings = findings.length - errors
  const counts = `${errors} error${errors === 1 ? '' : 's'}, ${warnings} warning${warnings === 1 ? '' : 's'}`
  terminal.out(`${file}: ${ok ? 'can be played' : 'cannot be played'} (${counts})\n`)
}

const FILES_MAX = 100_000

/** Reads every scenario under a folder; prints counts and reasons. Exit code 0: it is a measurement, not a judgement. */
export function lintCorpus(folder: string, json: boolean, terminal: Terminal): number {
  if (!existsSync(folder) || !statSync(folder).isDirectory())
    throw new UsageError(`sipp --corpus ${folder}: this is no folder.`)
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.xml'))
    .slice(0, FILES_MAX)
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(isScenario)
    .sort()
  const results = files.map(lint)
  const loaded = results.filter(({ ok }) => ok).length
  const kinds = countKinds(results)
  if (json) {
    terminal.out(`${JSON.stringify({ files: files.length, loaded, kinds }, undefined, 2)}\n`)
    return 0
  }
  for (const { file, ok, findings } of results)
    if (!ok)
      for (const finding of findings)
        if (finding.severity === 'error') terminal.out(`${findingText(relative(folder, file), finding)}\n`)
  const percent = files.length === 0 ? 0 : (100 * loaded) / files.length
  terminal.out(`${loaded} of ${files.length} scenarios can be played (${percent.toFixed(1)} %)\n`)
  for (const [kind, { files, findings }] of Object.entries(kinds))
    terminal.out(`  ${kind.padEnd(30)}${String(findings).padStart(6)} in ${files} files\n`)
  return 0
}

/** Other XML files lie about, too. */
function isScenario(file: string): boolean {
  return statSync(file).size <= FILE_BYTES_MAX && /<scenario[\s>]/.test(readFileSync(file, 'latin1'))
}

function countKinds(results: readonly Linted[]): Record<string, { files: number; findings: number }> {
  const kinds: Record<string, { files: number; findings: number }> = {}
  for (const { findings } of results) {
    const names = findings.map(({ severity, kind }) => `${severity} ${kind}`)
    for (const name of names) (kinds[name] ??= { files: 0, findings: 0 }).findings++
    for (const name of new Set(names)) kinds[name]!.files++
  }
  return Object.fromEntries(Object.entries(kinds).sort(([one], [two]) => (one < two ? -1 : 1)))
}
