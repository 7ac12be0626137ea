// pike_check_req: who floods is blocked, for as long as it floods; memory stays bounded.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pike } from './pike.js'
import { NODES_MAX, SourceTree } from './pike/tree.js'
import { request, RouteRun } from './route-run.js'

const PIKE_CONTROLS = pike.controls ?? {}

const SCRIPT = `modparam("pike", "reqs_density_per_unit", 20)
route { if (pike_check_req()) sl_send_reply("200", "ok"); else log(1, "flood"); }`

/** Sends so many requests at once; returns how many were answered. */
function flood(run: RouteRun, count: number, address = '10.0.0.1'): number {
  const text = request('OPTIONS', 'sip:bob@example.com')
  let answered = 0
  for (let sent = 0; sent < count; sent++)
    answered += run.receive(text, { from: { address, port: 5060 } }).length
  return answered
}

test('a source is blocked after one to three times the density', () => {
  for (const [address, most] of [
    ['10.0.0.1', 3],
    ['2001:db8::1', 8],
    ['::ffff:10.0.0.1', 3],
  ] as const) {
    const answered = flood(new RouteRun(SCRIPT), 500, address)
    assert.ok(answered >= 20 && answered <= 20 * most, `${address}: ${answered} answered`)
  }
})

test('the neighbour of a flooder goes on', () => {
  const run = new RouteRun(SCRIPT)
  flood(run, 500)
  assert.equal(flood(run, 5, '10.0.0.2'), 5)
})

test('a source that keeps quiet for two units is free again', () => {
  const run = new RouteRun(SCRIPT)
  flood(run, 500)
  run.until(2000)
  assert.equal(flood(run, 1), 0)
  run.until(8000)
  assert.equal(flood(run, 1), 1)
  const said = run.logs.filter((text) => text.includes('pike'))
  assert.deepEqual(said, ['WARNING: pike: 10.0.0.1 is blocked', 'pike: 10.0.0.1 is free again'])
})

test('a slow source is never blocked', () => {
  const run = new RouteRun(SCRIPT)
  for (let at = 0; at < 60_000; at += 2000) {
    run.until(at)
    assert.equal(flood(run, 4), 4)
  }
})

test('what has been silent for remove_latency is forgotten, and then nothing wakes the engine', () => {
  const run = new RouteRun(`modparam("pike", "remove_latency", 10)\n${SCRIPT}`)
  flood(run, 100)
  assert.equal(run.engine.deadline, 10_000)
  run.until(25_000)
  assert.equal(run.engine.deadline, undefined)
})

test('made-up sources cannot fill the memory', () => {
  const tree = new SourceTree({ unitMs: 2000, density: 1, latencyMs: 120_000 })
  for (let n = 0; n < NODES_MAX * 3; n++)
    tree.mark([n & 255, (n >> 8) & 255, (n >> 16) & 255, n % 7], n / 1000)
  assert.ok(tree.size <= NODES_MAX)
  tree.sweep(1_000_000)
  assert.equal(tree.size, 0)
})

test('the control commands show octets and their requests', () => {
  const run = new RouteRun(SCRIPT)
  flood(run, 6)
  const shown: unknown[] = []
  for (const name of ['print_ip_tree', 'print_timer_list'])
    PIKE_CONTROLS[name]!.call(run.engine, [], (answer) => shown.push(answer))
  assert.deepEqual(shown, [
    { code: 200, reason: 'ok', lines: ['10 [0,5]', '  10.0 [0,1]'] },
    { code: 200, reason: 'ok', lines: ['10 last request at 0 ms', '10.0 last request at 0 ms'] },
  ])
})

test('limits below 1 are mistakes', () => {
  for (const name of ['sampling_time_unit', 'reqs_density_per_unit', 'remove_latency'])
    assert.throws(() => new RouteRun(`modparam("pike", "${name}", 0)\nroute { break; }`), /at least 1/)
})
