// The list of deliberate faults is true: the first row that it names for a fault still notices it.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { FAULTS } from '../../conformance/fault-table.js'
import { CATALOGUE, readCatalogue } from './catalogue.js'
import { caughtBy, soundRows } from './fault-run.js'

const LIST = `${CATALOGUE}/faults.md`
const NOTICED_MIN = 0.95
const RENEW = `renew ${LIST}: node bin/sipwright.js conformance --faults, then copy reports/conformance-faults.md`

/** Fault ids with the first row that noticed each. */
function listed(): [fault: string, row: string | undefined][] {
  return [
    ...readFileSync(LIST, 'utf8').matchAll(/^\| ([a-z0-9-]+) \| .* \| (?:([A-Z]\S*)|\*\*none).*\|$/gm),
  ].map(([, fault, row]) => [fault!, row])
}

test('every deliberate fault of the list is noticed by the row that stands first, and at least 95 % are noticed', async () => {
  const list = listed()
  assert.deepEqual(
    list.map(([fault]) => fault),
    FAULTS.map(({ id }) => id),
    RENEW,
  )
  const cases = new Map(readCatalogue(CATALOGUE).map((one) => [one.id, one]))
  let noticed = 0
  for (const [index, [fault, row]] of list.entries()) {
    if (row === undefined) continue
    const one = cases.get(row)
    assert.ok(one, `${row}: no such row; ${RENEW}`)
    const sound = await soundRows(CATALOGUE, [one], 1)
    assert.equal(sound.length, 1, `${row} passes without a fault`)
    const { by } = await caughtBy(FAULTS[index]!, CATALOGUE, sound, 1)
    assert.deepEqual(by, [row], `${fault} is not noticed by ${row}; ${RENEW}`)
    noticed++
  }
  assert.ok(FAULTS.length >= 80)
  assert.ok(noticed >= NOTICED_MIN * FAULTS.length, `${noticed} of ${FAULTS.length}`)
})
