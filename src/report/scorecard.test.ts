// The scorecard: sums, forms, comparison.

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { SaxesParser } from 'saxes'
import { hostileLog, sampleLog } from './sample-log.js'
import { scorecardHtml } from './scorecard-html.js'
import {
  comparison,
  scorecardCsv,
  scorecardJson,
  scorecardJunit,
  scorecardMarkdown,
  summaryTable,
} from './scorecard-text.js'
import { countsOf, differences, purposeCounts, type Scorecard, type ScorecardRow } from './scorecard.js'

const row = (
  id: string,
  verdict: ScorecardRow['verdict'],
  more: Partial<ScorecardRow> = {},
): ScorecardRow => ({
  ...{ id, verdict, title: `title of ${id}`, level: 'MUST', source: 'RFC 3261 §16.6-3', role: 'proxy' },
  ...{ text: verdict === 'pass' ? '' : `why ${id}`, log: [], ...more },
})
const card: Scorecard = {
  ...{ target: 'a server', date: '2026-01-01T00:00:00.000Z', version: '1.0.0', seed: 1, durationMs: 1500 },
  rows: [
    row('PFW-001', 'pass'),
    row('PFW-002', 'fail', { log: sampleLog }),
    row('REG-001', 'pass', { source: 'RFC 3261 §10.3-7', role: 'registrar', level: 'SHOULD' }),
    row('TRP-001', 'not applicable', { source: 'RFC 3581 §4' }),
  ],
  purposes: [
    { id: 'P1', section: '16.6', groups: ['PFW'] },
    { id: 'P2', section: '10.3', groups: ['REG'] },
    { id: 'P3', section: '18', groups: ['TRP'] },
  ],
}

test('rows are counted by verdict, level, section and role', () => {
  assert.deepEqual(countsOf(card.rows), {
    pass: 2,
    fail: 1,
    'not applicable': 1,
    'not executable': 0,
    'not run': 0,
  })
  assert.match(summaryTable(card, 'level'), /\| MUST \| 1 \| 1 \| 1 \| 0 \| 0 \|\n\| SHOULD \| 1 \| 0 \|/)
  assert.match(
    summaryTable(card, 'section'),
    /\| RFC 3261 §10\.3 \| 1 \| 0 .*\n\| RFC 3261 §16\.6 \| 1 \| 1 /,
  )
  assert.match(summaryTable(card, 'role'), /\| registrar \| 1 \| 0 /)
})

test('ETSI purposes are clean, failing or open by the rows of their groups', () => {
  assert.deepEqual(purposeCounts(card), { clean: 1, failing: 1, open: 1 })
})

test('Markdown lists each row that failed or was not played with the reason', () => {
  const text = scorecardMarkdown(card)
  assert.match(text, /\*\*PFW-002\*\* .*why PFW-002/)
  assert.match(text, /\*\*TRP-001\*\* .*why TRP-001/)
})

test('CSV has a line a row, and no cell is a formula', () => {
  const text = scorecardCsv({ ...card, rows: [row('X-1', 'fail', { text: '=cmd()' })] })
  assert.equal(text.split('\r\n').length, 3)
  assert.match(text, /"'=cmd\(\)"/)
})

test('JSON gives the scorecard back, with ladder and messages of failures', () => {
  const back = JSON.parse(scorecardJson(card)) as { rows: { ladder?: string; messages?: string[] }[] }
  assert.equal(back.rows.length, 4)
  assert.equal(back.rows[0]?.ladder, undefined)
  assert.match(back.rows[1]?.ladder ?? '', /INVITE/)
  assert.equal(back.rows[1]?.messages?.length, 14)
})

test('JUnit is well-formed also of hostile packets, the page has no markup of theirs', () => {
  const hostile = {
    ...card,
    target: '<script>',
    rows: [row('PFW-003', 'fail', { log: hostileLog, text: '</failure>\x00' })],
  }
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.write(scorecardJunit(hostile)).close()
  assert.match(scorecardJunit(hostile), /failures="1"/)
  assert.doesNotMatch(scorecardHtml(hostile), /<script>alert|<img src=x|<svg onload/)
})

test('two scorecards differ where a verdict does, and where only one has the row', () => {
  const other = {
    ...card,
    target: 'another',
    rows: [row('PFW-001', 'fail'), ...card.rows.slice(1), row('NEW-001', 'pass')],
  }
  assert.deepEqual(
    differences(card, other).map(({ id, one, other: two }) => [id, one, two]),
    [
      ['PFW-001', 'pass', 'fail'],
      ['NEW-001', undefined, 'pass'],
    ],
  )
  assert.match(comparison(card, other), /2 rows differ/)
  assert.match(comparison(card, card), /fare alike/)
})
