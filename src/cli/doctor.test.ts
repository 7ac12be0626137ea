// The command line's doctor, as a user meets it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { captured } from './captured.js'
import { main } from './main.js'
import { PARTS } from './parts.js'
import { programVersion } from '../host/program-version.js'

test('every part has a row, found or with what it would enable, and the exit code is 0', async () => {
  const terminal = captured()
  assert.equal(await main(['doctor'], terminal), 0)
  for (const { name } of PARTS)
    assert.match(terminal.output, new RegExp(`^${name} +(?:yes .|no  would enable .)`, 'm'))
  assert.match(terminal.output, /^Addresses to listen at: .*127\.0\.0\.1/m)
})

test('the same as JSON', async () => {
  const terminal = captured()
  assert.equal(await main(['doctor', '--json'], terminal), 0)
  const { parts } = JSON.parse(terminal.output) as {
    parts: { name: string; found?: string; install: string }[]
  }
  assert.deepEqual(
    parts.map(({ name }) => name),
    PARTS.map(({ name }) => name),
  )
  assert.equal(parts[0]?.found, process.version)
})

test('a program tells its version, one that is missing or fails has none', async () => {
  assert.equal(
    await programVersion([['sipwright-no-such-program'], [process.execPath, '--version']]),
    process.version,
  )
  assert.equal(await programVersion([['sipwright-no-such-program', '-v']]), undefined)
  assert.equal(
    await programVersion([[process.execPath, '-e', 'console.error("broken 1"); process.exit(1)']]),
    undefined,
  )
  assert.equal(
    await programVersion([[process.execPath, '-e', 'console.log("v1.2"); process.exit(99)']]),
    'v1.2',
  )
})
