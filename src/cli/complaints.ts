// Mistakes and warnings of a script for people: place, reason, hint, the line and a caret below it.

import type { Position, ScriptError } from '../errors.js'
import { paint } from '../report/paint.js'
import { readable } from '../report/printable.js'
import type { Warning } from '../script/bind.js'
import type { Checked } from './script-file.js'
import type { Terminal } from './terminal.js'

/** Prints all errors and warnings of a script in the order of its lines. */
export function printComplaints(checked: Checked, terminal: Terminal): void {
  const { red, yellow, bold } = paint(terminal.isTerminal)
  const complaints = [
    ...checked.errors.map((error) => ({ position: error.position, text: red(reasonOf(error)) })),
    ...checked.warnings.map(({ position, text }) => ({ position, text: yellow(`warning: ${text}`) })),
  ]
  complaints.sort(({ position: one }, { position: two }) => one.line - two.line || one.column - two.column)
  for (const { position, text } of complaints)
    terminal.err(`${bold(placeText(position))}: ${text}\n${frame(checked.text, position)}`)
}

function reasonOf({ reason, hint }: ScriptError): string {
  return hint === undefined ? reason : `${reason} (${hint})`
}

export function placeText({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`
}

/** The line with a caret below the column; '' for a line that is not there or is blank. */
function frame(text: string, { line, column }: Position): string {
  const source = text.split('\n')[line - 1]?.replace(/\r$/, '')
  if (source === undefined || source.trim() === '') return ''
  const number = String(line)
  // Tabs become one column each, so that the caret stands right.
  const shown = readable(source.replaceAll('\t', ' '))
  const lead = readable(source.slice(0, column - 1).replaceAll('\t', ' ')).length
  return `  ${number} | ${shown}\n  ${' '.repeat(number.length)} | ${' '.repeat(lead)}^\n`
}

/** A warning as data. */
export function warningData({ position, text }: Warning): object {
  return { ...place(position), text }
}

/** A place as data: tokens and tree nodes carry more than that. */
export function place({ file, line, column }: Position): Position {
  return { file, line, column }
}
