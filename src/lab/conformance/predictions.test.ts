// Profile `ser` fails exactly the rows that the list of deviations predicts: each named deviation makes its row fail by
// itself, under profile `rfc3261`, which passes it otherwise.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { DEVIATIONS, type DeviationName } from '../../proxy/profile.js'
import { CATALOGUE, readCatalogue } from './catalogue.js'
import { failsWith, predictionOf, predictionsPage, serRows, type Prediction } from './predictions.js'

const LIST = `${CATALOGUE}/ser.md`
const CASES = readCatalogue(CATALOGUE)
const SEED = 1

function listed(): Prediction[] {
  const rows = readFileSync(LIST, 'utf8').matchAll(/^\| ([A-Z0-9]+-\S+) \| .* \| ([A-Za-z0-9+, ]+) \|$/gm)
  return [...rows].map(([, id, by]) => ({
    id: id!,
    by: by!.split(', ').map((names) => names.split(' + ') as DeviationName[]),
  }))
}

test('profile ser fails exactly the rows that its deviations predict', async () => {
  const rows = await serRows(CASES, CATALOGUE, SEED)
  if (process.env.UPDATE === '1') {
    const predictions: Prediction[] = []
    for (const one of rows) predictions.push(await predictionOf(one, CATALOGUE, SEED))
    writeFileSync(LIST, predictionsPage(predictions, CASES))
  }
  const list = listed()
  assert.deepEqual(
    list.map(({ id }) => id),
    rows.map(({ id }) => id),
    `the rows of ${LIST}`,
  )
  const cases = new Map(CASES.map((one) => [one.id, one]))
  for (const { id, by } of list)
    for (const names of by) {
      for (const name of names) assert.ok(name in DEVIATIONS, `${id}: ${name}`)
      assert.ok(
        await failsWith(cases.get(id)!, names, CATALOGUE, SEED),
        `${id} fails by ${names.join(' + ')}`,
      )
    }
})
