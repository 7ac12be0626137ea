// `sipwright ladder`: the call flow of a run log as text, SVG or a page.

import { writeFileSync } from 'node:fs'
import { UsageError } from '../errors.js'
import { ladderHtml } from '../report/ladder-html.js'
import { ladderSvg } from '../report/ladder-svg.js'
import { ladderText } from '../report/ladder-text.js'
import { ladderOf, type Ladder } from '../report/messages.js'
import { parsed, wholeNumber } from './arguments.js'
import { readLog } from './log-file.js'
import { readText } from './script-file.js'
import type { Terminal } from './terminal.js'

export const help = `sipwright ladder LOG

Draws the messages of a run log (JSON, one entry a line, as "sipwright serve --log" writes it; - for standard input).

  --svg          an SVG drawing
  --html         a page with the messages behind the arrows
  --ascii        text without box characters
  --width N      columns of the text (default: the terminal's)
  -o FILE        write it there; .svg and .html in the name say the form

Example: sipwright ladder proxy.ndjson --html -o flow.html
`

const LOG_BYTES_MAX = 512 * 1024 * 1024
/** First octets of pcap (both byte orders, micro- and nanoseconds) and pcapng. */
const CAPTURES = [
  '\xd4\xc3\xb2\xa1',
  '\xa1\xb2\xc3\xd4',
  '\x4d\x3c\xb2\xa1',
  '\xa1\xb2\x3c\x4d',
  '\x0a\x0d\x0d\x0a',
]

export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parsed('ladder', argv, {
    allowPositionals: true,
    options: {
      svg: { type: 'boolean', default: false },
      html: { type: 'boolean', default: false },
      ascii: { type: 'boolean', default: false },
      width: { type: 'string' },
      output: { type: 'string', short: 'o' },
    },
  })
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0)
    throw new UsageError('ladder: name one run log, as in "sipwright ladder proxy.ndjson".')
  if (values.svg && values.html) throw new UsageError('ladder: --svg or --html, not both.')
  const ladder = ladderOfFile(file)
  const form = values.svg ? 'svg' : values.html ? 'html' : formOf(values.output)
  const width = values.width === undefined ? terminal.width : wholeNumber('--width', values.width, 40, 1000)
  const text = drawn(ladder, form, { title: file, width, ascii: values.ascii })
  if (values.output === undefined) terminal.out(text)
  else write(values.output, text)
  return 0
}

type Form = 'text' | 'svg' | 'html'

function formOf(output: string | undefined): Form {
  return /\.svg$/i.test(output ?? '') ? 'svg' : /\.html?$/i.test(output ?? '') ? 'html' : 'text'
}

function drawn(
  ladder: Ladder,
  form: Form,
  { title, ...options }: { title: string; width: number; ascii: boolean },
): string {
  if (form === 'svg') return ladderSvg(ladder)
  return form === 'html' ? ladderHtml(ladder, title) : ladderText(ladder, options)
}

function ladderOfFile(file: string): Ladder {
  const bytes = readText(file, LOG_BYTES_MAX)
  if (CAPTURES.some((start) => bytes.startsWith(start)))
    throw new UsageError(`${file} is a capture; only run logs (JSON, one entry a line) can be drawn so far.`)
  const ladder = ladderOf(readLog(Buffer.from(bytes, 'latin1').toString('utf8'), file))
  if (ladder.arrows.length === 0) throw new UsageError(`${file} holds no messages.`)
  return ladder
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new UsageError(`-o ${file} cannot be written: ${(error as Error).message}`)
  }
}
