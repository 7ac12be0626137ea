// SIPp's statistics file (-trace_stat): a header line and a line a period, separated by semicolons; "(C)" columns are
// cumulative. Read as it grows.

export interface SippStatistics {
  /** Seconds since the start. */
  readonly elapsedS: number
  /** Calls a second, over the whole run. */
  readonly rate: number
  readonly created: number
  readonly current: number
  readonly succeeded: number
  readonly failed: number
  readonly retransmissions: number
  readonly unexpected: number
  /** Why calls failed: "UnexpectedMessage" ..., as often as they did. */
  readonly failures: Readonly<Record<string, number>>
  /** Mean of the first response time timer, in milliseconds; undefined when the scenario has none. */
  readonly responseMs: number | undefined
}

const COLUMNS = {
  elapsed: 'ElapsedTime(C)',
  rate: 'CallRate(C)',
  created: 'TotalCallCreated',
  current: 'CurrentCall',
  succeeded: 'SuccessfulCall(C)',
  failed: 'FailedCall(C)',
  retransmissions: 'Retransmissions(C)',
  unexpected: 'FailedUnexpectedMessage(C)',
  response: 'ResponseTime1(C)',
} as const
const LINE_CHARACTERS_MAX = 100_000
const RESPONSE_TIMES_MAX = 1_000_000

/** Takes the file piece by piece. */
export class StatisticsReader {
  #columns: Map<string, number> | undefined
  #rest = ''

  /** Samples that are whole now. */
  push(text: string): SippStatistics[] {
    const lines = (this.#rest + text).split('\n')
    this.#rest = (lines.pop() ?? '').slice(-LINE_CHARACTERS_MAX)
    return lines.flatMap((line) => this.#line(line.trimEnd()))
  }

  #line(line: string): SippStatistics[] {
    if (line === '') return []
    const cells = line.split(';')
    if (this.#columns === undefined || cells[0] === 'StartTime') {
      this.#columns = new Map(cells.map((name, index) => [name, index]))
      return []
    }
    const cell = (name: keyof typeof COLUMNS): string => cells[this.#columns?.get(COLUMNS[name]) ?? -1] ?? ''
    const count = (name: keyof typeof COLUMNS): number => Number(cell(name)) || 0
    return [
      {
        elapsedS: seconds(cell('elapsed')),
        rate: count('rate'),
        created: count('created'),
        current: count('current'),
        succeeded: count('succeeded'),
        failed: count('failed'),
        retransmissions: count('retransmissions'),
        unexpected: count('unexpected'),
        failures: failuresIn(cells, this.#columns!),
        responseMs: cell('response') === '' ? undefined : 1000 * seconds(cell('response')),
      },
    ]
  }
}

/** "FailedUnexpectedMessage(C)" and its like, where there were any. */
function failuresIn(cells: readonly string[], columns: ReadonlyMap<string, number>): Record<string, number> {
  const failures: Record<string, number> = {}
  for (const [column, index] of columns) {
    const [, name] = /^Failed(?!Call\()(\w+)\(C\)$/.exec(column) ?? []
    if (name !== undefined && Number(cells[index]) > 0) failures[name] = Number(cells[index])
  }
  return failures
}

/** The file that -trace_rtt writes: when, how long (milliseconds), which timer. */
export function responseTimesIn(text: string): number[] {
  return text
    .split('\n')
    .slice(1, RESPONSE_TIMES_MAX)
    .filter((line) => line !== '')
    .map((line) => Number(line.split(';')[1]))
}

/** "00:00:01", "00:00:01:250000" (microseconds last). */
function seconds(text: string): number {
  const [hours = 0, minutes = 0, whole = 0, microseconds = 0] = text.split(':').map(Number)
  return hours * 3600 + minutes * 60 + whole + microseconds / 1e6
}
