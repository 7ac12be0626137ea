// The command line's ladder, as a user meets it.

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { hostileLog, sampleLog } from '../report/sample-log.js'
import { captured } from './captured.js'
import { logLine, readLog } from './log-file.js'
import { main } from './main.js'

const folder = mkdtempSync(join(tmpdir(), 'sipwright-ladder-'))
// Not `after`: at the root it runs as soon as the tests known so far are done.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text, 'latin1')
  return path
}

const log = file('sample.ndjson', sampleLog.map(logLine).join(''))

async function fails(argv: readonly string[]): Promise<string> {
  const terminal = captured()
  assert.equal(await main(['ladder', ...argv], terminal), 2)
  return terminal.errors
}

test('a log is written and read back the same', () => {
  const text = [...sampleLog, ...hostileLog].map(logLine).join('')
  assert.deepEqual(readLog(text, 'x'), JSON.parse(JSON.stringify([...sampleLog, ...hostileLog])))
})

test('the ladder of a log is drawn as text, with the width asked for', async () => {
  const terminal = captured()
  assert.equal(await main(['ladder', log, '--ascii', '--width', '120'], terminal), 0)
  assert.match(terminal.output, /INVITE/)
  assert.doesNotMatch(terminal.output, /[^\n -~]/)
  for (const line of terminal.output.split('\n')) assert.ok(line.length <= 120)
})

test('the name of the file written says the form', async () => {
  const terminal = captured()
  const [svg, html] = [join(folder, 'flow.svg'), join(folder, 'flow.html')]
  assert.equal(await main(['ladder', log, '-o', svg], terminal), 0)
  assert.equal(await main(['ladder', log, '-o', html], terminal), 0)
  assert.match(readFileSync(svg, 'utf8'), /^<svg/)
  assert.match(readFileSync(html, 'utf8'), /^<!doctype html>/i)
  assert.equal(terminal.output, '')
  assert.equal(await main(['ladder', log, '--svg'], terminal), 0)
  assert.match(terminal.output, /^<svg/)
})

test('what is no run log is refused with its line', async () => {
  assert.match(
    await fails([file('bad.ndjson', `${logLine(sampleLog[0]!)}{"kind":"wire","at":1}\n`)]),
    /bad\.ndjson:2:/,
  )
})

test('a wrong folder and two forms are refused', async () => {
  assert.match(await fails([log, '-o', join(folder, 'no', 'x.svg')]), /cannot be written/)
  assert.match(await fails([log, '--svg', '--html']), /not both/)
  assert.match(await fails([]), /name one capture/)
})

const capture = 'captures/oracle/fork-cancel/capture.pcap'

test('a capture is drawn, as text, page and drawing, and written again', async () => {
  const terminal = captured()
  assert.equal(await main(['ladder', capture, '--width', '140'], terminal), 0)
  assert.match(terminal.output, /487 Request Terminated/)
  const [again, page, svg] = [join(folder, 'again.pcap'), join(folder, 'flow.html'), join(folder, 'flow.svg')]
  for (const output of [again, page, svg])
    assert.equal(await main(['ladder', capture, '-o', output], terminal), 0)
  const other = captured()
  assert.equal(await main(['ladder', again, '--width', '140'], other), 0)
  assert.equal(other.output, terminal.output)
  assert.match(readFileSync(page, 'utf8'), /prefers-color-scheme:dark/)
})

test('the calls of a capture are listed, with what they lack; one can be chosen', async () => {
  const terminal = captured()
  assert.equal(
    await main(['ladder', 'captures/oracle/def-fork-two-contacts/capture.pcap', '--list'], terminal),
    0,
  )
  const lines = terminal.output.trim().split('\n')
  assert.match(lines.at(-1)!, /^ +\d+ {2}INVITE|missing/)
  const json = captured()
  assert.equal(await main(['ladder', capture, '--list', '--json'], json), 0)
  assert.equal((JSON.parse(json.output) as { outcome: string }[])[0]!.outcome, 'cancelled')
  const one = captured()
  assert.equal(await main(['ladder', capture, '--call', '1', '--method', 'CANCEL'], one), 0)
  assert.doesNotMatch(one.output, /INVITE/)
  assert.match(await fails([capture, '--call', '9']), /there is no such call/)
})

test('a capture that cannot be read ends with 1 and says why, a part of one is drawn with a warning', async () => {
  const whole = readFileSync(capture)
  const terminal = captured()
  assert.equal(await main(['ladder', file('cut.pcap', whole.toString('latin1', 0, 3000))], terminal), 0)
  assert.match(
    terminal.errors,
    /it ends in the middle of a record: \d+ packets were read, \d+ octets are left out/,
  )
  assert.match(terminal.output, /missing: the final response to the INVITE/)
  assert.equal(await main(['ladder', file('text.txt', 'hello, world, this is a text\n')], terminal), 1)
  assert.match(terminal.errors, /no pcap or pcapng file.*\n.*holds no SIP message/)
})
