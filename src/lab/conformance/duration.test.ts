// What rows ask of time and network.

import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { readCases } from '../../conformance/cases/case-file.js'
import { isFlood, ordersServer, waitOf } from './duration.js'

function row(play: string) {
  const lines = play.split('\n').map((line) => `    ${line}`)
  return readCases(['## X-1 a row', 'MUST · RFC 3261 §1 · proxy', '', ...lines].join('\n'), 'x.md')[0]!
}

describe('a row', () => {
  it('waits as long as its statements say', () => {
    assert.equal(waitOf(row('wait 3 s\ncaller receives nothing for 500 ms')), 3500)
  })

  it('orders the server about where it says so', () => {
    assert.ok(ordersServer(row('the server calls callee')))
    assert.ok(!ordersServer(row('caller sends INVITE to callee')))
  })

  it('floods when it sends many messages, damaged ones, or very long ones', () => {
    assert.ok(isFlood(row('caller sends INVITE to callee 500 times')))
    assert.ok(isFlood(row('caller sends file a.dat cut at every octet')))
    assert.ok(isFlood(row('caller sends OPTIONS to callee with\n  Subject: {60000*a}')))
    assert.ok(!isFlood(row('caller sends OPTIONS to callee with\n  Subject: {60*a}')))
    assert.ok(!isFlood(row('caller sends file a.dat')))
  })
})
