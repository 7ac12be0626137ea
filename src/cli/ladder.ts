// `sipwright ladder`: the call flow of a run log or a capture as text, SVG or a page, or as a capture once more.

import { writeFileSync } from 'node:fs'
import type { LogEntry } from '../driver.js'
import { UsageError } from '../errors.js'
import { writeCapture } from '../host/capture-out.js'
import { callsOf } from '../pcap/calls.js'
import { ladderHtml } from '../report/ladder-html.js'
import { ladderSvg } from '../report/ladder-svg.js'
import { ladderText } from '../report/ladder-text.js'
import { ladderOf, type Ladder } from '../report/messages.js'
import { parsed, wholeNumber } from './arguments.js'
import { callList } from './captured-calls.js'
import { callFilter, chosenCall, recorded, type Recorded } from './captured-messages.js'
import type { Terminal } from './terminal.js'

export const help = `sipwright ladder CAPTURE

Draws the messages of a capture (pcap or pcapng, also in gzip; - for standard input), of a message log (Kamailio's
sipdump, SIPp's -trace_msg, HEP), or of a run log (JSON, one entry a line, as "sipwright serve --log" writes it).

  --svg          an SVG drawing
  --html         a page with the messages behind the arrows
  --ascii        text without box characters
  --width N      columns of the text (default: the terminal's)
  --list         the calls in it, one a line, instead of a drawing
  --call CALL    only this call: its number in the list, or a part of its Call-ID
  --method NAME  only this method and the responses to it
  --address A    only what this address (10.0.0.1 or 10.0.0.1:5060) sent or got
  --json         with --list: as JSON
  -o FILE        write it there; .svg, .html and .pcap in the name say the form

What a call lacks (an ACK, a final response) is said at its end. Exit code 1: nothing could be read.

Example: sipwright ladder call.pcap --html -o flow.html
`

const OPTIONS = {
  svg: { type: 'boolean', default: false },
  html: { type: 'boolean', default: false },
  ascii: { type: 'boolean', default: false },
  list: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  call: { type: 'string' },
  method: { type: 'string' },
  address: { type: 'string' },
  width: { type: 'string' },
  output: { type: 'string', short: 'o' },
} as const

export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parsed('ladder', argv, { allowPositionals: true, options: OPTIONS })
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0)
    throw new UsageError('ladder: name one capture or run log, as in "sipwright ladder call.pcap".')
  if (values.svg && values.html) throw new UsageError('ladder: --svg or --html, not both.')
  const width = values.width === undefined ? terminal.width : wholeNumber('--width', values.width, 40, 1000)
  const { method, address } = values
  const all = await recorded(file, { method, address, ...callFilter(values.call) }, terminal)
  if (all === undefined) return 1
  const found = values.call === undefined ? all : chosenCall(all, values.call)
  if (values.list) return (terminal.out(callList(found.messages, { width, json: values.json })), 0)
  const form = values.svg ? 'svg' : values.html ? 'html' : formOf(values.output)
  if (form === 'pcap') return (writeCapture(values.output!, found.messages), 0)
  const ladder = ladderOf(found.isLog ? found.log : remarked(found))
  if (ladder.arrows.length === 0) throw new UsageError(`${file} holds no messages.`)
  const text = drawn(ladder, form, { title: file, width, ascii: values.ascii })
  if (values.output === undefined) terminal.out(text)
  else write(values.output, text)
  return 0
}

/** The log with a remark behind each call for what it lacks. */
function remarked({ log, messages }: Recorded): LogEntry[] {
  const remarks = callsOf(messages).flatMap(({ endMs, missing }): LogEntry[] =>
    missing.map((text) => ({ kind: 'mark', at: endMs, text: `missing: ${text}` })),
  )
  return [...log, ...remarks].sort((one, two) => one.at - two.at)
}

type Form = 'text' | 'svg' | 'html' | 'pcap'

function formOf(output: string | undefined): Form {
  const ending = /\.(svg|html?|pcap)$/i.exec(output ?? '')?.[1]?.toLowerCase()
  return ending === undefined ? 'text' : ending === 'svg' ? 'svg' : ending === 'pcap' ? 'pcap' : 'html'
}

function drawn(
  ladder: Ladder,
  form: Form,
  { title, ...options }: { title: string; width: number; ascii: boolean },
): string {
  if (form === 'svg') return ladderSvg(ladder)
  return form === 'html' ? ladderHtml(ladder, title) : ladderText(ladder, options)
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new UsageError(`-o ${file} cannot be written: ${(error as Error).message}`)
  }
}
