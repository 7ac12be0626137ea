// Script coverage in lcov's tracefile format (geninfo(1)): routes are its functions, arms its branches.

import { armHits, executableLines, lineHits, type ScriptCoverage } from './coverage.js'

/** A tracefile with a record a script. */
export function lcov(coverage: readonly ScriptCoverage[]): string {
  return coverage.map((each) => record(each).join('\n') + '\n').join('')
}

function record(coverage: ScriptCoverage): string[] {
  const { shape } = coverage
  return [
    'TN:',
    `SF:${fieldText(shape.file)}`,
    ...functions(coverage),
    ...branches(coverage),
    ...lines(coverage),
    'end_of_record',
  ]
}

/** A route begins at its first executable line; an empty route has none and cannot be told to lcov. */
function functions({ shape, hits }: ScriptCoverage): string[] {
  const routes = shape.routes.flatMap((route) => {
    const own = shape.lines.filter((each) => each.route === route).map((each) => each.line)
    const times = hits.routes[route] ?? 0
    return own.length > 0 ? [{ name: fieldText(route), line: Math.min(...own), times }] : []
  })
  return [
    ...routes.map(({ line, name }) => `FN:${line},${name}`),
    ...routes.map(({ times, name }) => `FNDA:${times},${name}`),
    `FNF:${routes.length}`,
    `FNH:${routes.filter(({ times }) => times > 0).length}`,
  ]
}

function branches({ shape, hits }: ScriptCoverage): string[] {
  const blocks = new Map<number, number>()
  const arms = [...shape.arms].sort((one, two) => one.line - two.line || one.column - two.column)
  const rows = arms.flatMap((arm) => {
    const block = blocks.get(arm.line) ?? 0
    blocks.set(arm.line, block + 1)
    const sides = armHits(hits, arm)
    const reached = sides[0] + sides[1] > 0
    return sides.map((times, side) => `BRDA:${arm.line},${block},${side},${reached ? times : '-'}`)
  })
  const hit = arms.flatMap((arm) => armHits(hits, arm)).filter((times) => times > 0).length
  return [...rows, `BRF:${rows.length}`, `BRH:${hit}`]
}

function lines({ shape, hits }: ScriptCoverage): string[] {
  const executable = executableLines(shape)
  return [
    ...executable.map((line) => `DA:${line},${lineHits(hits, line)}`),
    `LF:${executable.length}`,
    `LH:${executable.filter((line) => lineHits(hits, line) > 0).length}`,
  ]
}

/** A field ends with its line. */
function fieldText(text: string): string {
  return text.replace(/[\0-\x1f\x7f]/g, '_')
}
