// The ladder for a terminal: a time column, a column a party, one line an arrow. Lost packets break off with an x,
// retransmissions are dashed, step texts and long pauses stand between. Too many parties for the width: a plain list.

import { ladderRows, type ArrowRow, type Row } from './ladder-rows.js'
import type { Ladder } from './messages.js'
import { columnsOf, fitted } from './printable.js'

export interface TextOptions {
  /** Columns of the terminal; 100 by default. */
  readonly width?: number
  /** Only characters of ASCII. */
  readonly ascii?: boolean
}

const TIME_COLUMNS = 9
const GAP_MIN = 14
const GAP_MAX = 34
const WIDTH_DEFAULT = 100
const WIDTH_MIN = 40

const unicode = {
  life: '│', line: '─', dash: '╌', cross: '╳', right: '►', left: '◄', over: '┼', pause: '┊', mark: '─', more: '…', bar: '┃',
} // prettier-ignore
const ascii: typeof unicode = {
  life: '|', line: '-', dash: '.', cross: 'x', right: '>', left: '<', over: '-', pause: ':', mark: '-', more: '~', bar: '#',
} // prettier-ignore

interface Plan {
  readonly pen: typeof unicode
  readonly width: number
  /** The column of each party's lifeline. */
  readonly columns: readonly number[]
  readonly gap: number
}

/** The ladder as lines of text, each ended by a line feed; '' when there is nothing to show. */
export function ladderText(ladder: Ladder, options: TextOptions = {}): string {
  const rows = ladderRows(ladder)
  if (rows.length === 0) return ''
  const width = Math.max(WIDTH_MIN, options.width ?? WIDTH_DEFAULT)
  const pen = options.ascii ? ascii : unicode
  const plan = planned(ladder, rows, width, pen)
  const lines = plan
    ? [header(ladder.parties, plan), bare(plan), ...rows.map((row) => drawn(row, plan)), bare(plan)]
    : rows.map((row) => listed(row, width, pen))
  const text = lines.map((line) => line.trimEnd() + '\n').join('')
  return options.ascii ? text.replace(/[^\n -~]/g, '?') : text
}

/** Where the columns stand; undefined when they do not fit. Notes at the right give way before columns do. */
function planned(ladder: Ladder, rows: readonly Row[], width: number, pen: typeof unicode): Plan | undefined {
  const parties = ladder.parties
  const half = (name: string | undefined) => Math.ceil(Math.min(columnsOf(name ?? ''), GAP_MIN) / 2)
  const first = TIME_COLUMNS + Math.max(2, half(parties[0]))
  const notes = rows.map((row) => (row.kind === 'arrow' ? columnsOf(row.note) + 2 : 0))
  const wanted = Math.max(18, ...ladder.arrows.map((arrow) => columnsOf(arrow.label) + 10))
  for (const right of [Math.max(half(parties.at(-1)), ...notes), half(parties.at(-1))]) {
    const room = (width - first - right - 1) / Math.max(1, parties.length - 1)
    const gap = Math.min(Math.floor(room), GAP_MAX, wanted)
    if (gap >= GAP_MIN) return { pen, width, gap, columns: parties.map((_, index) => first + index * gap) }
  }
  return undefined
}

function header(parties: readonly string[], plan: Plan): string {
  const line = new Line()
  line.put(TIME_COLUMNS - 4 - 2, 'time')
  parties.forEach((party, index) => {
    const name = fitted(party, plan.gap - 2, plan.pen.more)
    line.put((plan.columns[index] ?? 0) - Math.floor((columnsOf(name) - 1) / 2), name)
  })
  return line.text
}

function bare(plan: Plan): string {
  return lifelines(plan, plan.pen.life).text
}

function lifelines(plan: Plan, character: string): Line {
  const line = new Line()
  for (const column of plan.columns) line.put(column, character)
  return line
}

function drawn(row: Row, plan: Plan): string {
  if (row.kind === 'mark') return separator(row.text, plan.width, plan.pen)
  if (row.kind === 'arrow') return row.from === row.to ? drawnLoop(row, plan) : drawnArrow(row, plan)
  const line = lifelines(plan, plan.pen.pause)
  const first = plan.columns[0] ?? 0
  const middle = Math.floor((first + (plan.columns.at(-1) ?? first)) / 2)
  line.put(Math.max(TIME_COLUMNS, middle - Math.floor(row.text.length / 2) - 1), ` ${row.text} `)
  return line.text
}

function separator(text: string, width: number, pen: typeof unicode): string {
  const shown = fitted(text, width - 6, pen.more)
  return `${pen.mark.repeat(2)} ${shown} ${pen.mark.repeat(Math.max(2, width - columnsOf(shown) - 4))}`
}

function drawnArrow(row: ArrowRow, plan: Plan): string {
  const { pen, gap } = plan
  const line = lifelines(plan, pen.life)
  const [start, end] = [plan.columns[row.from] ?? 0, plan.columns[row.to] ?? 0]
  const right = end > start
  const lost = row.arrow.fate === 'lost'
  const stroke = row.arrow.retransmission || row.arrow.fate === 'duplicate' ? pen.dash : pen.line
  const from = Math.min(start, end) + 1
  const to = Math.max(start, end) - 1
  for (let column = from; column <= to; column++)
    line.put(column, plan.columns.includes(column) ? pen.over : stroke)
  line.put(right ? to : from, lost ? stroke : right ? pen.right : pen.left)
  if (row.arrow.fate === 'unreachable' || row.arrow.fate === 'refused') line.put(right ? to : from, pen.bar)
  const span = Math.abs(end - start)
  const inGap = columnsOf(row.arrow.label) + 7 <= gap
  const label = ` ${fitted(row.arrow.label, (inGap ? gap : span) - 7, pen.more)} `
  const room = inGap ? gap : span
  const lead = Math.floor((room - columnsOf(label)) / 2)
  line.put(right ? start + lead + 1 : start - room + lead, label)
  if (lost) breakOff(line, { start, end, label, lead, room }, plan)
  return timed(line, row, plan)
}

/** After the label, two more strokes, a cross, and nothing up to the receiver (but the lifelines between). */
function breakOff(
  line: Line,
  arrow: { start: number; end: number; label: string; lead: number; room: number },
  plan: Plan,
): void {
  const right = arrow.end > arrow.start
  const step = right ? 1 : -1
  const labelEnd = right ? arrow.lead + 1 + columnsOf(arrow.label) : arrow.room - arrow.lead
  const cross = arrow.start + step * Math.min(labelEnd + 2, Math.abs(arrow.end - arrow.start) - 1)
  line.put(cross, plan.pen.cross)
  for (let column = cross + step; column !== arrow.end; column += step)
    line.put(column, plan.columns.includes(column) ? plan.pen.life : ' ')
}

function drawnLoop(row: ArrowRow, plan: Plan): string {
  const line = lifelines(plan, plan.pen.life)
  const start = plan.columns[row.from] ?? 0
  const mark = row.arrow.fate === 'lost' ? plan.pen.cross : plan.pen.left
  line.put(start + 1, `${mark}${plan.pen.line} ${row.arrow.label} (to itself) `)
  return timed(line, row, plan)
}

function timed(line: Line, row: ArrowRow, plan: Plan): string {
  line.put(0, row.time.padStart(TIME_COLUMNS - 2))
  const end = Math.max((plan.columns.at(-1) ?? 0) + 2, line.length + 1)
  if (row.note && end + columnsOf(row.note) <= plan.width) line.put(end, row.note)
  return line.text
}

/** Without columns: "  0.500  alice -> proxy  INVITE (SDP)  lost". */
function listed(row: Row, width: number, pen: typeof unicode): string {
  if (row.kind === 'mark') return separator(row.text, width, pen)
  if (row.kind === 'pause') return `${' '.repeat(TIME_COLUMNS)}${pen.pause} ${row.text}`
  const arrow = row.arrow.fate === 'lost' ? `${pen.line}${pen.cross}` : `${pen.line}${pen.right}`
  const text = `${row.time.padStart(TIME_COLUMNS - 2)}  ${row.arrow.from} ${arrow} ${row.arrow.to}  ${row.arrow.label}`
  return fitted(row.note ? `${text}  ${row.note}` : text, width, pen.more)
}

/** A line of terminal cells. A wide character takes its own cell and an empty one. */
class Line {
  readonly #cells: string[] = []

  put(column: number, text: string): void {
    let at = Math.max(0, column)
    while (this.#cells.length < at) this.#cells.push(' ')
    for (const character of text) {
      const columns = columnsOf(character)
      if (columns === 0) {
        if (at > 0) this.#cells[at - 1] += character
        continue
      }
      this.#cells[at++] = character
      if (columns === 2) this.#cells[at++] = ''
    }
  }

  get length(): number {
    return this.#cells.length
  }

  get text(): string {
    return this.#cells.join('')
  }
}
