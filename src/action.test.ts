// The action for GitHub workflows: its steps run as a workflow would run them, on a folder of a user's; a failure fails the
// job and is annotated. What only GitHub can do (setting up Node, uploading) is not run here.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

const ACTION = readFileSync('action.yml', 'utf8')

/** The shell line of a step. */
function lineOf(step: string): string {
  const [, line] = new RegExp(`- name: ${step}\\n(?:(?! {4}- ).*\\n)*? {6}run: (.*)`).exec(ACTION) ?? []
  assert.ok(line, `action.yml has a step ${step}`)
  return line
}

/** Runs a step in a folder as a composite action does. */
function step(name: string, cwd: string, inputs: Record<string, string>) {
  const env = { ...process.env, GITHUB_ACTIONS: 'true', GITHUB_ACTION_PATH: process.cwd(), ...inputs }
  const { status, stdout } = spawnSync('bash', ['-e', '-c', lineOf(name)], { cwd, env, encoding: 'utf8' })
  return { status, stdout }
}

const feature = (status: string): string => `Feature: Calls
  Scenario: refused
    Given the proxy runs the script:
      """ser
      route { sl_send_reply("403", "Forbidden"); }
      """
    And the phones:
      | name  | address   |
      | Alice | 10.0.0.11 |
    When Alice calls sip:bob@example.com
    Then the call of Alice fails with ${status}
`

test(
  'the action runs scenarios and the catalogue, writes reports, and marks failures',
  { timeout: 60_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'sipwright-action-'))
    const inputs = { FEATURES: 'calls.feature', OPTIONS: '--seeds 2', PROFILE: 'rfc3261', REPORTS: 'out' }
    const calls = join(folder, 'calls.feature')
    writeFileSync(calls, feature('403'))
    assert.equal(step('Scenarios', folder, inputs).status, 0)
    assert.ok(existsSync(join(folder, 'out', 'junit.xml')))
    writeFileSync(calls, feature('486'))
    const failed = step('Scenarios', folder, inputs)
    assert.equal(failed.status, 1)
    assert.match(failed.stdout, /^::error file=calls\.feature,line=11,title=refused::Then /m)
    const rows = { TARGET: 'engine', REQUIRE: 'must', ...inputs }
    const conformance = step('Conformance', folder, { ...rows, PROFILE: 'ser' })
    assert.equal(conformance.status, 1)
    assert.match(conformance.stdout, /^::error file=\S+\.md,line=\d+,title=[A-Z]{3}-\d+ [^\n]*%0Aexpected: /m)
    rmSync(folder, { recursive: true })
  },
)
