// Golden files: scripts that load and their trees, scripts that do not and what is said about them.
// UPDATE=1 writes the expectations anew.

import { strict as assert } from 'node:assert'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { ScriptErrors } from '../errors.js'
import { bindScript } from './bind.js'
import { parseScript } from './parser.js'
import { outline } from './testdata/outline.js'
import { TOYS } from './testdata/toy.js'

const FOLDER = 'src/script/testdata'
const RECORDED = 'captures/oracle'

function scripts(folder: string): string[] {
  return readdirSync(`${FOLDER}/${folder}`).filter((file) => file.endsWith('.cfg'))
}

function expectText(file: string, actual: string): void {
  if (process.env['UPDATE'] !== undefined) writeFileSync(file, actual, 'latin1')
  assert.equal(actual, existsSync(file) ? readFileSync(file, 'latin1') : '')
}

for (const file of scripts('good'))
  test(`good/${file} is read as its tree says`, () => {
    const path = `${FOLDER}/good/${file}`
    expectText(path.replace(/cfg$/, 'tree'), outline(parseScript(readFileSync(path, 'latin1'), file)))
  })

/** All that is said about a script that does not load. */
function complaints(text: string, file: string): string {
  try {
    bindScript(parseScript(text, file), TOYS)
  } catch (error) {
    if (error instanceof ScriptErrors) return `${error.message}\n`
    throw error
  }
  return 'no complaint\n'
}

for (const file of scripts('bad'))
  test(`bad/${file} is refused with what its error file says`, () => {
    const path = `${FOLDER}/bad/${file}`
    const said = complaints(readFileSync(path, 'latin1'), file)
    assert.notEqual(said, 'no complaint\n')
    expectText(path.replace(/cfg$/, 'error'), said)
  })

test('every recorded script of the original is read', () => {
  const cases = readdirSync(RECORDED).filter((name) => existsSync(`${RECORDED}/${name}/script.cfg`))
  assert.ok(cases.length > 80)
  for (const name of cases) {
    const path = `${RECORDED}/${name}/script.cfg`
    assert.ok(parseScript(readFileSync(path, 'latin1'), path).routes.length > 0, path)
  }
})
