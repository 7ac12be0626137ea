// Annotations for GitHub workflows: one line each, whatever the texts hold.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runAnnotations, scorecardAnnotations } from './annotations.js'
import { failedScenario, hostileScenario, passedScenario, runOf, skippedScenario } from './sample-run.js'
import type { Scorecard, ScorecardRow } from './scorecard.js'
import type { ScenarioReport } from './types.js'

const run = (...scenarios: ScenarioReport[]) => runOf([{ name: 'f', uri: 'f.feature', scenarios }])

test('a failed scenario is an error at its line, a skipped one a notice with what would run it', () => {
  const [error, notice, ...rest] = runAnnotations(run(passedScenario, failedScenario, skippedScenario)).split(
    '\n',
  )
  const { uri, line } = failedScenario
  assert.ok(error!.startsWith(`::error file=${uri},line=${line},title=`), error)
  assert.match(error!, /%0Aexpected: /)
  assert.match(
    notice!,
    /^::notice::1 skipped: needs Docker for the MySQL server%0Ato run them: docker compose/,
  )
  assert.deepEqual(rest, [''])
  assert.equal(runAnnotations(run(passedScenario)), '')
})

test('no text can end its annotation or begin another', () => {
  const evil = { ...hostileScenario, name: 'a,line=9::b\n::error::c%', uri: 'x,y:z.feature' }
  const text = runAnnotations(run(evil))
  assert.equal(text.split('\n').length, 2)
  assert.match(text, /^::error file=x%2Cy%3Az\.feature,line=\d+,title=a%2Cline=9%3A%3Ab[^,\n]*c%25::/)
})

test('a failed step is an error at its own line', () => {
  const steps = failedScenario.steps.map((step, index) => ({ ...step, line: 70 + index }))
  const failed = steps.findIndex(({ status }) => status === 'failed')
  assert.match(runAnnotations(run({ ...failedScenario, steps })), new RegExp(`,line=${70 + failed},title=`))
})

test('a failed row that is required stands at its line of the catalogue', () => {
  const row = (id: string, level: ScorecardRow['level'], verdict: ScorecardRow['verdict']): ScorecardRow => ({
    ...{ id, level, verdict, title: 'One Via', source: 'RFC 3261 §16.7-3', role: 'proxy', log: [] },
    text: 'cases/prs.md:71: callee: nothing came',
  })
  const rows = [row('A-1', 'MUST', 'fail'), row('A-2', 'SHOULD', 'fail'), row('A-3', 'MUST', 'pass')]
  assert.equal(
    scorecardAnnotations({ rows } as unknown as Scorecard, (level) => level === 'MUST'),
    '::error file=cases/prs.md,line=71,title=A-1 One Via::MUST, RFC 3261 §16.7-3%0Acallee: nothing came\n',
  )
})
