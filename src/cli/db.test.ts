// sipwright db create, as a user meets it.

import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { captured } from './captured.js'
import { main } from './main.js'

const folder = mkdtempSync(join(tmpdir(), 'sipwright-cli-db-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

/** Runs "sipwright db WORDS": its exit code and what it printed. */
async function db(...words: readonly string[]) {
  const terminal = captured()
  const code = await main(['db', ...words], terminal)
  return { code, output: terminal.output, errors: terminal.errors }
}

test('tables are made, and the second time there is nothing to do', async () => {
  const url = `sqlite:${folder}/ser.db`
  const first = await db('create', url)
  assert.equal(first.code, 0, first.errors)
  assert.match(first.output, /: made version, subscriber, .*location, aliases, acc, .*\n$/)
  const second = await db('create', url)
  assert.equal(second.code, 0)
  assert.match(second.output, /: nothing was to be made; there already: version, subscriber, /)
})

test('a few tables are made as text files, told as JSON', async () => {
  const made = await db('create', `dbtext:${folder}/tables`, '--tables', 'grp, location', '--json')
  assert.deepEqual(JSON.parse(made.output), {
    ...{ database: `dbtext:${folder}/tables`, created: ['version', 'location', 'grp'], existing: [] },
  })
  assert.deepEqual(readdirSync(join(folder, 'tables')).sort(), ['grp', 'location', 'version'])
  const grp = readFileSync(join(folder, 'tables', 'grp'), 'utf8')
  assert.equal(grp, 'username(str) domain(str) grp(str) last_modified(int)\n')
})

for (const [what, words, complaint] of [
  ['no verb', [], /db: say what to do and where/],
  [
    'an unknown table',
    ['create', 'sqlite:x.db', '--tables', 'locations'],
    /no table locations, did you mean location\?/,
  ],
  ['no kind of database', ['create', 'ser.db'], /ser\.db names no database; an URL begins with one of/],
  ['a server that is not there', ['create', 'mysql://ser:secret@127.0.0.1:1/ser'], /ECONNREFUSED/],
] as const)
  test(`${what}: exit code 2 and what to do`, async () => {
    const { code, errors } = await db(...words)
    assert.equal(code, 2)
    assert.match(errors, complaint)
    assert.doesNotMatch(errors, /secret/)
  })
