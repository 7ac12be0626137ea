// The coverage of all scripts as one self-contained page: a table, then each script line by line.

import { coverageTable, tableStyle } from './coverage-table.js'
import { measure, percent, type ScriptCoverage } from './coverage.js'
import { htmlPage } from './page.js'
import { escaped, visible } from './printable.js'
import { pageScript, scriptMarkup, scriptStyle } from './script-markup.js'
import { pageStyle } from './style.js'

/** The page; `title` says what was run. */
export function coverageHtml(coverage: readonly ScriptCoverage[], title: string): string {
  const sections = coverage.map(section)
  const table =
    coverage.length > 0 ? coverageTable(coverage, '#script-') : '<p class="soft">No routing script ran.</p>'
  return htmlPage({
    title,
    styles: [pageStyle, tableStyle, scriptStyle, style],
    body: `<header><h1>${escaped(visible(title))}</h1></header><main>${table}${sections.join('')}</main>`,
  })
}

function section(coverage: ScriptCoverage, index: number): string {
  const measured = measure(coverage)
  const script = pageScript(coverage.shape)
  const shares = (['lines', 'arms', 'routes'] as const).map((kind) => {
    const { hit, all } = measured[kind]
    return `<span class="pill${hit === all ? ' good' : ''}">${kind} ${hit}/${all}, ${percent(measured[kind])}</span>`
  })
  const missed = coverage.shape.routes.filter((route) => (coverage.hits.routes[route] ?? 0) === 0)
  const idle =
    missed.length > 0 ? `<p class="soft">Never entered: ${escaped(visible(missed.join(', ')))}</p>` : ''
  return (
    `<section class="card" id="script-${index}"><h2 class="code">${escaped(script.file)}</h2><p>${shares.join(' ')}</p>${idle}` +
    `${scriptMarkup(script, coverage.hits, true)}</section>`
  )
}

const style = `
body{padding:28px 32px 60px;max-width:1160px;margin:0 auto}
header{margin-bottom:20px}
section{margin-top:22px;padding:18px 20px;overflow-x:auto}
section h2{margin-bottom:6px;font-size:15px}section p{margin:0 0 12px}
`
