// The generated references say what the records say: docs/modules.md, docs/deviations.md, steps/README.md,
// features/conformance/rows.md, src/modules/README.md.
// UPDATE=1 writes them anew.

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { MODULES } from '../modules/index.js'
import { CORE_CONTROLS } from '../proxy/controls.js'
import type { ControlRecord } from '../proxy/module.js'
import { DEVIATIONS } from '../proxy/profile.js'
import { RULES } from '../conformance/index.js'
import { CATALOGUE, readCatalogue } from './conformance/catalogue.js'
import { neglected, triedPage } from './module-tests.js'

function same(file: string, text: string): void {
  if (process.env.UPDATE === '1') writeFileSync(file, text)
  assert.equal(readFileSync(file, 'utf8'), text, `${file} is out of date: run UPDATE=1 npm run unit`)
}

function cell(text: unknown): string {
  return String(text).replace(/\|/g, '\\|')
}

function kindName(kind: unknown): string {
  return typeof kind === 'object' && kind !== null ? String((kind as { name: string }).name) : String(kind)
}

function controlRows(controls: Readonly<Record<string, ControlRecord>>): string[] {
  return Object.entries(controls).map(
    ([name, { args, about }]) => `| \`${name}\` | ${cell(args.join(', '))} | ${cell(about)} |`,
  )
}

/** The control commands of the core. */
function coreControls(): string {
  const rows = controlRows(CORE_CONTROLS).join('\n')
  return `## Control commands of the core\n\n| control command | arguments | |\n|---|---|---|\n${rows}\n`
}

function modulesPage(): string {
  const parts = MODULES.map((module) => {
    const functions = Object.entries(module.functions).map(
      ([name, { args, optional = 0, routes, about }]) => {
        const shown = args.map((kind, at) =>
          at >= args.length - optional ? `[${kindName(kind)}]` : kindName(kind),
        )
        return `| \`${name}(${cell(shown.join(', '))})\` | ${routes.join(', ') || 'nowhere'} | ${cell(about)} |`
      },
    )
    const params = Object.entries(module.params).map(
      ([name, { kind, initial, about }]) =>
        `| \`${name}\` | ${kind} | ${cell(initial ?? '')} | ${cell(about)} |`,
    )
    const lines = [
      `## ${module.file}`,
      '',
      `${module.about}${module.needs ? ` (needs ${module.needs.join(', ')})` : ''}`,
      '',
    ]
    if (functions.length > 0) lines.push('| function | routes | |', '|---|---|---|', ...functions, '')
    if (params.length > 0)
      lines.push('| parameter | kind | unless set | |', '|---|---|---|---|', ...params, '')
    const controls = controlRows(module.controls ?? {})
    if (controls.length > 0) lines.push('| control command | arguments | |', '|---|---|---|', ...controls, '')
    return lines.join('\n')
  })
  return `# Modules\n\nWritten from the module records. Arguments of module functions stand in quotes.\n\n${parts.join('\n')}\n${coreControls()}`
}

function deviationsPage(): string {
  const show = (value: unknown): string =>
    value === undefined ? 'by parameter' : cell(JSON.stringify(value))
  const rows = Object.entries(DEVIATIONS).map(
    ([name, { about, clause, ser, rfc3261, reason }]) =>
      `| \`${name}\` | ${cell(about)} | ${show(ser)} | ${show(rfc3261)} | ${clause} | ${cell(reason)} |`,
  )
  const rules = RULES.map(
    ({ id, clause, about, brokenBySer }) => `| \`${id}\` | ${about} | ${clause} | ${brokenBySer ?? ''} |`,
  )
  return [
    '# Where SER and the RFC differ',
    '',
    'Written from `src/proxy/profile.ts`. The profile `ser` does the third column, `rfc3261` the fourth.',
    '',
    '| name | what | ser | rfc3261 | clause | why |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    '## Always-on rules',
    '',
    'Every run is watched by these; the last column says why a rule is off in profile `ser`.',
    '',
    '| rule | what | clause | off in ser |',
    '|---|---|---|---|',
    ...rules,
    '',
  ].join('\n')
}

/** The expressions as they stand in the step files, in order. */
function stepsPage(): string {
  const parts = readdirSync('steps')
    .filter((file) => file.endsWith('.steps.ts'))
    .sort()
    .map((file) => {
      const source = readFileSync(`steps/${file}`, 'utf8')
      const head = /^\/\/ (.*?)(?: \(rows? .*)?\.?$/m.exec(source)?.[1] ?? file
      const steps = [
        ...source.matchAll(/^(Given|When|Then)\(\s*(?:'((?:[^'\\]|\\.)*)'|(\/[^\n]*\/),)/gm),
      ].map(
        ([, keyword, expression, pattern]) =>
          `- ${keyword} ${expression?.replace(/\\'/g, "'") ?? `\`${pattern}\``}`,
      )
      return [`## ${head.replace(/[.,].*$/, '')}`, '', ...steps, ''].join('\n')
    })
  const kinds =
    '`{phone}` Alice or "Alice"; `{party}` a phone or "the proxy"; `{target}` a phone, an AOR or a URI; `{status}` 486, 486 Busy Here or 4xx; `{message}` INVITE, 486, 200 to INVITE; `{duration}` 500 ms, 20 s, 2 minutes, T1, 64*T1; `{count}` no, exactly 2, at least 1, at most 10, between 1 and 3; `{ordinal}` first, 2nd.'
  return `# Steps\n\nWritten from the step definitions. Every \`Then\` also takes \`within {duration}, \` before it.\n\n${kinds}\n\n${parts.join('\n')}`
}

const LEVELS = ['MUST', 'SHOULD', 'MAY'] as const
const CASES = readCatalogue(CATALOGUE)

/** How many rows each file has, and which are not played, or not everywhere. */
function rowsPage(): string {
  const files = [...new Set(CASES.map(({ file }) => file))].map((file) => {
    const rows = CASES.filter((one) => one.file === file)
    const [, title = file] = /^# (.*)$/m.exec(readFileSync(file, 'utf8')) ?? []
    const counts = LEVELS.map((level) => rows.filter((row) => row.level === level).length)
    return `| [${title}](${file.slice(CATALOGUE.length + 1)}) | ${rows.length} | ${counts.join(' | ')} |`
  })
  const left = CASES.flatMap(({ id, title, level, source, reason }) =>
    reason === undefined ? [] : [`- ${id} ${title} (${level}, ${source}): ${reason}`],
  )
  const needs = [...new Set(CASES.flatMap((one) => one.needs))].sort().map((need) => {
    const ids = CASES.filter((one) => one.needs.includes(need)).map(({ id }) => id)
    return `- ${need} (${ids.length}): ${ids.join(' ')}`
  })
  return [
    '# Rows of the catalogue',
    '',
    `Written from the case files: ${CASES.length} rows, ${CASES.length - left.length} executable.`,
    '',
    `| | rows | ${LEVELS.join(' | ')} |`,
    '|---|---:|---:|---:|---:|',
    ...files,
    '',
    '## Not executable',
    '',
    ...left,
    '',
    '## What rows need besides UDP',
    '',
    'Servers on real sockets are not tried with what only the virtual network gives: dns, ports, tls, virtual.',
    '',
    ...needs,
    '',
  ].join('\n')
}

test('docs/modules.md says what the module records say', () => same('docs/modules.md', modulesPage()))

test('src/modules/README.md says which test or feature uses what', () =>
  same('src/modules/README.md', triedPage()))

test('every function, parameter and control command is tried, or has no effect and says why', () =>
  assert.deepEqual(neglected(), []))

test('docs/deviations.md says what the list of deviations says', () =>
  same('docs/deviations.md', deviationsPage()))

test('steps/README.md lists the step definitions', () => same('steps/README.md', stepsPage()))

test('the catalogue has 859 rows, of which at least 800 are executable; the others say why not', () => {
  assert.equal(CASES.length, 859)
  const left = CASES.filter(({ reason }) => reason !== undefined)
  assert.ok(CASES.length - left.length >= 800)
  for (const { id, reason } of left) assert.ok(reason!.length > 20, id)
  same(`${CATALOGUE}/rows.md`, rowsPage())
})

test('every file that ARCHITECTURE.md names exists', () => {
  const text = readFileSync('ARCHITECTURE.md', 'utf8')
  const named = [...text.matchAll(/(?:src|steps|docs|captures|features)\/[\w./-]*/g)].map(([path]) =>
    path.replace(/[.,]$/, ''),
  )
  assert.ok(named.length > 30, 'paths are found')
  assert.deepEqual(
    named.filter((path) => !existsSync(path)),
    [],
  )
})
