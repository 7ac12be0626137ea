// A ladder as rows from top to bottom, for the terminal and for SVG alike: arrows, step texts, long pauses.
//
// The pages draw in the browser with these same functions: they are put into the page as their source. So each one
// stands alone or calls only its fellows in the list at the end, and uses no constant of the module (a test runs the
// list by itself).

import type { Arrow, Ladder } from './messages.js'

/** What drawing needs of an arrow and of a ladder; a page holds no more than this. */
export type DrawnArrow = Pick<
  Arrow,
  'at' | 'arrivedAt' | 'from' | 'to' | 'label' | 'method' | 'callId' | 'fate'
> &
  Pick<Arrow, 'retransmission' | 'transport'> & { readonly cseq: string }

export type DrawnLadder = Omit<Ladder, 'arrows'> & { readonly arrows: readonly DrawnArrow[] }

export interface ArrowRow {
  readonly kind: 'arrow'
  readonly index: number
  /** Seconds since the ladder's start, "0.500". */
  readonly time: string
  /** Column numbers. */
  readonly from: number
  readonly to: number
  readonly arrow: DrawnArrow
  /** "lost", "retransmission", "arrives 1.250", or ''. */
  readonly note: string
  /** How many rows of arrows further down this one lands. */
  readonly overtakenBy: number
}

export type Row =
  | ArrowRow
  | { readonly kind: 'mark'; readonly text: string }
  | { readonly kind: 'pause'; readonly text: string }

/** The rows of a ladder. Times count from its first arrow or mark. */
export function ladderRows(ladder: DrawnLadder): Row[] {
  const longPauseMs = 2000
  const rows: Row[] = []
  if (ladder.omitted > 0) rows.push({ kind: 'pause', text: `${ladder.omitted} earlier messages left out` })
  const start = ladderStart(ladder)
  let mark = 0
  let last = start
  const passTo = (at: number) => {
    if (at - last >= longPauseMs) rows.push({ kind: 'pause', text: `${pauseText(at - last)} later` })
    last = Math.max(last, at)
  }
  for (let index = 0; index <= ladder.arrows.length; index++) {
    for (let next = ladder.marks[mark]; next && next.before <= index; next = ladder.marks[++mark]) {
      passTo(next.at)
      rows.push({ kind: 'mark', text: next.text })
    }
    const arrow = ladder.arrows[index]
    if (!arrow) continue
    passTo(arrow.at)
    rows.push(arrowRow(ladder, arrow, index, start))
  }
  return rows
}

function arrowRow(ladder: DrawnLadder, arrow: DrawnArrow, index: number, start: number): ArrowRow {
  const from = ladder.parties.indexOf(arrow.from)
  const to = ladder.parties.indexOf(arrow.to)
  const overtakenBy = overtaken(ladder.arrows, index)
  const note = arrowNote(arrow, overtakenBy, start)
  return { kind: 'arrow', index, time: secondsText(arrow.at - start), from, to, arrow, note, overtakenBy }
}

/** The time that the ladder's clock counts from. */
function ladderStart(ladder: DrawnLadder): number {
  return Math.min(ladder.arrows[0]?.at ?? Infinity, ladder.marks[0]?.at ?? Infinity)
}

/** How many rows down an arrow lands: to the last one that its receiver sent, or got, before it; a slow one, to its time. */
function overtaken(arrows: readonly DrawnArrow[], index: number): number {
  const lookAheadMax = 40
  const slowMs = 100
  const own = arrows[index]
  const arrived = own?.arrivedAt
  let rows = 0
  if (own === undefined || arrived === undefined) return 0
  for (let ahead = 1; ahead <= lookAheadMax; ahead++) {
    const next = arrows[index + ahead]
    if (!next || next.at >= arrived) break
    const crosses = next.from === own.to && next.to === own.from
    const overtakes = next.to === own.to && (next.arrivedAt ?? Infinity) < arrived
    if (crosses || overtakes || (arrived - own.at >= slowMs && next.at > own.at)) rows = ahead
  }
  return rows
}

function arrowNote(arrow: DrawnArrow, overtakenBy: number, start: number): string {
  const slowMs = 100
  const notes: string[] = []
  if (arrow.retransmission) notes.push('retransmission')
  if (arrow.fate !== 'delivered') notes.push(arrow.fate)
  const late = arrow.arrivedAt !== undefined && arrow.arrivedAt - arrow.at >= slowMs
  if (late || overtakenBy > 0) notes.push(`arrives ${secondsText((arrow.arrivedAt ?? 0) - start)}`)
  return notes.join(', ')
}

/** "0.500" */
function secondsText(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3)
}

/** "31.5 s", "2 min 05 s" */
function pauseText(milliseconds: number): string {
  if (milliseconds < 60000) return `${Number((milliseconds / 1000).toFixed(1))} s`
  const seconds = Math.round(milliseconds / 1000)
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
}

/** A function whose source can be put into a page. */
export type Source = { toString(): string }

/** What a page must hold to call `ladderRows`. */
export const rowFunctions: readonly Source[] = [
  ladderRows,
  arrowRow,
  ladderStart,
  overtaken,
  arrowNote,
  secondsText,
  pauseText,
]
