// The engine against the whole catalogue, in virtual time: profile rfc3261 passes all rows but those that
// features/conformance/left.md gives a reason for, and every MUST row.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { CATALOGUE, readCatalogue } from './catalogue.js'
import { VirtualTarget } from './virtual.js'

const CASES = readCatalogue(CATALOGUE)

async function failedRows(seed: number): Promise<string[]> {
  const target = new VirtualTarget(CATALOGUE, 'rfc3261', seed)
  const failed: string[] = []
  await target.runAll(CASES, ({ id, verdict, text }) => {
    assert.notEqual(verdict, 'not applicable', `${id}: ${text}`)
    if (verdict === 'fail') failed.push(id)
  })
  return failed.sort()
}

test('profile rfc3261 passes every row of the catalogue but those of the list, with whatever seed', async () => {
  const list = readFileSync(`${CATALOGUE}/left.md`, 'utf8')
  const left = [...list.matchAll(/^- ([A-Z0-9]+-\S+): \S/gm)].map(([, id]) => id!)
  for (const seed of [1, 2]) assert.deepEqual(await failedRows(seed), [...left].sort(), `seed ${seed}`)
  const must = CASES.filter(({ id, level }) => level === 'MUST' && left.includes(id))
  assert.deepEqual(must, [])
})
