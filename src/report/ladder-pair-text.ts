// Two ladders side by side for a terminal: a line a message, the sign between the sides says whether it is the same.

import type { Arrow, Ladder } from './messages.js'
import { pairedArrows } from './ladder-pair.js'
import { columnsOf, fitted } from './printable.js'

export interface PairOptions {
  readonly width: number
  /** Is a message that both sides have not the same after all? */
  readonly isChanged: (one: Arrow, two: Arrow) => boolean
  readonly titles: readonly [string, string]
}

const TIME_COLUMNS = 9
const SIGN_COLUMNS = 3

/** The lines, each ended by a line feed. "≠" changed, "−" missing, "+" extra. */
export function ladderPairText(one: Ladder, two: Ladder, { width, isChanged, titles }: PairOptions): string {
  const side = Math.floor((width - SIGN_COLUMNS) / 2)
  const [start, otherStart] = [startOf(one), startOf(two)]
  const lines = pairedArrows(one, two).map((row) => {
    const left = row.one === undefined ? '' : sideText(row.one, start)
    const right = row.two === undefined ? '' : sideText(row.two, otherStart)
    const changed = row.one !== undefined && row.two !== undefined && isChanged(row.one, row.two)
    const sign = row.one === undefined ? '+' : row.two === undefined ? '−' : changed ? '≠' : ' '
    return `${padded(left, side)} ${sign} ${fitted(right, side)}`
  })
  const head = `${padded(' '.repeat(TIME_COLUMNS) + titles[0], side)}   ${' '.repeat(TIME_COLUMNS)}${titles[1]}`
  return [head, ...lines].map((line) => `${line.trimEnd()}\n`).join('')
}

function startOf({ arrows }: Ladder): number {
  return arrows[0]?.at ?? 0
}

function sideText({ at, from, to, label }: Arrow, start: number): string {
  const time = ((at - start) / 1000).toFixed(3).padStart(TIME_COLUMNS - 2)
  return `${time}  ${label}  ${from} → ${to}`
}

function padded(text: string, columns: number): string {
  const shown = fitted(text, columns)
  return shown + ' '.repeat(Math.max(0, columns - columnsOf(shown)))
}
