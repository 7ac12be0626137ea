// The command line's init, as a user meets it.

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { captured } from './captured.js'
import { main } from './main.js'

const folders: string[] = []
after(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })))

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sipwright-init-'))
  folders.push(folder)
  return folder
}

test('a feature and a script that passes the check are written', async () => {
  const folder = emptyFolder()
  const terminal = captured()
  assert.equal(await main(['init', folder], terminal), 0)
  assert.match(terminal.output, /npx sipwright run features/)
  assert.match(terminal.output, /npm install --save-dev sipwright/)
  assert.match(readFileSync(join(folder, 'features/calls.feature'), 'utf8'), /^Feature: /)
  assert.equal(readFileSync(join(folder, '.gitignore'), 'utf8'), 'reports/\n')
  assert.equal(await main(['check', join(folder, 'features/scripts/proxy.cfg')], terminal), 0)
  assert.equal(terminal.errors, '')
})

test('nothing is overwritten: a second time it refuses', async () => {
  const folder = emptyFolder()
  const terminal = captured()
  await main(['init', folder], terminal)
  writeFileSync(join(folder, 'features/calls.feature'), 'mine')
  assert.equal(await main(['init', folder], terminal), 2)
  assert.match(terminal.errors, /exist already; nothing was written/)
  assert.equal(readFileSync(join(folder, 'features/calls.feature'), 'utf8'), 'mine')
})

test('.gitignore keeps its lines and gets the new one once', async () => {
  const folder = emptyFolder()
  writeFileSync(join(folder, '.gitignore'), 'dist/')
  writeFileSync(join(folder, 'package.json'), '{}')
  const terminal = captured()
  await main(['init', folder], terminal)
  assert.equal(readFileSync(join(folder, '.gitignore'), 'utf8'), 'dist/\nreports/\n')
  assert.match(terminal.output, /into the scripts of package\.json/)
  rmSync(join(folder, 'features'), { recursive: true })
  assert.equal(await main(['init', folder], terminal), 0)
  assert.equal(readFileSync(join(folder, '.gitignore'), 'utf8'), 'dist/\nreports/\n')
})
