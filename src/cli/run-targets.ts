// `sipwright run --targets A,B`: the same features against several systems, each with its own report, and how the others
// differ from the first.

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { UsageError } from '../errors.js'
import { runFeatures, type FeatureRun } from '../lab/features.js'
import { differencesBetween } from '../lab/systems/differences.js'
import { placeIn } from '../lab/systems/probe.js'
import { checkedName, ENGINE, systemOf, type SystemWords } from '../lab/systems/system.js'
import { differencePage, differencesHtml } from '../report/differences-html.js'
import {
  differencesMarkdown,
  isDifferent,
  differenceLines,
  isWrong,
  pairFile,
  sumOf,
  verdictOf,
  type Comparison,
  type SystemRun,
} from '../report/differences.js'
import { Progress } from '../report/progress.js'
import { totalsOf, type FeatureReport, type RunReport, type ScenarioReport } from '../report/types.js'
import { writeReports } from '../report/write.js'
import type { Terminal } from './terminal.js'

/** What is run, how programs are started, and where reports go. */
export interface TargetsWanted {
  readonly wanted: FeatureRun
  readonly words: { readonly command?: string | undefined; readonly image?: string | undefined }
  readonly out: string
  readonly reportOf: (ran: Awaited<ReturnType<typeof runFeatures>>, startedAt: Date) => RunReport
}

/** The target in its words; a command or an image is for programs. */
function wordsFor(target: string, { command, image }: TargetsWanted['words']): SystemWords {
  if (target === ENGINE || placeIn(target) !== undefined) return { target }
  return { target, ...(command !== undefined && { command }), ...(image !== undefined && { image }) }
}

/** A target that is there, ready to run; undefined: the engine. Rejects with a UsageError. */
export async function checkedSystem(
  target: string,
  options: TargetsWanted['words'],
): Promise<SystemWords | undefined> {
  const words = wordsFor(target, options)
  await checkedName(words)
  return target === ENGINE ? undefined : words
}

/** Runs them one after the other; returns 1 when the first one fails a scenario or another one comes to another verdict. */
export async function runTargets(targets: string, asked: TargetsWanted, terminal: Terminal): Promise<number> {
  const named = targets.split(',').map((target) => target.trim())
  if (named.length < 2 || new Set(named).size < named.length)
    throw new UsageError(`--targets ${targets}: name two or more different ones, as in engine,kamailio.`)
  // Before the first scenario: none of them is missing.
  const names = new Map<string, string>()
  for (const target of named) names.set(target, await checkedName(wordsFor(target, asked.words)))
  const runs: SystemRun[] = []
  for (const target of named) {
    terminal.out(`${names.get(target)!}\n`)
    runs.push(await runOne(target, names.get(target)!, asked, terminal))
  }
  const [first, ...others] = runs as [SystemRun, ...SystemRun[]]
  const comparison = comparisonOf(first, others)
  terminal.out(written(comparison, asked.out))
  const isOtherwise = comparison.others.some(({ differences }) => differences.some(isWrong))
  return isOtherwise || totalsOf(first.features).failed > 0 ? 1 : 0
}

/**
 * What scenarios themselves want to be compared with is run as well, those scenarios only. Returns the features, with
 * what had to be alike and is not as failures; a system that is not here is told as a note.
 */
export async function alsoRun(
  features: readonly FeatureReport[],
  asked: TargetsWanted,
  terminal: Terminal,
): Promise<FeatureReport[]> {
  const scenarios = features.flatMap((feature) => feature.scenarios)
  const systems = new Map<string, SystemWords>()
  for (const { also = [], status } of scenarios)
    if (status !== 'skipped') for (const words of also) systems.set(JSON.stringify(words), words)
  const runs: SystemRun[] = []
  const missing = new Map<string, string>()
  for (const [key, said] of systems) {
    const words = wordsFor(said.target, { ...asked.words, ...said })
    const wanted = scenarios.filter(({ also = [] }) => also.some((one) => JSON.stringify(one) === key))
    const paths = wanted.map(({ uri, line }) => `${uri}:${line}`)
    // A name that means nothing is a mistake, not a system that is missing here.
    await systemOf(words)
    const name = await checkedName(words).catch((error: unknown) => {
      if (!(error instanceof UsageError) || process.env.SIPWRIGHT_REQUIRE === 'all') throw error
      missing.set(key, `not compared with ${words.target}: ${error.message}`)
      return undefined
    })
    const run = { ...asked, words, wanted: { ...asked.wanted, paths } }
    if (name !== undefined) runs.push(await runOne(words.target, name, run, QUIET))
  }
  const first: SystemRun = { target: ENGINE, name: ENGINE, features, folder: '.' }
  const comparison = comparisonOf(first, runs)
  if (runs.length > 0) terminal.out(written(comparison, asked.out))
  return features.map((feature) => ({
    ...feature,
    scenarios: feature.scenarios.map((scenario) =>
      judged(
        scenario,
        comparison,
        (scenario.also ?? []).flatMap((words) => missing.get(JSON.stringify(words)) ?? []),
      ),
    ),
  }))
}

const QUIET: Terminal = { out: () => {}, err: () => {}, isTerminal: false, width: 80 }

/** The scenario, failed when it says that all behave alike and they do not. */
function judged(scenario: ScenarioReport, { others }: Comparison, notes: readonly string[]): ScenarioReport {
  const told = notes.length > 0 ? { ...scenario, notes: [...scenario.notes, ...notes] } : scenario
  if (scenario.alike === undefined || scenario.status !== 'passed') return told
  const lines = others.flatMap(({ target, differences }) =>
    differences
      .filter((one) => one.first === scenario && one.second !== undefined && isWrong(one))
      .flatMap((one) => [verdictOf(one.second), ...differenceLines(one)].map((line) => `${target}: ${line}`)),
  )
  if (lines.length === 0) return told
  const steps = scenario.steps.map((step) =>
    step.text.startsWith('all systems under test behave alike')
      ? { ...step, status: 'failed' as const, failure: { message: `not alike\n${lines.join('\n')}` } }
      : step,
  )
  return { ...told, status: 'failed', steps }
}

function comparisonOf(first: SystemRun, others: readonly SystemRun[]): Comparison {
  return {
    first,
    others: others.map((other) => ({
      ...other,
      differences: differencesBetween(first.features, other.features),
    })),
  }
}

/** Writes the differences; returns what is said of them. */
function written(comparison: Comparison, out: string): string {
  const files = writeDifferences(comparison, out)
  const sums = comparison.others.map((other) => `${sumOf(other)}\n`)
  return `\n${sums.join('')}Differences: ${files.join(', ')}\n`
}

async function runOne(
  target: string,
  name: string,
  { wanted, words, out, reportOf }: TargetsWanted,
  terminal: Terminal,
): Promise<SystemRun> {
  const startedAt = new Date()
  const progress = new Progress({
    ...{ write: terminal.out, isTerminal: terminal.isTerminal, width: terminal.width },
    ...{ now: () => performance.now(), features: wanted.paths.length },
  })
  const ran = await runFeatures(
    { ...wanted, isCompared: true, ...(target !== ENGINE && { system: wordsFor(target, words) }) },
    progress,
  )
  progress.ended()
  if (ran.features.length === 0) throw new UsageError('no scenario matches: look at --tags and --name')
  const folder = target.replace(/[^\w.-]+/g, '-')
  await writeReports(reportOf(ran, startedAt), ran.messages, join(out, folder))
  return { target, name, features: ran.features, folder }
}

/** Returns the paths of the table; the pairs of call flows are linked from it. */
function writeDifferences(comparison: Comparison, out: string): string[] {
  const write = (file: string, text: string): string => {
    const path = join(out, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
    return path
  }
  for (const other of comparison.others)
    for (const one of other.differences.filter(isDifferent)) {
      const page = differencePage(comparison, other, one)
      if (page !== undefined) write(pairFile(one, other), page)
    }
  return [
    write('differences.html', differencesHtml(comparison)),
    write('differences.md', differencesMarkdown(comparison)),
  ]
}
