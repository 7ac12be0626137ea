// Reports over the made-up run of sample-run.ts: figures by hand, forms by golden files (UPDATE=1 renews), and what
// hostile bytes may not do to a page or a document.

import { strict as assert } from 'node:assert'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { SaxesParser } from 'saxes'
import { coverageHtml } from './coverage-html.js'
import type { LogEntry } from '../driver.js'
import { hitsOf, measure } from './coverage.js'
import { coverageText, ranges } from './coverage-text.js'
import { failureText } from './failure-text.js'
import { indexHtml } from './index-html.js'
import { junitXml } from './junit.js'
import { ladderHtml } from './ladder-html.js'
import { ladderSvg } from './ladder-svg.js'
import { ladderText } from './ladder-text.js'
import { lcov } from './lcov.js'
import { lastArrows, ladderOf } from './messages.js'
import { hostileLog, sampleLog } from './sample-log.js'
import { failedScenario, hostileScenario, runOf, sampleRun, sampleShape, scriptLog } from './sample-run.js'
import { summaryText } from './summary.js'

const FOLDER = 'src/report/testdata/good'

function golden(name: string, text: string): void {
  const file = `${FOLDER}/${name}`
  if (process.env.UPDATE === '1') writeFileSync(file, text)
  assert.equal(text, readFileSync(file, 'utf8'))
}

const hostileRun = runOf([{ name: 'Hostile', uri: '"><script>.feature', scenarios: [hostileScenario] }])
const ladder = ladderOf(sampleLog)

/** Throws when it is no XML. */
function wellFormed(text: string): void {
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.write(text).close()
}

test('coverage counts lines, arms and routes', () => {
  const [covered] = sampleRun.coverage
  assert.ok(covered)
  assert.deepEqual(measure(covered), {
    lines: { hit: 8, all: 14 },
    arms: { hit: 5, all: 8 },
    routes: { hit: 2, all: 3 },
    uncovered: [
      [4, 5],
      [12, 13],
      [24, 25],
    ],
  })
  assert.equal(ranges(measure(covered)), '4-5, 12-13, 24-25')
})

test('lcov has a record for each executable line and each side of an if', () => {
  const text = lcov(sampleRun.coverage)
  golden('coverage.lcov', text)
  assert.equal(text.match(/^DA:/gm)?.length, 14)
  assert.equal(text.match(/^BRDA:/gm)?.length, 8)
  assert.match(text, /^LH:8$/m)
})

test('the ladder as text has a line an arrow, the lost one broken off, and marks between', () => {
  const text = ladderText(ladder, { width: 100 })
  golden('ladder.txt', text)
  assert.equal(text.match(/[►◄╳]/g)?.length, 14)
  assert.equal(text.match(/╳/g)?.length, 1)
  golden('ladder-ascii.txt', ladderText(ladder, { width: 100, ascii: true }))
  assert.doesNotMatch(ladderText(ladder, { ascii: true }), /[^\n -~]/)
})

test('a narrow terminal gets a list, each line within the width', () => {
  const lines = ladderText(ladder, { width: 40 }).trimEnd().split('\n')
  assert.ok(lines.length >= 14)
  assert.ok(
    lines.every((line) => [...line].length <= 40),
    lines.join('\n'),
  )
})

test('only the last arrows are kept when asked, and it says how many are left out', () => {
  const short = lastArrows(ladder, 4)
  assert.equal(short.arrows.length, 4)
  assert.equal(short.omitted, ladder.arrows.length - 4)
})

test('a retransmission is marked, the second copy and not the first', () => {
  assert.deepEqual(
    ladder.arrows.slice(0, 2).map(({ retransmission, fate }) => [retransmission, fate]),
    [
      [false, 'lost'],
      [true, 'delivered'],
    ],
  )
})

test('the SVG is well-formed XML, also of hostile bytes', () => {
  wellFormed(ladderSvg(ladder))
  wellFormed(ladderSvg(ladderOf(hostileLog)))
})

test('JUnit XML is well-formed, has a case a scenario, and says why one failed or was skipped', () => {
  const text = junitXml(sampleRun)
  golden('junit.xml', text)
  wellFormed(text)
  assert.match(text, /<testsuites [^>]*tests="3" failures="1"[^>]* skipped="1"/)
  assert.match(text, /<skipped message="[^"]*to run it: docker compose/)
})

test('JUnit XML of hostile texts is well-formed', () => wellFormed(junitXml(hostileRun)))

test('no text from outside becomes markup or script of a page', () => {
  const pages = [
    indexHtml(hostileRun),
    coverageHtml(hostileRun.coverage, '<b>'),
    ladderHtml(ladderOf(hostileLog), '<i>'),
  ]
  for (const page of pages) {
    assert.doesNotMatch(page, /<script>alert|<img src=x|<svg onload|<b>OK|\x1b|\x00/)
    // One script of our own at most, allowed by its hash.
    assert.ok((page.match(/<script>/g)?.length ?? 0) <= 1)
    assert.match(page, /script-src 'sha256-/)
  }
})

test('the data of a page is JSON', () => {
  const blocks = [
    ...indexHtml(sampleRun).matchAll(/<script type="application\/json" id="[^"]+">([^<]*)<\/script>/g),
  ]
  assert.ok(blocks.length > 0)
  for (const [, json] of blocks) assert.doesNotThrow(() => JSON.parse(json!) as unknown)
})

test('a failure shows the step, expected and actual, the ladder and how to replay it', () => {
  const text = failureText(failedScenario)
  golden('failure.txt', text)
  assert.match(text, /expected/)
  assert.match(text, /sipwright run .*--seed 42/)
})

test('the summary counts scenarios and names what is missing with the command that provides it', () => {
  const text = summaryText(sampleRun)
  golden('summary.txt', text)
  assert.match(text, /3 scenarios: 1 failed, 1 passed, 1 skipped/)
  assert.match(text, /docker compose/)
})

test('coverage as text fits the width', () => {
  for (const width of [80, 100])
    for (const line of coverageText(sampleRun.coverage, width).split('\n'))
      assert.ok([...line].length <= width, line)
})

test('events that name no known script are no hits', () => {
  const strange = scriptLog.map((entry) =>
    entry.kind === 'event' && 'file' in entry.event
      ? { ...entry, event: { ...entry.event, file: 'other' } }
      : entry,
  )
  const lines = (log: readonly LogEntry[]): number[] =>
    hitsOf(log, [sampleShape])
      .filter(({ file }) => file === sampleShape.file)
      .flatMap((hits) => Object.values(hits.lines))
  assert.deepEqual(lines(strange), [])
  assert.equal(lines(scriptLog).length, 8)
})
