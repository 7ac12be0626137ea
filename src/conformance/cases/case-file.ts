// Case files: Markdown that people read as it stands. "## ID title" begins a row of the catalogue, the line below says
// "MUST · RFC 3261 §16.6-3 · proxy" (and what else is needed), prose follows, and each indented block is a play.

import { ScriptError } from '../../errors.js'
import type { Case, Level } from './case.js'
import { readPlay, type Line } from './statement-reader.js'

const HEADING = /^## ([A-Z0-9]+-[a-z0-9]+(?:-[a-z0-9]+)*) (.+)$/
const FACTS = /^(MUST|SHOULD|MAY) · (.+?) · ([a-z0-9-]+)(?: · needs (.+))?$/
const NOT_EXECUTABLE = /^Not executable: (.+)$/
const INDENT = 4

interface Section {
  readonly heading: RegExpExecArray
  readonly line: number
  readonly lines: { readonly text: string; readonly number: number }[]
}

/** The cases of a file. Throws a ScriptError with file:line:column. */
export function readCases(text: string, file: string): Case[] {
  return sectionsOf(text).map((section) => caseOf(section, file))
}

function sectionsOf(text: string): Section[] {
  const sections: Section[] = []
  text.split(/\r?\n/).forEach((line, index) => {
    const heading = HEADING.exec(line)
    if (heading !== null) sections.push({ heading, line: index + 1, lines: [] })
    else sections.at(-1)?.lines.push({ text: line, number: index + 1 })
  })
  return sections
}

function caseOf({ heading, line, lines }: Section, file: string): Case {
  const mistake = (reason: string, hint: string): ScriptError =>
    new ScriptError({ file, line, column: 1 }, reason, hint)
  const factsAt = lines.findIndex(({ text }) => text.trim() !== '')
  const facts = FACTS.exec(lines[factsAt]?.text ?? '')
  if (facts === null)
    throw mistake('a row without facts', 'write "MUST · RFC 3261 §16.6-3 · proxy" below the heading')
  const rest = lines.slice(factsAt + 1)
  const prose = rest.filter(({ text }) => !text.startsWith(' '.repeat(INDENT))).map(({ text }) => text)
  const reason = prose.map((text) => NOT_EXECUTABLE.exec(text)?.[1]).find((found) => found !== undefined)
  const plays = blocksOf(rest).map((block) => readPlay(nested(block), file))
  if ((plays.length === 0) === (reason === undefined))
    throw mistake(
      'a row has plays, or says why it has none',
      'indent a play by four, or write "Not executable: why"',
    )
  return {
    id: heading[1]!,
    title: heading[2]!,
    level: facts[1] as Level,
    source: facts[2]!,
    role: facts[3]!,
    needs: facts[4]?.split(/, */) ?? [],
    prose: prose.join('\n').trim(),
    ...{ plays, reason, file, line },
  }
}

/** Runs of indented lines. Behind an empty line another one begins, unless what follows is still a text's (indented further). */
function blocksOf(lines: Section['lines']): Section['lines'][] {
  const blocks: Section['lines'][] = []
  let open: Section['lines'] | undefined
  for (const { text, number } of lines) {
    if (text.startsWith(' '.repeat(INDENT))) {
      const line = { text: text.slice(INDENT), number }
      const begins = open?.at(-1)?.text === '' && !line.text.startsWith(' ')
      if (open === undefined || begins) blocks.push((open = []))
      open.push(line)
    } else if (text.trim() === '') open?.push({ text: '', number })
    else open = undefined
  }
  return blocks.map((block) => block.slice(0, 1 + block.findLastIndex(({ text }) => text !== '')))
}

/** Lines by indentation, two columns a level. */
function nested(lines: Section['lines']): Line[] {
  const result: Line[] = []
  for (let at = 0; at < lines.length;) {
    const { text, number } = lines[at]!
    let end = at + 1
    while (end < lines.length && (lines[end]!.text === '' || /^ /.test(lines[end]!.text))) end++
    const below = lines.slice(at + 1, end)
    const width = Math.min(
      ...below.filter((line) => line.text !== '').map((line) => /^ */.exec(line.text)![0].length),
    )
    const dedented = below.map((line) => ({ text: line.text.slice(width), number: line.number }))
    if (text !== '')
      result.push({
        text: text.trimEnd(),
        number,
        details: nested(dedented.filter((line) => line.text !== '')),
        block: dedented.map((line) => line.text),
      })
    at = end
  }
  return result
}
