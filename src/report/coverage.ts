// Coverage of routing scripts: the run's trace events against the lines, arms and routes that a script declares.
// Hits are plain data that merge over scenarios, runs and processes.

import type { LogEntry } from '../driver.js'
import type { TraceEvent } from '../endpoint.js'

/** What there is to cover in a script. */
export interface ScriptShape {
  readonly file: string
  readonly text: string
  /** Lines on which a statement begins. */
  readonly lines: readonly { readonly line: number; readonly route: string }[]
  /** Decisions: each can be taken and not taken. */
  readonly arms: readonly { readonly line: number; readonly column: number; readonly route: string }[]
  readonly routes: readonly string[]
}

/** What ran of one script. */
export interface ScriptHits {
  readonly file: string
  /** Line number -> how often. */
  readonly lines: Readonly<Record<number, number>>
  /** "line:column" -> how often taken, how often not. */
  readonly arms: Readonly<Record<string, readonly [taken: number, passed: number]>>
  readonly routes: Readonly<Record<string, number>>
}

export interface ScriptCoverage {
  readonly shape: ScriptShape
  readonly hits: ScriptHits
}

export interface Share {
  readonly hit: number
  readonly all: number
}

export interface Measure {
  readonly lines: Share
  readonly arms: Share
  readonly routes: Share
  /** First and last line of each stretch of executable lines that never ran. */
  readonly uncovered: readonly (readonly [number, number])[]
}

interface Counts {
  /** "line:column" -> how often; a line may hold several statements. */
  readonly statements: Map<string, number>
  readonly arms: Map<string, [number, number]>
  readonly routes: Map<string, number>
}

/** What ran in a log, by file. Route events name no file: theirs is the file whose lines the same endpoint runs. */
export function hitsOf(log: Iterable<LogEntry>, shapes: readonly ScriptShape[]): ScriptHits[] {
  const events = [...log].filter((entry) => entry.kind === 'event')
  const files = new Map<string, string>()
  for (const { endpoint, event } of events)
    if ('file' in event && !files.has(endpoint)) files.set(endpoint, event.file)
  const counts = new Map<string, Counts>()
  for (const { endpoint, event } of events) {
    const file = 'file' in event ? event.file : (files.get(endpoint) ?? declaring(event, shapes))
    if (file === undefined) continue
    const of = counts.get(file) ?? { statements: new Map(), arms: new Map(), routes: new Map() }
    counts.set(file, of)
    count(event, of)
  }
  return [...counts].map(([file, of]) => summed(file, of))
}

/** The only script that declares the route of this event (of an endpoint that ran no line). */
function declaring(event: TraceEvent, shapes: readonly ScriptShape[]): string | undefined {
  if (event.kind !== 'route') return undefined
  const candidates = shapes.filter((shape) => shape.routes.includes(event.route))
  return candidates.length === 1 ? candidates[0]?.file : undefined
}

function count(event: TraceEvent, of: Counts): void {
  if (event.kind === 'line') add(of.statements, `${event.line}:${event.column}`)
  else if (event.kind === 'route' && event.enter) add(of.routes, event.route)
  else if (event.kind === 'arm') {
    const place = `${event.line}:${event.column}`
    const [taken, passed] = of.arms.get(place) ?? [0, 0]
    of.arms.set(place, event.taken ? [taken + 1, passed] : [taken, passed + 1])
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** A line ran as often as the most frequent of its statements. */
function summed(file: string, of: Counts): ScriptHits {
  const lines: Record<number, number> = {}
  for (const [place, times] of of.statements) {
    const line = Number.parseInt(place, 10)
    lines[line] = Math.max(lines[line] ?? 0, times)
  }
  return { file, lines, arms: Object.fromEntries(of.arms), routes: Object.fromEntries(of.routes) }
}

/** Hits of several runs added up, by file. */
export function mergedHits(runs: readonly (readonly ScriptHits[])[]): ScriptHits[] {
  const merged = new Map<string, ScriptHits>()
  for (const hits of runs.flat()) {
    const before = merged.get(hits.file)
    merged.set(hits.file, before ? added(before, hits) : hits)
  }
  return [...merged.values()]
}

function added(one: ScriptHits, two: ScriptHits): ScriptHits {
  const arms: Record<string, readonly [number, number]> = { ...one.arms }
  for (const [place, [taken, passed]] of Object.entries(two.arms)) {
    const before = arms[place] ?? [0, 0]
    arms[place] = [before[0] + taken, before[1] + passed]
  }
  const lines = sum(one.lines, two.lines)
  return { file: one.file, lines, arms, routes: sum(one.routes, two.routes) }
}

function sum(
  one: Readonly<Record<string, number>>,
  two: Readonly<Record<string, number>>,
): Record<string, number> {
  const all: Record<string, number> = { ...one }
  for (const [key, times] of Object.entries(two)) all[key] = (all[key] ?? 0) + times
  return all
}

/** Every script with its hits; scripts that never ran count too, hits of unknown files do not. */
export function coverageOf(shapes: readonly ScriptShape[], hits: readonly ScriptHits[]): ScriptCoverage[] {
  return shapes.map((shape) => {
    const none: ScriptHits = { file: shape.file, lines: {}, arms: {}, routes: {} }
    return { shape, hits: hits.find((each) => each.file === shape.file) ?? none }
  })
}

/** How much of a script ran. Each decision counts twice: once for taken, once for not taken. */
export function measure({ shape, hits }: ScriptCoverage): Measure {
  const lines = executableLines(shape)
  const sides = shape.arms.flatMap((arm) => armHits(hits, arm))
  return {
    lines: { hit: lines.filter((line) => lineHits(hits, line) > 0).length, all: lines.length },
    arms: { hit: sides.filter((times) => times > 0).length, all: sides.length },
    routes: {
      hit: shape.routes.filter((route) => (hits.routes[route] ?? 0) > 0).length,
      all: shape.routes.length,
    },
    uncovered: stretches(lines, (line) => lineHits(hits, line) === 0),
  }
}

/** The executable lines, each once, in order. */
export function executableLines(shape: ScriptShape): number[] {
  return [...new Set(shape.lines.map((each) => each.line))].sort((one, two) => one - two)
}

export function lineHits(hits: ScriptHits, line: number): number {
  return hits.lines[line] ?? 0
}

export function armHits(hits: ScriptHits, arm: { line: number; column: number }): readonly [number, number] {
  return hits.arms[`${arm.line}:${arm.column}`] ?? [0, 0]
}

function stretches(lines: readonly number[], missed: (line: number) => boolean): [number, number][] {
  const found: [number, number][] = []
  let open: [number, number] | undefined
  for (const line of lines) {
    if (!missed(line)) open = undefined
    else if (open) open[1] = line
    else found.push((open = [line, line]))
  }
  return found
}

/** Several scripts as one; stretches of lines belong to one script only. */
export function coverageTotals(measures: readonly Measure[]): Measure {
  const total = (kind: 'lines' | 'arms' | 'routes'): Share => ({
    hit: measures.reduce((sum, each) => sum + each[kind].hit, 0),
    all: measures.reduce((sum, each) => sum + each[kind].all, 0),
  })
  return { lines: total('lines'), arms: total('arms'), routes: total('routes'), uncovered: [] }
}

/** "87 %"; only everything is 100 %, and nothing to cover is "-". */
/** A row of a coverage table: a script, or the many small inline scripts of one feature taken together. */
export interface CoverageRow {
  readonly name: string
  readonly measured: Measure
  /** Of a single script: its number in the coverage. */
  readonly index?: number
}

/** Inline scripts of one feature from this many on are one row (outlines make one for each example). */
const INLINE_FOLDED_MIN = 4

/** The rows of a table over this coverage. */
export function coverageRows(coverage: readonly ScriptCoverage[]): CoverageRow[] {
  const inline = new Map<string, Measure[]>()
  for (const each of coverage) {
    const [feature, mark] = each.shape.file.split('#')
    if (mark !== undefined) inline.set(feature!, [...(inline.get(feature!) ?? []), measure(each)])
  }
  const isFolded = (file: string): boolean =>
    (inline.get(file.split('#')[0]!)?.length ?? 0) >= INLINE_FOLDED_MIN
  const rows: CoverageRow[] = coverage
    .map((each, index) => ({ name: each.shape.file, measured: measure(each), index }))
    .filter(({ name }) => !isFolded(name))
  for (const [feature, measures] of inline)
    if (isFolded(feature))
      rows.push({ name: `${feature}: ${measures.length} inline scripts`, measured: coverageTotals(measures) })
  return rows
}

export function percent({ hit, all }: Share): string {
  return all === 0 ? '-' : `${hit === all ? 100 : Math.min(99, Math.round((100 * hit) / all))} %`
}
