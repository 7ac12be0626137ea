// One self-contained page for a call flow: the ladder, the message behind an arrow on click, filters by Call-ID, method
// and party, and the arrow keys to walk through it.

import type { Ladder } from './messages.js'
import { htmlPage, sourceOf } from './page.js'
import { packLadder, pageLadderFunctions, partiesInSight } from './page-ladder.js'
import { escaped, visible } from './printable.js'
import { ladderStyle, pageStyle } from './style.js'

const LIMITS = { arrows: 5000, messageOctets: 16_000 }

/** The page of a ladder; `title` says what was recorded. */
export function ladderHtml(ladder: Ladder, title: string): string {
  const count = ladder.arrows.length
  const body = `<header><h1>${escaped(visible(title))}</h1>
<p class="soft">${count} message${count === 1 ? '' : 's'} between ${ladder.parties.length} parties
<span class="keys">↑ ↓ walk · click an arrow to read it</span></p></header>
<form class="filters" id="filters">
<label>Call-ID <select name="callId"><option value="">all</option></select></label>
<label>Method <select name="method"><option value="">all</option></select></label>
<label>Party <select name="party"><option value="">all</option></select></label>
<button type="reset">Show everything</button> <span class="soft" id="count" role="status"></span>
</form>
<main><section class="card flow" id="flow" tabindex="0" aria-label="Call flow"></section>
<aside class="card" id="detail" aria-live="polite"></aside></main>
<noscript><p>This page draws the call flow with a script; please allow it to run.</p></noscript>`
  return htmlPage({
    ...{ title, body },
    styles: [pageStyle, ladderStyle, style],
    data: { ladder: packLadder(ladder, LIMITS) },
    script: `${sourceOf(pageLadderFunctions)}\n${partiesInSight}${script}`,
  })
}

const style = `
body{padding:28px 32px 0;height:100vh;display:flex;flex-direction:column}
header p{margin:4px 0 18px}
.keys{float:right;font-size:13px;color:var(--faint)}
.filters{display:flex;flex-wrap:wrap;gap:10px 16px;align-items:center;margin-bottom:16px;font-size:13.5px}
.filters label{color:var(--soft)}.filters select{margin-left:6px;max-width:260px}
main{display:flex;gap:18px;align-items:stretch;min-height:0;flex:1;padding-bottom:24px}
.flow{overflow:auto;padding:10px 8px;flex:0 1 auto;max-width:68%}
.flow:focus{outline:none}
#detail{flex:1 1 320px;min-width:280px;overflow:auto}
#detail .hint{padding:20px;color:var(--faint)}
@media(max-width:900px){body{height:auto;padding:18px}main{flex-direction:column}.flow{max-width:100%}#detail{flex-basis:auto}.keys{display:none}}
`

const script = String.raw`
const ladder = unpackLadder(JSON.parse(document.getElementById('ladder').textContent))
const start = ladderStart(ladder)
const flow = document.getElementById('flow')
const detail = document.getElementById('detail')
const filters = document.getElementById('filters')
let shown = ladder
let chosen = -1

function fill(name, values) {
  for (const value of [...new Set(values)].filter(Boolean)) filters.elements[name].add(new Option(value, value))
}
fill('callId', ladder.arrows.map((arrow) => arrow.callId))
fill('method', ladder.arrows.map((arrow) => arrow.method))
fill('party', ladder.parties)

function draw() {
  const { callId, method, party } = Object.fromEntries(new FormData(filters))
  const keeps = (arrow) =>
    (!callId || arrow.callId === callId) &&
    (!method || arrow.method === method) &&
    (!party || arrow.from === party || arrow.to === party)
  const arrows = ladder.arrows.filter(keeps)
  const before = (index) => ladder.arrows.slice(0, index).filter(keeps).length
  const parties = ladder.parties.filter((name) => arrows.some((arrow) => arrow.from === name || arrow.to === name))
  const marks = ladder.marks.map((mark) => ({ ...mark, before: before(mark.before) }))
  shown = { ...ladder, arrows, parties, marks }
  flow.innerHTML = drawLadder(shown)
  keepPartiesInSight(flow)
  const all = arrows.length === ladder.arrows.length
  document.getElementById('count').textContent = all ? '' : arrows.length + ' of ' + ladder.arrows.length + ' messages'
  choose(-1)
}

function choose(index) {
  chosen = index
  for (const each of flow.querySelectorAll('.chosen')) each.classList.remove('chosen')
  const arrow = shown.arrows[index]
  if (!arrow) {
    detail.innerHTML = '<p class="hint">Choose an arrow to read its message.</p>'
    return
  }
  const group = flow.querySelector('[data-index="' + index + '"]')
  group.classList.add('chosen')
  group.querySelector('.hit').scrollIntoView({ block: 'nearest' })
  detail.innerHTML = factsMarkup(arrow, start) + messageMarkup(arrow)
  detail.scrollTop = 0
}

flow.addEventListener('click', (event) => {
  const group = event.target.closest('[data-index]')
  if (group) choose(Number(group.dataset.index))
})
document.addEventListener('keydown', (event) => {
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key]
  if (!step || event.target.closest('select,input') || event.ctrlKey || event.metaKey || event.altKey) return
  event.preventDefault()
  choose(Math.min(shown.arrows.length - 1, Math.max(0, chosen + step)))
})
filters.addEventListener('change', draw)
filters.addEventListener('reset', () => setTimeout(draw))
filters.addEventListener('submit', (event) => event.preventDefault())
draw()
`
