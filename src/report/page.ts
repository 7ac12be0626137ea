// The frame of a self-contained HTML page: no resource from outside, its data as JSON blocks, its one script allowed by
// hash. Should hostile bytes ever get past the escaping, the content security policy still keeps them from running.

import { createHash } from 'node:crypto'
import { escaped, visible } from './printable.js'
import type { Source } from './ladder-rows.js'
import { palette } from './style.js'

export interface Page {
  readonly title: string
  /** Style sheets, in order. */
  readonly styles: readonly string[]
  /** Markup; what it quotes is escaped already. */
  readonly body: string
  /** JSON blocks by element id (letters, digits and dashes). */
  readonly data?: Readonly<Record<string, unknown>>
  readonly script?: string
}

/** The whole page as text. */
export function htmlPage(page: Page): string {
  const blocks = Object.entries(page.data ?? {}).map(
    ([id, value]) => `<script type="application/json" id="${id}">${jsonBlock(value)}</script>`,
  )
  const script = page.script ?? ''
  const policy =
    `default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; ` +
    `script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escaped(visible(page.title))}</title>
<style>${palette(':root')}${page.styles.join('')}</style>
</head>
<body>
${page.body}
${blocks.join('\n')}
${script ? `<script>${script}</script>` : ''}
</body>
</html>
`
}

/** JSON that cannot end its script element. */
function jsonBlock(value: unknown): string {
  return JSON.stringify(value).replace(/</g, '\\u003c')
}

/** Functions as the source a page gets. They stand alone together: nothing but each other and the language. */
export function sourceOf(functions: readonly Source[]): string {
  return functions.map((each) => each.toString()).join('\n')
}
