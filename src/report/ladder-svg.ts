// The ladder as SVG: party boxes, lifelines, one group an arrow (class by kind of message, data-index, <title>).
// Delayed arrows slant down to where they land, lost ones are cut with a cross, retransmissions are dashed.
// Colours come from style sheets: a file of its own carries one for light and dark, a page has it already.
//
// These functions are put into pages as their source: the rule at the head of ladder-rows.ts holds here too.

import {
  ladderRows,
  rowFunctions,
  type ArrowRow,
  type DrawnLadder,
  type Row,
  type Source,
} from './ladder-rows.js'
import { ladderStyle, palette } from './style.js'

export interface SvgOptions {
  /** Pixels between two lifelines; by default as many as the labels need, within reason. */
  readonly gap?: number
}

/** An SVG file that stands alone. */
export function ladderSvg(ladder: DrawnLadder, options: SvgOptions = {}): string {
  const style = `<style>${palette('.ladder')}${ladderStyle}.ladder{background:var(--surface)}</style>`
  return drawLadder(ladder, options.gap).replace('>', `>${style}`) + '\n'
}

/** The SVG element without a style sheet. Runs in pages as well. */
export function drawLadder(ladder: DrawnLadder, wantedGap?: number): string {
  const gap = wantedGap ?? labelGap(ladder)
  const left = 84 + boxWidth(ladder.parties[0] ?? '', gap) / 2
  const right = boxWidth(ladder.parties.at(-1) ?? '', gap) / 2 + 14
  const place = { left, gap, width: left + right + gap * Math.max(0, ladder.parties.length - 1) }
  const rows = ladderRows(ladder)
  const tops = rowTops(rows, 52)
  const arrowTops = tops.filter((_, index) => rows[index]?.kind === 'arrow')
  const bottom = (tops[rows.length] ?? 0) + 14
  const footed = rows.length > 22
  const height = bottom + (footed ? 50 : 12)
  const parts = ladder.parties.map((_, column) => lifeline(place.left + column * gap, 42, bottom))
  parts.push(...ladder.parties.map((name, column) => partyBox(name, place.left + column * gap, gap, 12)))
  if (footed)
    parts.push(
      ...ladder.parties.map((name, column) => partyBox(name, place.left + column * gap, gap, bottom)),
    )
  rows.forEach((row, index) => {
    const top = tops[index] ?? 0
    if (row.kind === 'arrow') parts.push(drawArrow(row, top + 24, landing(row, arrowTops), place))
    else parts.push(drawRemark(row.kind, row.text, top + 22, place))
  })
  return (
    `<svg class="ladder" xmlns="http://www.w3.org/2000/svg" width="${place.width}" height="${height}" ` +
    `viewBox="0 0 ${place.width} ${height}" role="img" aria-label="Call flow">${parts.join('')}</svg>`
  )
}

/** Wide enough for most labels: a single long reason phrase does not stretch the whole drawing. */
function labelGap(ladder: DrawnLadder): number {
  const widths = ladder.arrows.map((arrow) => Math.min(26, arrow.label.length) * 7.2 + 48)
  const names = ladder.parties.map((name) => Math.min(22, name.length) * 7.6 + 44)
  return Math.round(Math.min(240, Math.max(150, ...widths, ...names)))
}

/** The y of each row's line (and, last, of the end). */
function rowTops(rows: readonly Row[], top: number): number[] {
  const tops: number[] = []
  let y = top
  for (const row of rows) {
    tops.push(y)
    y += row.kind === 'mark' ? 28 : row.kind === 'arrow' && row.from === row.to ? 44 : 36
  }
  return [...tops, y]
}

function markup(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

function cut(text: string, characters: number): string {
  return text.length > characters ? `${text.slice(0, Math.max(1, characters - 1))}…` : text
}

function lifeline(x: number, top: number, bottom: number): string {
  return `<line class="life" x1="${x}" y1="${top}" x2="${x}" y2="${bottom}"/>`
}

function boxWidth(name: string, gap: number): number {
  return Math.max(64, cut(name, Math.floor((gap - 36) / 7.6)).length * 7.6 + 28)
}

function partyBox(name: string, x: number, gap: number, y: number): string {
  const shown = cut(name, Math.floor((gap - 36) / 7.6))
  const width = boxWidth(name, gap)
  return (
    `<g class="party"><title>${markup(name)}</title><rect x="${x - width / 2}" y="${y}" width="${width}" height="30" ` +
    `rx="8"/><text x="${x}" y="${y + 20}" text-anchor="middle">${markup(shown)}</text></g>`
  )
}

interface Place {
  readonly left: number
  readonly gap: number
  readonly width: number
}

function drawRemark(kind: 'mark' | 'pause', text: string, y: number, place: Place): string {
  const shown = cut(text, Math.floor((place.width - 40) / 6.2))
  if (kind === 'mark')
    return (
      `<g class="mark"><title>${markup(text)}</title><line x1="14" y1="${y - 4}" x2="${place.width - 14}" y2="${y - 4}"/>` +
      `<text x="14" y="${y}">${markup(shown)}</text></g>`
    )
  const width = shown.length * 6.4 + 28
  const middle = (84 + place.width) / 2
  return (
    `<g class="pause"><rect x="${middle - width / 2}" y="${y - 13}" width="${width}" height="22" rx="11"/>` +
    `<text x="${middle}" y="${y + 2}" text-anchor="middle">${markup(shown)}</text></g>`
  )
}

function drawArrow(row: ArrowRow, y: number, drop: number, place: Place): string {
  const itself = row.from === row.to
  const x1 = place.left + row.from * place.gap
  const x2 = place.left + row.to * place.gap
  const room = Math.abs(row.to - row.from || 1) * place.gap - 30
  const note = row.note.replace('retransmission', '↻')
  const label = cut(row.arrow.label, Math.floor(room / 7.2) - (note ? note.length + 1 : 0))
  const middle = itself ? x1 + 44 : labelMiddle(row, x1, x2, place.gap)
  return (
    `<g class="arrow ${arrowKind(row)}" data-index="${row.index}"><title>${markup(arrowTitle(row))}</title>` +
    `<rect class="hit" x="6" y="${y - 20}" width="${place.width - 12}" height="${itself ? 40 : 32}" rx="6"/>` +
    `<text class="time" x="66" y="${y + 4}" text-anchor="end">${row.time}</text>` +
    (itself ? selfArrow(x1, y) : straightArrow(row, x1, x2, y, drop)) +
    `<text class="label" x="${middle}" y="${itself ? y + 8 : y - 6}" text-anchor="${itself ? 'start' : 'middle'}">` +
    `${markup(label)}${note ? `<tspan class="note" dx="6">${markup(note)}</tspan>` : ''}</text></g>`
  )
}

/** In the middle; beside the sender when the arrow is steep or cut short. */
function labelMiddle(row: ArrowRow, x1: number, x2: number, gap: number): number {
  const side = x2 > x1 ? 1 : -1
  if (row.overtakenBy > 1 || row.arrow.fate === 'lost')
    return x1 + side * Math.min(Math.abs(x2 - x1), gap) * (row.arrow.fate === 'lost' ? 0.4 : 0.46)
  return (x1 + x2) / 2
}

/** How far below its start an arrow lands. */
function landing(row: ArrowRow, arrowTops: readonly number[]): number {
  const slowMs = 20
  const delay = (row.arrow.arrivedAt ?? row.arrow.at) - row.arrow.at
  if (row.overtakenBy === 0) return delay >= slowMs ? 9 : 0
  const start = arrowTops[row.index] ?? 0
  return (arrowTops[row.index + row.overtakenBy] ?? start) - start + 12
}

function straightArrow(row: ArrowRow, x1: number, x2: number, y: number, drop: number): string {
  const side = x2 > x1 ? 1 : -1
  if (row.arrow.fate === 'lost') {
    const end = x1 + (x2 - x1) * 0.75
    return (
      `<line class="wire" x1="${x1 + side * 3}" y1="${y}" x2="${end - side * 8}" y2="${y}"/>` +
      `<path class="cross" d="M${end - 5} ${y - 5}l10 10m0 -10l-10 10"/>`
    )
  }
  const refused = row.arrow.fate === 'unreachable' || row.arrow.fate === 'refused'
  const tip = x2 - side * (refused ? 14 : 2)
  const angle = (Math.atan2(drop, tip - x1) * 180) / Math.PI
  const bar = refused ? `<path class="cross" d="M${x2 - side * 8} ${y + drop - 8}v16"/>` : ''
  return (
    `<line class="wire" x1="${x1 + side * 3}" y1="${y}" x2="${tip - side * 4}" y2="${y + drop * 0.985}"/>` +
    `<path class="head" transform="translate(${tip} ${y + drop}) rotate(${angle.toFixed(1)})" d="M0 0l-9 -4.5v9z"/>${bar}`
  )
}

function selfArrow(x: number, y: number): string {
  const reach = x + 36
  return (
    `<path class="wire" d="M${x + 3} ${y - 4}H${reach - 6}q6 0 6 6v4q0 6 -6 6H${x + 10}"/>` +
    `<path class="head" transform="translate(${x + 2} ${y + 12}) rotate(180)" d="M0 0l-9 -4.5v9z"/>`
  )
}

/** CSS classes: what it is, what became of it. */
function arrowKind(row: ArrowRow): string {
  const status = /^([1-6])\d\d /.exec(row.arrow.label)?.[1]
  const kinds = ['request', 'provisional', 'success', 'redirect', 'failure', 'failure', 'failure']
  return `${kinds[Number(status ?? 0)]} ${row.arrow.fate}${row.arrow.retransmission ? ' again' : ''}`
}

function arrowTitle(row: ArrowRow): string {
  const { from, to, transport, label, cseq, callId } = row.arrow
  const lines = [`${row.time} s  ${label}`, `${from} → ${to} (${transport})`]
  if (row.note) lines.push(row.note)
  if (cseq) lines.push(`CSeq: ${cseq}`)
  if (callId) lines.push(`Call-ID: ${callId}`)
  return lines.join('\n')
}

/** What a page must hold to call `drawLadder`. */
export const drawingFunctions: readonly Source[] = [
  ...rowFunctions,
  ...[drawLadder, labelGap, rowTops, markup, cut, lifeline, boxWidth, partyBox, drawRemark, drawArrow],
  ...[labelMiddle, landing, straightArrow, selfArrow, arrowKind, arrowTitle],
]
