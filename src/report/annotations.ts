// Failures where a GitHub workflow shows them: as workflow commands that annotate lines of files. Texts come from peers
// and scripts: whatever could end a command or begin another is escaped.

import { oneLine } from './printable.js'
import type { Scorecard } from './scorecard.js'
import { skipsOf, type RunReport } from './types.js'

const ANNOTATIONS_MAX = 50

interface Place {
  readonly file: string
  readonly line: string | number
}

/** An error for each failed scenario at its step, a notice for what was skipped; '' when there is nothing to say. */
export function runAnnotations({ features }: RunReport): string {
  const failed = features.flatMap(({ scenarios }) => scenarios).filter(({ status }) => status === 'failed')
  const errors = failed.map(({ name, uri, line, steps, findings }) => {
    const step = steps.find(({ status }) => status === 'failed')
    const { message, expected, actual } = step?.failure ?? {}
    const texts = [message ?? findings[0]?.text ?? 'the scenario failed']
    if (step !== undefined) texts.unshift(`${step.keyword} ${step.text}`)
    if (expected !== undefined) texts.push(`expected: ${expected}`)
    if (actual !== undefined) texts.push(`actual: ${actual}`)
    return command('error', texts, name, { file: uri, line: step?.line ?? line })
  })
  const notices = skipsOf(features).map(({ count, reason, command: how }) =>
    command('notice', [`${count} skipped: ${reason}`, ...(how === undefined ? [] : [`to run them: ${how}`])]),
  )
  return [...errors.slice(0, ANNOTATIONS_MAX), ...notices].join('')
}

/** An error for each failed row that is required; the text of a row begins with its place, "file:line: ...". */
export function scorecardAnnotations({ rows }: Scorecard, isRequired: (level: string) => boolean): string {
  return rows
    .filter(({ verdict, level }) => verdict === 'fail' && isRequired(level))
    .slice(0, ANNOTATIONS_MAX)
    .map(({ id, title, level, source, text }) => {
      const [, file, line, rest] = /^([^:\s]+):(\d+): ([^]*)$/.exec(text) ?? []
      const place = file === undefined ? undefined : { file, line: line! }
      return command(
        'error',
        [`${level}, ${source}`, ...(rest ?? text).split('\n').map((one) => one.trim())],
        `${id} ${title}`,
        place,
      )
    })
    .join('')
}

function command(kind: 'error' | 'notice', texts: readonly string[], title?: string, place?: Place): string {
  const properties = Object.entries({ ...place, ...(title !== undefined && { title }) })
    .map(([name, value]) => `${name}=${property(oneLine(String(value)))}`)
    .join(',')
  const text = texts.map((one) => data(oneLine(one, 1000))).join('%0A')
  return `::${kind}${properties === '' ? '' : ` ${properties}`}::${text}\n`
}

function data(text: string): string {
  return text.replace(/%/g, '%25').replace(/\r/g, '%0D').replace(/\n/g, '%0A')
}

function property(text: string): string {
  return data(text).replace(/:/g, '%3A').replace(/,/g, '%2C')
}
