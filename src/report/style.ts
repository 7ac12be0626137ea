// How reports look: one palette (light and dark by the reader's system), one ladder style, one page style.

const light = {
  'color-scheme': 'light',
  ground: '#f6f7f9',
  surface: '#ffffff',
  sunken: '#f1f3f6',
  ink: '#1c2330',
  soft: '#5b6678',
  faint: '#8d97a8',
  rule: '#e1e5ec',
  accent: '#2563c9',
  'accent-soft': '#e7effb',
  good: '#15795a',
  'good-soft': '#e2f3ec',
  bad: '#bf3346',
  'bad-soft': '#fbe8ea',
  warn: '#96620c',
  'warn-soft': '#faf0dc',
}

const dark: Record<keyof typeof light, string> = {
  'color-scheme': 'dark',
  ground: '#10131a',
  surface: '#171b24',
  sunken: '#1d222d',
  ink: '#e3e7ee',
  soft: '#a3adbd',
  faint: '#717c8e',
  rule: '#2a313e',
  accent: '#86aefb',
  'accent-soft': '#1f2c47',
  good: '#62c79e',
  'good-soft': '#17302a',
  bad: '#ff8590',
  'bad-soft': '#3a2027',
  warn: '#e2b563',
  'warn-soft': '#332a18',
}

/** The custom properties, set on `selector`. */
export function palette(selector: string): string {
  return `${selector}{${declarations(light)}}@media (prefers-color-scheme:dark){${selector}{${declarations(dark)}}}`
}

function declarations(colours: Readonly<Record<string, string>>): string {
  const fonts =
    '--text:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;' +
    '--code:ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace'
  const pairs = Object.entries(colours).map(([name, value]) =>
    name === 'color-scheme' ? `color-scheme:${value}` : `--${name}:${value}`,
  )
  return `${pairs.join(';')};${fonts}`
}

export const ladderStyle = `
.ladder{font:13px/1 var(--text);color:var(--ink);display:block}
.ladder text{fill:currentColor}
.ladder .life{stroke:var(--rule);stroke-width:1.5}
.ladder .party rect{fill:var(--sunken);stroke:var(--rule)}
.ladder .party text{font-weight:600}
.ladder .arrow{color:var(--accent);cursor:pointer}
.ladder .provisional,.ladder .redirect{color:var(--soft)}
.ladder .success{color:var(--good)}
.ladder .failure{color:var(--warn)}
.ladder .arrow.lost,.ladder .arrow.unreachable,.ladder .arrow.refused{color:var(--bad)}
.ladder .wire{stroke:currentColor;stroke-width:1.5;fill:none}
.ladder .again .wire,.ladder .duplicate .wire{stroke-dasharray:5 4}
.ladder .head{fill:currentColor}
.ladder .cross{stroke:currentColor;stroke-width:2;stroke-linecap:round;fill:none}
.ladder .label{font-weight:500;paint-order:stroke;stroke:var(--surface);stroke-width:4px;stroke-linejoin:round}
.ladder .note{font-weight:400;font-size:11.5px;opacity:.85}
.ladder .time{font:11.5px var(--code);fill:var(--faint)}
.ladder .hit{fill:transparent}
.ladder .arrow:hover .hit{fill:var(--sunken)}
.ladder .arrow:hover .label{stroke:var(--sunken)}
.ladder .arrow.chosen .hit{fill:var(--accent-soft)}
.ladder .arrow.chosen .label{stroke:var(--accent-soft)}
.ladder .mark line{stroke:var(--rule);stroke-dasharray:2 4}
.ladder .mark text{fill:var(--soft);font-size:12.5px;font-style:italic;paint-order:stroke;stroke:var(--surface);stroke-width:12px}
.ladder .pause rect{fill:var(--sunken);stroke:var(--rule)}
.ladder .pause text{fill:var(--soft);font-size:11.5px}
`

/** What every page has. */
export const pageStyle = `
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 var(--text)}
h1{font-size:24px;line-height:1.25;font-weight:650;letter-spacing:-.01em;margin:0}
h2{font-size:17px;font-weight:620;margin:0 0 12px}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
code,pre,.code{font-family:var(--code);font-size:12.5px}
pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
.soft{color:var(--soft)}.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}
.number{font-variant-numeric:tabular-nums}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
input,select,button{font:inherit;color:inherit;background:var(--surface);border:1px solid var(--rule);border-radius:8px;padding:5px 10px}
button{cursor:pointer}button:hover{border-color:var(--faint)}
.card{background:var(--surface);border:1px solid var(--rule);border-radius:12px}
.pill{display:inline-block;border-radius:999px;padding:1px 9px;font-size:12px;line-height:18px;font-weight:550;background:var(--sunken);color:var(--soft);white-space:nowrap}
.pill.good{background:var(--good-soft);color:var(--good)}.pill.bad{background:var(--bad-soft);color:var(--bad)}.pill.warn{background:var(--warn-soft);color:var(--warn)}
.message{padding:14px 16px;font-family:var(--code);font-size:12.5px;line-height:1.55;overflow-wrap:anywhere;white-space:pre-wrap}
.sticky-head{position:sticky;top:-10px;z-index:1;background:var(--surface);box-shadow:0 6px 6px -6px rgba(20,25,40,.12)}
.message .start{font-weight:700;color:var(--accent)}
.message .name{font-weight:650}
.message .body{display:block;margin-top:10px;padding-top:10px;border-top:1px dashed var(--rule);color:var(--soft)}
.message .cut{display:block;color:var(--faint);font-style:italic}
.facts{display:flex;flex-wrap:wrap;gap:4px 14px;padding:10px 16px;border-bottom:1px solid var(--rule);font-size:12.5px;color:var(--soft)}
.facts b{color:var(--ink);font-weight:600}
`
