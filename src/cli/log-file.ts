// Run logs in files: one JSON object a line (LogEntry), so that a file cut short is readable up to its last line.

import type { LogEntry, WireEntry } from '../driver.js'
import { UsageError } from '../errors.js'

const KINDS: readonly string[] = ['wire', 'input', 'event', 'mark']
const FATES: readonly string[] = ['delivered', 'lost', 'duplicate', 'unreachable', 'refused']

export function logLine(entry: LogEntry): string {
  return `${JSON.stringify(entry)}\n`
}

/** Reads a log. Throws a UsageError that names the line that is none. */
export function readLog(text: string, file: string): LogEntry[] {
  const entries: LogEntry[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const entry = entryOf(line)
    if (entry === undefined)
      throw new UsageError(`${file}:${index + 1}: this is no line of a run log (JSON, one entry a line).`)
    entries.push(entry)
  }
  return entries
}

function entryOf(line: string): LogEntry | undefined {
  let value: Partial<LogEntry> | null
  try {
    value = JSON.parse(line) as Partial<LogEntry> | null
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  if (!KINDS.includes(value.kind ?? '') || typeof value.at !== 'number') return undefined
  if (value.kind === 'mark' && typeof value.text !== 'string') return undefined
  if (value.kind === 'wire' && !isWire(value)) return undefined
  return value as LogEntry
}

function isWire(value: Partial<WireEntry>): boolean {
  const { transport, source, target, bytes, fate, arrived, from, to } = value
  const named = [from, to].every((name) => name === undefined || typeof name === 'string')
  const timed = arrived === undefined || typeof arrived === 'number'
  const placed = [source, target].every(
    (place) => typeof place?.address === 'string' && typeof place.port === 'number',
  )
  const told = typeof transport === 'string' && typeof bytes === 'string' && FATES.includes(fate ?? '')
  return named && timed && placed && told
}
