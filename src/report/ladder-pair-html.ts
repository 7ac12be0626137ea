// Two ladders side by side as a page: the same message on the same line, differences in colour, both texts on a click
// with the lines that differ marked. Stands alone, light and dark.

import { pairedArrows } from './ladder-pair.js'
import type { Arrow, Ladder } from './messages.js'
import { htmlPage } from './page.js'
import { escaped, readable, visible } from './printable.js'
import { pageStyle } from './style.js'

export interface PairPage {
  readonly title: string
  /** "3 differences in 24 messages" */
  readonly summary: string
  readonly titles: readonly [string, string]
  /** What is not the same in a message that both sides have, as lines; none: nothing. */
  readonly changesOf: (one: Arrow, two: Arrow) => readonly string[]
}

const ROWS_MAX = 3000
const MESSAGE_OCTETS = 16_000
const ROW = 30
const TOP = 58

/** The page of a recording and its replay. */
export function ladderPairHtml(one: Ladder, two: Ladder, page: PairPage): string {
  const rows = pairedArrows(one, two).slice(0, ROWS_MAX)
  const parties = [...new Set([...one.parties, ...two.parties])]
  const kinds = rows.map((row) => kindOf(row.one, row.two, page))
  const start = one.arrows[0]?.at ?? 0
  const otherStart = two.arrows[0]?.at ?? 0
  const drawings = [
    drawing(
      rows.map((row) => row.one),
      { parties, kinds, start, title: page.titles[0] },
    ),
    drawing(
      rows.map((row) => row.two),
      { parties, kinds, start: otherStart, title: page.titles[1] },
    ),
  ]
  const body = `<header><h1>${escaped(visible(page.title))}</h1><p class="soft">${escaped(visible(page.summary))}
<span class="keys">≠ changed · − missing · + extra · click a line to read both messages</span></p></header>
<main><section class="card flows" id="flows">${drawings.join('')}</section><aside id="detail" aria-live="polite"></aside></main>
<noscript><p>This page shows the messages with a script; please allow it to run.</p></noscript>`
  const data = rows.map((row) => ({
    one: textOf(row.one),
    two: textOf(row.two),
    changes:
      row.one !== undefined && row.two !== undefined ? page.changesOf(row.one, row.two).map(visible) : [],
  }))
  return htmlPage({ title: page.title, styles: [pageStyle, style], body, data: { rows: data }, script })
}

type Kind = 'same' | 'changed' | 'missing' | 'extra'

function kindOf(one: Arrow | undefined, two: Arrow | undefined, page: PairPage): Kind {
  if (one === undefined) return 'extra'
  if (two === undefined) return 'missing'
  return page.changesOf(one, two).length > 0 ? 'changed' : 'same'
}

function textOf(arrow: Arrow | undefined): string | null {
  return arrow === undefined ? null : readable(arrow.bytes.slice(0, MESSAGE_OCTETS))
}

interface Side {
  readonly parties: readonly string[]
  readonly kinds: readonly Kind[]
  readonly start: number
  readonly title: string
}

const SIGN: Readonly<Record<Kind, string>> = { same: '', changed: '≠', missing: '−', extra: '+' }

function drawing(arrows: readonly (Arrow | undefined)[], { parties, kinds, start, title }: Side): string {
  const gap = Math.max(120, ...parties.map((name) => name.length * 6.6 + 24))
  const left = 70 + gap / 2
  const width = left + gap * (parties.length - 1) + gap / 2
  const height = TOP + arrows.length * ROW + 14
  const x = (name: string): number => left + gap * parties.indexOf(name)
  const lives = parties.map(
    (name) => `<line class="life" x1="${x(name)}" x2="${x(name)}" y1="40" y2="${height - 6}"/>`,
  )
  const names = parties.map(
    (name) => `<text class="party" x="${x(name)}" y="32" text-anchor="middle">${escaped(name)}</text>`,
  )
  const rows = arrows.map((arrow, index) => {
    const y = TOP + index * ROW + 16
    const kind = kinds[index] ?? 'same'
    const hit = `<rect class="hit" x="0" y="${y - 20}" width="${width}" height="${ROW}"/>`
    const sign = `<text class="sign" x="10" y="${y + 4}">${SIGN[kind]}</text>`
    const inside = arrow === undefined ? '' : arrowMarkup(arrow, x(arrow.from), x(arrow.to), y, start)
    return `<g class="row ${kind}" data-index="${index}">${hit}${sign}${inside}</g>`
  })
  return (
    `<figure><figcaption>${escaped(title)}</figcaption><svg width="${width}" height="${height}" role="img" ` +
    `aria-label="${escaped(title)}">${names.join('')}${rows.join('')}${lives.join('')}</svg></figure>`
  )
}

function arrowMarkup({ at, label }: Arrow, from: number, to: number, y: number, start: number): string {
  const way = to >= from ? 1 : -1
  const tip = to === from ? from + 40 : to
  const room = Math.max(8, Math.floor(Math.abs(tip - from) / 7) - 1)
  const shown = escaped(label.length > room ? `${label.slice(0, room - 1)}…` : label)
  return (
    `<text class="time" x="26" y="${y + 4}">${((at - start) / 1000).toFixed(3)}</text>` +
    `<line class="wire" x1="${from}" x2="${tip - 6 * way}" y1="${y}" y2="${y}"/>` +
    `<path class="head" d="M${tip} ${y}l${-9 * way} -4v8z"/>` +
    `<text class="label" x="${(from + tip) / 2}" y="${y - 5}" text-anchor="middle">${shown}</text>`
  )
}

const style = `
body{padding:28px 32px;min-height:100vh}
header p{margin:4px 0 18px}.keys{float:right;font-size:13px;color:var(--faint)}
.flows{display:flex;gap:24px;overflow:auto;padding:12px 14px;max-height:62vh}
figure{margin:0;flex:none}figcaption{font-weight:620;padding:2px 8px 6px;position:sticky;left:0}
svg{font:12.5px/1 var(--text);display:block;color:var(--ink)}
.life{stroke:var(--rule);stroke-width:1.5;pointer-events:none;opacity:.8}.party{font-weight:600;fill:currentColor;font-size:12px}
.row{color:var(--soft);cursor:pointer}.row .hit{fill:transparent}.row:hover .hit{fill:var(--sunken)}
.row.changed{color:var(--warn)}.row.missing,.row.extra{color:var(--bad)}
.row.changed .hit{fill:var(--warn-soft)}.row.missing .hit,.row.extra .hit{fill:var(--bad-soft)}
.row.chosen .hit{fill:var(--accent-soft)}
.wire{stroke:currentColor;stroke-width:1.5}.head,.label,.sign{fill:currentColor}.sign{font-weight:700;font-size:14px}
.label{paint-order:stroke;stroke:var(--surface);stroke-width:3px;font-weight:500}
.row.changed .label{stroke:var(--warn-soft)}.row.missing .label,.row.extra .label{stroke:var(--bad-soft)}
.time{font:11px var(--code);fill:var(--faint)}
#detail{display:grid;grid-template-columns:1fr 1fr;gap:18px;margin-top:18px}
#detail .card{padding:14px 16px;font-family:var(--code);font-size:12.5px;line-height:1.55;white-space:pre-wrap;overflow-wrap:anywhere}
#detail .why{grid-column:1/-1}
#detail mark{background:var(--warn-soft);color:var(--warn);display:block}
@media(max-width:900px){body{padding:18px}#detail{grid-template-columns:1fr}.keys{display:none}}
`

const script = String.raw`
const rows = JSON.parse(document.getElementById('rows').textContent)
const flows = document.getElementById('flows')
const detail = document.getElementById('detail')
function card(text, other) {
  const box = document.createElement('div')
  box.className = 'card'
  if (text === null) { box.textContent = '(no such message)'; return box }
  const known = new Set((other || '').split('\n'))
  for (const line of text.split('\n')) {
    const each = document.createElement(known.has(line) || other === null ? 'span' : 'mark')
    each.textContent = line + (each.tagName === 'SPAN' ? '\n' : '')
    if (each.tagName === 'MARK' && line === '') each.textContent = ' '
    box.append(each)
  }
  return box
}
function choose(index) {
  for (const each of flows.querySelectorAll('.chosen')) each.classList.remove('chosen')
  for (const each of flows.querySelectorAll('[data-index="' + index + '"]')) each.classList.add('chosen')
  const row = rows[index]
  detail.replaceChildren()
  if (row.changes.length > 0) {
    const why = document.createElement('div')
    why.className = 'card why'
    why.textContent = row.changes.join('\n')
    detail.append(why)
  }
  detail.append(card(row.one, row.two), card(row.two, row.one))
}
flows.addEventListener('click', (event) => {
  const row = event.target.closest('[data-index]')
  if (row) choose(Number(row.dataset.index))
})
const first = flows.querySelector('.changed,.missing,.extra') || flows.querySelector('.row')
if (first) choose(Number(first.dataset.index))
`
