// How the run's page looks and what its controls do. The work is done by functions that are tested in Node; this is
// the wiring.

export const indexStyle = `
body{max-width:1240px;margin:0 auto;padding:32px 32px 80px}
.title{display:flex;justify-content:space-between;align-items:flex-start;gap:20px}
.title p{margin:4px 0 0}
.verdict{border-radius:999px;padding:5px 14px;font-weight:600;font-size:14px;white-space:nowrap}
.verdict.good{background:var(--good-soft)}.verdict.bad{background:var(--bad-soft)}.verdict.warn{background:var(--warn-soft)}
.share{display:flex;gap:3px;height:8px;margin:22px 0 14px}
.share i{border-radius:4px}.share .good{background:var(--good)}.share .bad{background:var(--bad)}.share .warn{background:var(--warn)}
.tiles{display:flex;flex-wrap:wrap;gap:10px 36px;margin-bottom:26px}
.tile b{display:block;font-size:21px;font-weight:600;letter-spacing:-.01em;line-height:1.3}
.tile span{font-size:12.5px;color:var(--soft)}
.toolbar{position:sticky;top:0;z-index:3;display:flex;gap:12px;align-items:center;padding:12px 0;margin-bottom:6px;background:var(--ground)}
.toolbar input{flex:1;min-width:140px;padding:7px 14px}
.choice{display:flex}
.choice button{border-radius:0;margin-left:-1px;font-size:13.5px;padding:6px 12px}
.choice button:first-child{border-radius:8px 0 0 8px}.choice button:last-child{border-radius:0 8px 8px 0}
.choice button[aria-pressed=true]{background:var(--accent-soft);color:var(--accent);border-color:var(--accent);z-index:1}
.choice .number{color:var(--faint);font-size:12px}
#fold{font-size:13.5px;padding:6px 12px}
summary{cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
.feature{margin-bottom:12px;overflow:clip}
.feature>summary{display:flex;gap:14px;align-items:baseline;padding:14px 20px}
.feature>summary h2{margin:0;font-size:16px}
.feature>summary .code{font-size:12px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;flex:1}
.feature>summary::before,.script-of>summary::before,.rules>summary::before{content:"";flex:none;width:6px;height:6px;margin-right:2px;border:solid var(--faint);border-width:0 2px 2px 0;transform:translateY(-2px) rotate(-45deg);display:inline-block}
details[open].feature>summary::before,details[open].script-of>summary::before,details[open].rules>summary::before{transform:translateY(-3px) rotate(45deg)}
.feature .about{margin:0;padding:0 20px 14px 42px;white-space:pre-line;font-size:14px;max-width:900px}
.scenario{border-top:1px solid var(--rule)}
.scenario>summary{display:flex;gap:12px;align-items:center;padding:9px 20px;min-height:42px}
.scenario>summary:hover{background:var(--sunken)}
.scenario[open]>summary{background:var(--sunken)}
.scenario .name{flex:1;min-width:200px}
.scenario .why{display:block;font-size:13px}
.scenario.failed>summary .why{color:var(--bad)}
.scenario[open]>summary .pill{background:var(--surface)}
.place{color:var(--faint);font-size:12px}
.took{color:var(--soft);font-size:12.5px;min-width:64px;text-align:right;white-space:nowrap}
.scenario>summary>i,.steps i{flex:none;width:18px;height:18px;border-radius:50%;display:inline-grid;place-items:center;font:700 11px/1 var(--text);font-style:normal}
.scenario>summary>i::before,.steps i::before{content:"–"}
.passed>summary>i,.steps .passed i{background:var(--good-soft);color:var(--good)}
.passed>summary>i::before,.steps .passed i::before{content:"✓"}
.failed>summary>i,.steps .failed i{background:var(--bad-soft);color:var(--bad)}
.failed>summary>i::before,.steps .failed i::before{content:"✕"}
.skipped>summary>i,.steps .skipped i{background:var(--warn-soft);color:var(--warn)}
.inside{padding:14px 20px 24px;border-top:1px solid var(--rule)}
.inside>p{margin:0 0 12px}
.inside .pills:empty{display:none}
.remark{padding:10px 14px;border-radius:8px;font-size:14px}
.remark.bad{background:var(--bad-soft)}.remark.warn{background:var(--warn-soft)}
.remark.bad,.remark.warn{color:var(--ink)}.remark.bad b{color:var(--bad)}
.steps{list-style:none;margin:0 0 16px;padding:0}
.step{display:flex;gap:10px;align-items:baseline;padding:3px 0}
.step>span:nth-child(2){flex:1}.step b{font-weight:600;color:var(--soft)}
.steps i{transform:translateY(3px)}
.steps .skipped .step{color:var(--faint)}
.failure{margin:6px 0 12px 28px;border-left:3px solid var(--bad);padding-left:14px}
.failure .why{color:var(--bad);font-weight:600}
.panes{display:grid;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));gap:12px;margin-top:10px}
.panes>div{background:var(--sunken);border-radius:8px;padding:10px 14px;min-width:0}
.panes h4{margin:0 0 4px;font-size:12px;font-weight:600;color:var(--soft)}
.panes .expected h4{color:var(--good)}.panes .actual h4{color:var(--bad)}
.command{display:flex;gap:12px;align-items:center;background:var(--sunken);border-radius:8px;padding:7px 8px 7px 14px;margin-bottom:16px;font-size:13px}
.command code{flex:1;overflow-wrap:anywhere}.command button{font-size:12.5px;padding:2px 10px}
.flow-and-detail{display:flex;border:1px solid var(--rule);border-radius:10px;margin-bottom:14px;max-height:620px;overflow:hidden}
.sticky-head{top:0}
.flow{overflow:auto;flex:0 1 auto;max-width:66%;padding:0 6px 6px;border-right:1px solid var(--rule)}
.flow:focus-visible{outline-offset:-2px}
.detail{flex:1 1 300px;min-width:260px;overflow:auto}
.detail .hint{padding:14px 18px;color:var(--faint);margin:0;font-size:13.5px}
.script-of{border:1px solid var(--rule);border-radius:10px;margin-bottom:8px;overflow:clip}
.script-of>summary{padding:8px 14px;font-size:13.5px;display:flex;align-items:baseline;gap:10px}
.script-of>div{overflow:auto;max-height:520px;border-top:1px solid var(--rule);padding:6px 0}
.rules>summary{padding:12px 20px}.rules ul{margin:0;padding:0 20px 16px 40px;columns:2;font-size:13.5px;color:var(--soft)}
section{margin-top:34px}
section td:first-child{white-space:nowrap}
@media(max-width:900px){body{padding:18px}.flow-and-detail{flex-direction:column;max-height:none}.flow{max-width:100%;border-right:0;border-bottom:1px solid var(--rule)}.place,.feature>summary .code{display:none}.toolbar{flex-wrap:wrap}.rules ul{columns:1}}
@media print{.toolbar{display:none}}
`

/** The page's controls; at most `openFailures` failed scenarios are open at first. */
export function indexScript(openFailures: number): string {
  return CONTROLS.replace('OPEN_FAILURES', String(openFailures))
}

const CONTROLS = String.raw`
const read = (id) => JSON.parse(document.getElementById(id).textContent)
const scripts = read('scripts')
const scriptNames = scripts.map(({ file, executable }) => ({ file, executable: executable.length }))
const all = (selector, root = document) => [...root.querySelectorAll(selector)]

// A scenario is drawn when it is opened first.
function open(element) {
  const inside = element.querySelector('.inside')
  if (inside.firstChild) return
  const scenario = read('s' + element.dataset.number)
  inside.innerHTML = scenarioMarkup(scenario, scriptNames)
  if (scenario.ladder) showFlow(inside, unpackLadder(scenario.ladder))
  for (const [number, hits] of scenario.scripts) {
    const place = inside.querySelector('[data-script="' + number + '"]')
    place?.addEventListener('toggle', () => {
      if (place.open && !place.lastChild.firstChild) place.lastChild.innerHTML = scriptMarkup(scripts[number], hits, false)
    })
  }
}

function showFlow(inside, ladder) {
  const flow = inside.querySelector('.flow')
  const detail = inside.querySelector('.detail')
  let chosen = -1
  flow.innerHTML = drawLadder(ladder)
  keepPartiesInSight(flow)
  const choose = (index) => {
    const arrow = ladder.arrows[index]
    if (!arrow) return
    chosen = index
    for (const each of all('.chosen', flow)) each.classList.remove('chosen')
    const group = flow.querySelector('[data-index="' + index + '"]')
    group.classList.add('chosen')
    const [place, view] = [group.querySelector('.hit').getBoundingClientRect(), flow.getBoundingClientRect()]
    if (place.top < view.top + 50) flow.scrollTop -= view.top + 50 - place.top
    if (place.bottom > view.bottom) flow.scrollTop += place.bottom - view.bottom
    detail.innerHTML = factsMarkup(arrow, ladderStart(ladder)) + messageMarkup(arrow)
    detail.scrollTop = 0
  }
  detail.innerHTML = '<p class="hint">Choose an arrow to read its message; ↑ and ↓ walk through the call.</p>'
  flow.addEventListener('click', (event) => {
    const group = event.target.closest('[data-index]')
    if (group) choose(Number(group.dataset.index))
  })
  flow.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (!step) return
    event.preventDefault()
    choose(Math.min(ladder.arrows.length - 1, Math.max(0, chosen + step)))
  })
}

// Search and status together decide what is seen.
const search = document.getElementById('search')
let status = ''
function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean)
  const narrowed = words.length > 0 || status !== ''
  let found = 0
  for (const feature of all('.feature')) {
    const title = feature.querySelector('summary').textContent.toLowerCase()
    let any = false
    for (const scenario of all('.scenario', feature)) {
      const text = title + ' ' + scenario.querySelector('summary').textContent.toLowerCase()
      const seen = (!status || scenario.dataset.status === status) && words.every((word) => text.includes(word))
      scenario.hidden = !seen
      if (seen) any = ++found > 0
    }
    feature.hidden = !any
    if (narrowed && any) feature.open = true
  }
  document.querySelector('.nothing').hidden = found > 0
}
search.addEventListener('input', filter)
for (const button of all('[data-status]', document.querySelector('.choice'))) {
  button.addEventListener('click', () => {
    status = button.dataset.status
    for (const each of all('.choice button')) each.setAttribute('aria-pressed', each === button)
    filter()
  })
}
document.getElementById('fold').addEventListener('click', () => {
  for (const each of all('.feature, .scenario')) each.open = false
})
document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-copy]')
  if (!button) return
  navigator.clipboard?.writeText(button.parentElement.querySelector('code').textContent).then(() => {
    button.textContent = 'Copied'
    setTimeout(() => (button.textContent = 'Copy'), 1200)
  })
})
for (const element of all('.scenario')) element.addEventListener('toggle', () => element.open && open(element))
for (const element of all('.scenario.failed').slice(0, OPEN_FAILURES)) element.open = true

// A link to one scenario.
function follow() {
  const element = location.hash.startsWith('#scenario-') && document.getElementById(location.hash.slice(1))
  if (!element) return
  element.closest('.feature').open = true
  element.open = true
  element.scrollIntoView()
}
addEventListener('hashchange', follow)
follow()
`
