// sipwright run: plain-language scenarios on the embedded engine (or @real on loopback sockets), live progress, reports.

import { existsSync, mkdirSync } from 'node:fs'
import { UsageError } from '../errors.js'
import { runFeatures, type FeatureRun } from '../lab/features.js'
import { SIPP_BACKENDS, type SippBackend } from '../lab/sipp/play.js'
import type { ProfileName } from '../proxy/profile.js'
import { runAnnotations } from '../report/annotations.js'
import { Progress } from '../report/progress.js'
import { summaryText } from '../report/summary.js'
import { totalsOf, type RunReport } from '../report/types.js'
import { writeReports } from '../report/write.js'
import { oneOf, parsed, wholeNumber } from './arguments.js'
import { alsoRun, checkedSystem, runTargets, type TargetsWanted } from './run-targets.js'
import type { Terminal } from './terminal.js'

export const help = `sipwright run [FEATURES...]   run call scenarios and judge them

  FEATURES         files, folders or file.feature:LINE (default: features)
  --tags EXPR      only scenarios with these tags ("@forking and not @real")
  --name TEXT      only scenarios whose name contains TEXT
  --seed N         the seed of everything random (default 1)
  --seeds N        run everything N times, with the seeds from --seed on
  --profile P      rfc3261 (default) or ser; a scenario's @ser or @rfc3261 goes first
  --real           every scenario on loopback sockets, in real time
  --sipp WHO       who plays SIPp scenarios: inproc (default), local (the sipp of this machine), docker (containers);
                   a scenario's @sipp-inproc, @sipp-local or @sipp-docker goes first
  --target WHAT    who takes the engine's place: kamailio, opensips, ser (started for each scenario) or a server that
                   runs, as in udp:192.0.2.1:5060; on real sockets. What only the engine shows is passed over, counted
  --command "LINE" how to start the target's program; {config} {folder} {address} {port} {listens} {aliases} are filled in
  --image IMAGE    the target's program is in this container image
  --targets A,B    the same scenarios against each, as in engine,kamailio, and how the others differ from the first
  --import GLOB    further step definitions (compiled JavaScript)
  --out FOLDER     where reports go (default reports)
  --pcap FOLDER    every scenario's packets as a capture there (feature-LINE.pcap)
  --fail-fast      stop at the first failure
  --json           the totals and failures as JSON on standard output

Writes index.html, coverage.html, junit.xml, messages.ndjson, lcov.info into the folder; with --targets into a folder for
each, and differences.html and .md besides.
Exit code 0: all passed. 1: something failed, or (--targets) another verdict than the first's. 2: nothing to run, a wrong
option, or a target that is not there.

Example: sipwright run features/forking.feature --seeds 20
         sipwright run features/forking.feature --targets engine,kamailio
`

const OPTIONS = {
  tags: { type: 'string' },
  name: { type: 'string' },
  seed: { type: 'string', default: '1' },
  seeds: { type: 'string', default: '1' },
  profile: { type: 'string', default: 'rfc3261' },
  real: { type: 'boolean', default: false },
  sipp: { type: 'string', default: 'inproc' },
  target: { type: 'string' },
  targets: { type: 'string' },
  command: { type: 'string' },
  image: { type: 'string' },
  import: { type: 'string', multiple: true },
  out: { type: 'string', default: 'reports' },
  pcap: { type: 'string' },
  'fail-fast': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const

const SEED_MAX = 2 ** 48

/** Runs features; returns 0 when all passed, 1 when one failed. Throws a UsageError when there is nothing to run. */
export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parsed('run', argv, { options: OPTIONS, allowPositionals: true })
  const paths = positionals.length > 0 ? positionals : ['features']
  for (const path of paths)
    if (!existsSync(path.replace(/(:\d+)+$/, '')))
      throw new UsageError(`${path} is not there. "sipwright init" makes a first feature.`)
  const first = wholeNumber('--seed', values.seed, 0, SEED_MAX)
  const seeds = wholeNumber('--seeds', values.seeds, 1, 1_000_000)
  const wanted: Omit<FeatureRun, 'seed'> = {
    paths,
    tags: values.tags ?? '',
    names: values.name === undefined ? [] : [values.name],
    profile: oneOf<ProfileName>('profile', values.profile, ['ser', 'rfc3261']),
    real: values.real,
    sipp: oneOf<SippBackend>('sipp', values.sipp, SIPP_BACKENDS),
    imports: values.import ?? [],
    failFast: values['fail-fast'],
    ...(values.pcap !== undefined && { captures: madeFolder(values.pcap) }),
  }
  const asked: TargetsWanted = {
    ...{ wanted: { ...wanted, seed: first }, words: values, out: values.out },
    reportOf: (ran, startedAt) => reportOf(wanted, first, startedAt, ran),
  }
  if (values.targets !== undefined && (values.target !== undefined || values.json || seeds > 1))
    throw new UsageError(
      '--targets takes neither --target nor --json nor --seeds: it plays the scenarios once against each.',
    )
  if (values.targets !== undefined) return runTargets(values.targets, asked, terminal)
  const system = values.target === undefined ? undefined : await checkedSystem(values.target, values)
  const startedAt = new Date()
  const ran = await everySeed({ ...wanted, ...(system && { system }) }, first, seeds, terminal, values.json)
  const features = system === undefined ? await alsoRun(ran.features, asked, terminal) : ran.features
  const report = reportOf(wanted, first, startedAt, { ...ran, features })
  const written = await writeReports(report, ran.messages, values.out)
  if (values.json)
    terminal.out(`${JSON.stringify({ totals: report.totals, failures: failuresOf(report) }, null, 2)}\n`)
  else
    terminal.out(
      `\n${summaryText(report, { width: terminal.width, colour: terminal.isTerminal, reports: written })}`,
    )
  if (process.env.GITHUB_ACTIONS === 'true' && !values.json) terminal.out(runAnnotations(report))
  return report.totals.failed > 0 ? 1 : 0
}

function madeFolder(folder: string): string {
  mkdirSync(folder, { recursive: true })
  return folder
}

type Ran = Awaited<ReturnType<typeof runFeatures>>

/** One run a seed; of several the reports show the last one, and every failure. */
async function everySeed(
  wanted: Omit<FeatureRun, 'seed'>,
  first: number,
  seeds: number,
  terminal: Terminal,
  quiet: boolean,
): Promise<Ran> {
  let last: Ran | undefined
  const failed: Ran['features'][number][] = []
  for (let seed = first; seed < first + seeds; seed++) {
    const progress = new Progress({
      write: quiet || seeds > 1 ? () => {} : terminal.out,
      isTerminal: terminal.isTerminal,
      width: terminal.width,
      now: () => performance.now(),
      features: wanted.paths.length,
    })
    last = await runFeatures({ ...wanted, seed }, progress)
    progress.ended()
    const failures = totalsOf(last.features).failed
    if (seeds > 1 && !quiet) terminal.out(seedLine(seed, first, seeds, failures, terminal.isTerminal))
    if (failures > 0 && seed < first + seeds - 1)
      failed.push(
        ...last.features.map((feature) => ({
          ...feature,
          scenarios: feature.scenarios.filter(({ status }) => status === 'failed'),
        })),
      )
    if (failures > 0 && wanted.failFast) break
  }
  return {
    ...last!,
    features: [...failed.filter(({ scenarios }) => scenarios.length > 0), ...last!.features],
  }
}

function seedLine(seed: number, first: number, seeds: number, failures: number, isTerminal: boolean): string {
  const done = `${seed - first + 1} of ${seeds} seeds`
  if (failures > 0) return `${isTerminal ? '\r' : ''}seed ${seed}: ${failures} failed\n`
  if (isTerminal) return `\r${done}`
  return (seed - first + 1) % 50 === 0 || seed === first + seeds - 1 ? `${done}\n` : ''
}

function reportOf(wanted: Omit<FeatureRun, 'seed'>, seed: number, startedAt: Date, ran: Ran): RunReport {
  return {
    title: 'Sipwright run',
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    node: process.version,
    profile: wanted.profile,
    seed,
    totals: totalsOf(ran.features),
    features: ran.features,
    coverage: ran.coverage,
    rulesWatched: ran.rulesWatched,
  }
}

function failuresOf(report: RunReport) {
  return report.features
    .flatMap(({ scenarios }) => scenarios)
    .filter(({ status }) => status === 'failed')
    .map(({ name, uri, line, seed, replayCommand, steps }) => ({
      name,
      place: `${uri}:${line}`,
      seed,
      replayCommand,
      message: steps.find(({ status }) => status === 'failed')?.failure?.message,
    }))
}
