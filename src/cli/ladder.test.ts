// The command line's ladder, as a user meets it.

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { hostileLog, sampleLog } from '../report/sample-log.js'
import { captured } from './captured.js'
import { logLine, readLog } from './log-file.js'
import { main } from './main.js'

const folder = mkdtempSync(join(tmpdir(), 'sipwright-ladder-'))
after(() => rmSync(folder, { recursive: true, force: true }))

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
