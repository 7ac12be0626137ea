// A routing script as a table of lines: number, how often it ran, text; what never ran is marked, and decisions that
// went only one way say so. It runs in pages too: the rule at the head of ladder-rows.ts holds here.

import { executableLines, type ScriptHits, type ScriptShape } from './coverage.js'
import type { Source } from './ladder-rows.js'
import { visible } from './printable.js'

/** A script in a page. */
export interface PageScript {
  readonly file: string
  readonly lines: readonly string[]
  readonly executable: readonly number[]
  /** Line, column. */
  readonly arms: readonly (readonly [number, number])[]
}

const LINE_CHARACTERS_MAX = 400

/** What a page keeps of a script. */
export function pageScript(shape: ScriptShape): PageScript {
  const lines = visible(shape.text)
    .split('\n')
    .map((line) => line.slice(0, LINE_CHARACTERS_MAX))
  if (lines.at(-1) === '') lines.pop()
  const arms = shape.arms.map(({ line, column }) => [line, column] as const)
  return { file: visible(shape.file), lines, executable: executableLines(shape), arms }
}

/** The table. `judge`: mark what never ran (coverage) instead of what did (one scenario). */
export function scriptMarkup(
  script: PageScript,
  hits: Pick<ScriptHits, 'lines' | 'arms'>,
  judge: boolean,
): string {
  const escape = (text: string) => text.replace(/[&<>"']/g, (each) => `&#${each.charCodeAt(0)};`)
  const executable = new Set(script.executable)
  const rows = script.lines.map((text, index) => {
    const line = index + 1
    const times = hits.lines[line] ?? 0
    const kind = times > 0 ? 'ran' : executable.has(line) ? 'not' : ''
    const count = times > 0 ? `${times}×` : ''
    const arms = judge || times > 0 ? script.arms.filter((arm) => arm[0] === line) : []
    const remarks = arms.map((arm) => armRemark(hits.arms[`${arm[0]}:${arm[1]}`], judge)).join('')
    return (
      `<tr class="${kind}"><td class="line">${line}</td><td class="times">${count}</td>` +
      `<td class="text">${escape(text)}${remarks}</td></tr>`
    )
  })
  return `<table class="script${judge ? ' judged' : ''}"><tbody>${rows.join('')}</tbody></table>`
}

function armRemark(sides: readonly [number, number] | undefined, judge: boolean): string {
  const [taken, passed] = sides ?? [0, 0]
  if (taken + passed === 0) return ''
  if (!judge) {
    const text = passed === 0 ? 'taken' : taken === 0 ? 'not taken' : `taken ${taken}×, not taken ${passed}×`
    return ` <span class="arm">${text}</span>`
  }
  if (taken > 0 && passed > 0) return ''
  return ` <span class="arm half">${taken === 0 ? 'never taken' : 'always taken'}</span>`
}

/** What a page must hold to call `scriptMarkup`. */
export const scriptFunctions: readonly Source[] = [scriptMarkup, armRemark]

export const scriptStyle = `
.script{border-collapse:collapse;width:100%;font:12.5px/1.6 var(--code)}
.script td{padding:0 10px;vertical-align:top}
.script .line,.script .times{text-align:right;width:1%;white-space:nowrap;user-select:none;color:var(--faint)}
.script .text{white-space:pre-wrap;overflow-wrap:anywhere;tab-size:4}
.script .times{border-right:2px solid var(--rule)}
.script .ran .times{color:var(--good);border-right-color:var(--good)}
.script .ran .text{background:var(--good-soft)}
.script .not .text{color:var(--faint)}
.script.judged .ran .text{background:none}
.script.judged .not .times{border-right-color:var(--bad)}
.script.judged .not .text{background:var(--bad-soft);color:inherit}
.script .arm{font:11px/16px var(--text);margin-left:14px;padding:1px 7px;border-radius:9px;background:var(--surface);color:var(--soft);border:1px solid var(--rule);white-space:nowrap}
.script .arm.half{background:var(--warn-soft);color:var(--warn);border-color:transparent}
`
