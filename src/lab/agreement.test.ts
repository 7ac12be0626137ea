// The two worlds agree: scenarios tagged @both run in virtual time and on loopback sockets, and the parties receive the
// same messages in the same order. What only virtual time can do is skipped aloud on sockets.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ScenarioReport } from '../report/types.js'
import { Progress } from '../report/progress.js'
import { runFeatures } from './features.js'

async function scenarios(real: boolean, paths = ['features'], tags = '@both'): Promise<ScenarioReport[]> {
  const progress = new Progress({ write: () => {}, isTerminal: false, width: 80, now: () => 0, features: 0 })
  const options = { names: [], seed: 1, profile: 'rfc3261' as const, imports: [], failFast: false }
  const { features } = await runFeatures({ ...options, paths, tags, real }, progress)
  return features.flatMap((feature) => feature.scenarios)
}

/** "Bob < INVITE", in the order in which this party got them; copies count once. */
function receivedBy({ ladder }: ScenarioReport): Record<string, string[]> {
  const received: Record<string, string[]> = {}
  for (const { to, label, retransmission, fate } of ladder?.arrows ?? [])
    if (!retransmission && fate === 'delivered') (received[to] ??= []).push(label)
  return received
}

test(
  'scenarios tagged @both send the same messages in virtual time and on real sockets',
  { timeout: 120_000 },
  async () => {
    const virtual = await scenarios(false)
    const real = await scenarios(true)
    assert.ok(virtual.length >= 4, 'there are scenarios to compare')
    for (const [index, one] of virtual.entries()) {
      const other = real[index]!
      assert.equal(one.status, 'passed', one.name)
      assert.equal(other.status, 'passed', `${other.name} on real sockets`)
      assert.deepEqual(receivedBy(other), receivedBy(one), one.name)
    }
  },
)

test('a scenario that needs virtual time is skipped, with the reason, when real time is wished', async () => {
  const [scenario] = await scenarios(true, ['features/faults/loss.feature'], 'not @real')
  assert.equal(scenario?.status, 'skipped')
  assert.equal(scenario.skip?.reason, 'a fault of the network needs virtual time')
})
