// `sipwright conformance`: the catalogue against the engine or any SIP server, and the scorecard.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../errors.js'
import { CATALOGUE, readCatalogue, readPurposes } from '../lab/conformance/catalogue.js'
import type { CaseResult } from '../lab/conformance/result.js'
import { selected } from '../lab/conformance/selection.js'
import { targetOf } from '../lab/conformance/target.js'
import { scorecardHtml } from '../report/scorecard-html.js'
import {
  comparison,
  scorecardCsv,
  scorecardJson,
  scorecardJunit,
  scorecardMarkdown,
  summaryTable,
} from '../report/scorecard-text.js'
import { scorecardAnnotations } from '../report/annotations.js'
import { countsOf, type Scorecard, type ScorecardRow } from '../report/scorecard.js'
import { faults } from './conformance-faults.js'
import { oneOf, parsed, wholeNumber } from './arguments.js'
import { PROFILES } from './check.js'
import { packageFolder } from './package-folder.js'
import type { Terminal } from './terminal.js'
import { version } from './version.js'

export const help = `sipwright conformance [GROUP or ID ...]

Plays the conformance catalogue (RFC 3261 and its neighbours, RFC 4475, ETSI TS 102 027-2 by clause) against a SIP
server and writes the scorecard.

  --target WHAT         engine (default: virtual time), engine-real (sockets), kamailio, opensips, ser (started here, one
                        process a role), or a server that runs: udp:192.0.2.1:5060, tcp:..., tls:...
  --image IMAGE         the program is in this container image
  --roles ROLES         what a running server is set up for (default proxy), as in proxy,redirect
  --domain NAME         the domain that a running server serves (default: its address)
  --command "LINE"      how to start the program; {config} {address} {port} {folder} are filled in
  --profile rfc3261|ser of the engine (default rfc3261)
  --only WORDS          rows by id, group, level, role or section: PFW-004,REG,must,registrar,rfc3261-16.6
  --skip WORDS          all but these
  --shard 1/4           a quarter of the rows
  --require must|should|none  which failed rows make the exit code 1 (default must)
  --max-wait SECONDS    rows that wait longer on real sockets are not run (default 200)
  --parallel N          rows under way at a time on real sockets (default 150)
  --seed N              (default 1)
  --out FOLDER          where the scorecard goes (default reports)
  --compare             two scorecards (JSON files) instead of a run: who differs where
  --faults              can the checks fail? Plays the rows against the engine with each of the deliberate faults, and
                        writes conformance-faults.md; exit code 1 when less than 95 % of the faults are noticed
  --list                the rows, one a line, instead of a run
  --json                the scorecard to standard output, instead of progress

Writes conformance.html, .md, .csv, .json and conformance-junit.xml. Exit code 1: a required row failed. 2: the target
cannot be reached.

Example: sipwright conformance --target kamailio --only must
`

const OPTIONS = {
  target: { type: 'string', default: 'engine' },
  roles: { type: 'string', default: 'proxy' },
  domain: { type: 'string' },
  command: { type: 'string' },
  image: { type: 'string' },
  profile: { type: 'string', default: 'rfc3261' },
  only: { type: 'string', multiple: true },
  skip: { type: 'string', multiple: true },
  shard: { type: 'string' },
  require: { type: 'string', default: 'must' },
  'max-wait': { type: 'string', default: '200' },
  parallel: { type: 'string', default: '150' },
  seed: { type: 'string', default: '1' },
  out: { type: 'string', default: 'reports' },
  compare: { type: 'boolean', default: false },
  faults: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const

export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parsed('conformance', argv, { allowPositionals: true, options: OPTIONS })
  if (values.compare) return compare(positionals, terminal)
  const folder = existsSync(CATALOGUE) ? CATALOGUE : join(packageFolder(), CATALOGUE)
  const only = [...positionals, ...(values.only ?? [])].flatMap(words)
  const cases = selected(readCatalogue(folder), {
    only,
    skip: (values.skip ?? []).flatMap(words),
    shard: values.shard,
  })
  if (values.list) {
    for (const { id, level, source, role, title } of cases)
      terminal.out(`${id}  ${level.padEnd(6)}  ${source}  ${role}  ${title}\n`)
    return 0
  }
  const seed = wholeNumber('--seed', values.seed, 0, 2 ** 31)
  if (values.faults) return faults(folder, cases, seed, values.out, terminal)
  const required = oneOf('require', values.require, ['must', 'should', 'none'])
  const target = await targetOf({
    folder,
    target: values.target,
    profile: oneOf('profile', values.profile, PROFILES),
    seed,
    roles: words(values.roles),
    domain: values.domain,
    command: values.command,
    image: values.image,
    waitMsMax: 1000 * wholeNumber('--max-wait', values['max-wait'], 0, 100_000),
    parallel: wholeNumber('--parallel', values.parallel, 1, 1000),
  })
  const startedAt = performance.now()
  const results = new Map<string, CaseResult>()
  try {
    await target.runAll(cases, (result) => {
      results.set(result.id, result)
      if (!values.json) progress(result, results.size, cases.length, terminal)
    })
  } finally {
    await target.close()
  }
  const rows = cases.map(({ id, title, level, source, role }): ScorecardRow => ({
    ...{ id, title, level, source, role },
    ...results.get(id)!,
  }))
  const facts = { target: target.name, version: version(), seed, date: new Date().toISOString() }
  const card: Scorecard = {
    ...facts,
    durationMs: performance.now() - startedAt,
    rows,
    purposes: readPurposes(folder),
  }
  const files = writeScorecard(card, values.out)
  terminal.out(values.json ? scorecardJson(card) : `${summary(card)}\nScorecard: ${files.join(', ')}\n`)
  if (process.env.GITHUB_ACTIONS === 'true' && !values.json)
    terminal.out(scorecardAnnotations(card, (level) => isRequired(level, required)))
  const notRun = rows.filter(({ verdict }) => verdict === 'not run')
  if (notRun.length > 0 && !rows.some(({ verdict }) => verdict === 'pass' || verdict === 'fail'))
    throw new UsageError(`no row could be played: ${notRun[0]!.text}`)
  return rows.some(({ verdict, level }) => verdict === 'fail' && isRequired(level, required)) ? 1 : 0
}

function isRequired(level: string, required: 'must' | 'should' | 'none'): boolean {
  return required !== 'none' && (level === 'MUST' || (required === 'should' && level === 'SHOULD'))
}

function words(text: string): string[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}

/** A line a failure; on a terminal a counter besides. */
function progress(
  { id, verdict, text }: CaseResult,
  done: number,
  all: number,
  { out, isTerminal }: Terminal,
): void {
  if (isTerminal) out('\r\x1b[2K')
  if (verdict === 'fail') out(`${id} failed: ${text}\n`)
  if (isTerminal) out(`${done} of ${all} rows`)
  if (isTerminal && done === all) out('\r\x1b[2K')
}

function summary(card: Scorecard): string {
  const { pass, fail } = countsOf(card.rows)
  return `${card.target}\n\n${summaryTable(card, 'level')}\n${pass} rows pass, ${fail} fail, ${card.rows.length - pass - fail} not played (${(card.durationMs / 1000).toFixed(1)} s)\n`
}

function writeScorecard(card: Scorecard, out: string): string[] {
  mkdirSync(out, { recursive: true })
  const files: [name: string, text: string][] = [
    ['conformance.html', scorecardHtml(card)],
    ['conformance.md', scorecardMarkdown(card)],
    ['conformance.csv', scorecardCsv(card)],
    ['conformance.json', scorecardJson(card)],
    ['conformance-junit.xml', scorecardJunit(card)],
  ]
  for (const [name, text] of files) writeFileSync(join(out, name), text)
  return files.map(([name]) => join(out, name))
}

function compare(files: readonly string[], terminal: Terminal): number {
  const [one, other, ...more] = files.map(readScorecard)
  if (one === undefined || other === undefined || more.length > 0)
    throw new UsageError('conformance --compare: name two scorecards, as in "--compare a.json b.json".')
  terminal.out(comparison(one, other))
  return 0
}

function readScorecard(file: string): Scorecard {
  try {
    const card = JSON.parse(readFileSync(file, 'utf8')) as Scorecard
    if (Array.isArray(card.rows)) return card
  } catch (error) {
    throw new UsageError(`${file}: ${(error as Error).message}`)
  }
  throw new UsageError(`${file} is no scorecard: it is written as conformance.json by a run.`)
}
