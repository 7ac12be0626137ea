// Runs features with Cucumber and makes report data of its messages and of what each scenario's lab left behind.

import { loadSupport, runCucumber, type ISupportCodeLibrary } from '@cucumber/cucumber/api'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { RULES } from '../conformance/index.js'
import { UsageError } from '../errors.js'
import type { ProfileName } from '../proxy/profile.js'
import { coverageOf, hitsOf, mergedHits, type ScriptCoverage, type ScriptShape } from '../report/coverage.js'
import { ladderOf } from '../report/messages.js'
import type { Progress } from '../report/progress.js'
import type { FeatureReport, ScenarioReport } from '../report/types.js'
import { saveCapture } from './capture-save.js'
import { collect } from './collected.js'
import { MessageReader, type Ended } from './message-reader.js'
import type { SippBackend } from './sipp/play.js'
import type { SystemWords } from './systems/system.js'

export interface FeatureRun {
  readonly paths: readonly string[]
  readonly tags: string
  readonly names: readonly string[]
  readonly seed: number
  readonly profile: ProfileName
  readonly real: boolean
  /** Who plays SIPp scenarios; in process unless said otherwise. */
  readonly sipp?: SippBackend
  /** Who takes the engine's place; undefined: nobody. */
  readonly system?: SystemWords
  /** The run is compared with others: scenario addresses are loopback ones. */
  readonly isCompared?: boolean
  readonly imports: readonly string[]
  readonly failFast: boolean
  /** A folder for the packets of each scenario. */
  readonly captures?: string
}

export interface FeatureResult {
  readonly features: FeatureReport[]
  readonly coverage: ScriptCoverage[]
  readonly rulesWatched: string[]
  /** Cucumber messages, one JSON object each. */
  readonly messages: string[]
}

const STEPS = fileURLToPath(new URL('../../steps/', import.meta.url))
const loaded = new Map<string, ISupportCodeLibrary>()

/** Step definitions are loaded once a process. */
async function supportFor({ paths, imports }: FeatureRun): Promise<ISupportCodeLibrary> {
  const key = imports.join()
  const known = loaded.get(key)
  if (known !== undefined) return known
  const importPaths = ['world.js', 'parameters.js', 'hooks.js', '*.steps.js'].map((file) => STEPS + file)
  const support = await loadSupport({
    sources: sourcesOf({ paths, tags: '', names: [] }),
    support: { importPaths: [...importPaths, ...imports], requireModules: [], requirePaths: [], loaders: [] },
  })
  loaded.set(key, support)
  return support
}

function sourcesOf({ paths, tags, names }: Pick<FeatureRun, 'paths' | 'tags' | 'names'>) {
  return {
    paths: [...paths],
    defaultDialect: 'en',
    names: names.map(quoted),
    tagExpression: tags,
    order: 'defined' as const,
  }
}

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

export async function runFeatures(wanted: FeatureRun, progress: Progress): Promise<FeatureResult> {
  const support = await supportFor(wanted)
  const shapes: ScriptShape[] = []
  const hits: ReturnType<typeof hitsOf>[] = []
  const messages: string[] = []
  const features = new Map<string, { name: string; uri: string; scenarios: ScenarioReport[] }>()
  const reader = new MessageReader(support, {
    started: (name) => progress.scenarioStarted(name),
    ended: (ended) => {
      const scenario = scenarioOf(ended, wanted, shapes, hits)
      const feature = features.get(ended.uri) ?? { name: ended.feature, uri: ended.uri, scenarios: [] }
      features.set(ended.uri, feature)
      feature.scenarios.push(scenario)
      progress.scenarioEnded(scenario)
    },
    featureEnded: (uri) => {
      const feature = features.get(uri)
      if (feature !== undefined) progress.featureEnded(feature)
    },
  })
  await runCucumber(
    {
      sources: sourcesOf(wanted),
      support,
      runtime: {
        dryRun: false,
        failFast: wanted.failFast,
        filterStacktraces: true,
        parallel: 0,
        retry: 0,
        retryTagFilter: '',
        strict: true,
        worldParameters: {
          ...{ seed: wanted.seed, profile: wanted.profile, real: wanted.real },
          ...{ sipp: wanted.sipp ?? 'inproc', isCompared: wanted.isCompared === true },
          ...(wanted.system && { system: { ...wanted.system } }),
        },
      },
      formats: { stdout: NO_FORMATTER, files: {}, publish: false, options: {} },
    },
    { stdout: NOWHERE, stderr: NOWHERE },
    (envelope) => {
      messages.push(JSON.stringify(envelope))
      reader.read(envelope)
    },
  )
  reader.close()
  if (reader.parseErrors.length > 0) throw new UsageError(reader.parseErrors.join('\n'))
  const coverage = coverageOf(shapes, mergedHits(hits))
  return { features: [...features.values()], coverage, rulesWatched: RULES.map(({ id }) => id), messages }
}

const NO_FORMATTER = 'summary'
const NOWHERE = { write: () => true, end: () => {}, on: () => {}, once: () => {}, emit: () => false } as never

function scenarioOf(
  ended: Ended,
  wanted: FeatureRun,
  shapes: ScriptShape[],
  hits: ReturnType<typeof hitsOf>[],
): ScenarioReport {
  const left = collect(ended.id)
  const own = left?.shapes ?? []
  for (const shape of own) if (!shapes.some(({ file }) => file === shape.file)) shapes.push(shape)
  const scripts = left === undefined ? [] : hitsOf(left.log, own)
  hits.push(scripts)
  if (wanted.captures !== undefined && left !== undefined)
    saveCapture(join(wanted.captures, captureName(ended)), left.log)
  return {
    name: ended.name,
    tags: ended.tags,
    uri: ended.uri,
    line: ended.line,
    status: ended.status,
    durationMs: ended.durationMs,
    steps: ended.steps,
    seed: wanted.seed,
    rulesOff: left?.rulesOff ?? [],
    findings: left?.findings ?? [],
    notes: left?.notes ?? [],
    passedOver: left?.passedOver ?? [],
    proxies: left?.proxies ?? [],
    ...(left?.also && { also: left.also }),
    ...(left?.alike && { alike: left.alike }),
    replayCommand: replayCommand(ended, wanted),
    scripts,
    ...(left && { ladder: ladderOf(left.log, left.parties) }),
    ...(ended.status === 'skipped' && {
      skip: left?.skip ?? { reason: ended.reason ?? 'skipped by its tags' },
    }),
  }
}

/** "forking-12.pcap" */
function captureName({ uri, line }: Ended): string {
  return `${basename(uri, '.feature')}-${line}.pcap`
}

function replayCommand(
  { uri, line }: Ended,
  { seed, profile, real, sipp = 'inproc', system }: FeatureRun,
): string {
  const options = [
    `--seed ${seed}`,
    ...(profile === 'rfc3261' ? [] : [`--profile ${profile}`]),
    ...(real ? ['--real'] : []),
    ...(sipp === 'inproc' ? [] : [`--sipp ${sipp}`]),
    ...(system === undefined ? [] : [`--target ${system.target}`]),
    ...(system?.command === undefined ? [] : [`--command "${system.command}"`]),
    ...(system?.image === undefined ? [] : [`--image ${system.image}`]),
  ]
  return `npx sipwright run ${uri}:${line} ${options.join(' ')}`
}
