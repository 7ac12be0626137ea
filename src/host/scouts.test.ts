// Closed UDP ports: a socket that serves everybody does not hear of them, a scout does.

import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { Endpoint, Input } from '../endpoint.js'
import { HostDriver } from './driver.js'
import { Scouts } from './scouts.js'

const CLOSED = { address: '127.0.66.2', port: 5060 }

test('a closed port is told once, an open one not', async () => {
  const open = createSocket('udp4').bind(0, '127.0.66.1')
  await once(open, 'listening')
  const scouts = new Scouts()
  const refused: string[] = []
  scouts.look(CLOSED, () => refused.push('closed'))
  scouts.look(CLOSED, () => refused.push('closed again'))
  scouts.look(open.address(), () => refused.push('open'))
  const [bytes] = (await once(open, 'message')) as [Buffer]
  for (let left = 100; left > 0 && refused.length === 0; left--) await setTimeout(10)
  assert.equal(bytes.length, 0)
  assert.deepEqual(refused, ['closed'])
  scouts.close()
  open.close()
})

test('what is sent once more to a closed port comes back as unreachable, what is sent once does not', async () => {
  const driver = new HostDriver()
  const told: Input[] = []
  const local = { address: '127.0.66.3', port: 5060 }
  const sender: Endpoint = {
    deadline: undefined,
    step: (input) => {
      if (input.type !== 'command') {
        told.push(input)
        return []
      }
      const isRepeated = input.command === 'again'
      return [{ type: 'send', transport: 'udp', local, remote: CLOSED, bytes: 'x', isRepeated }]
    },
  }
  try {
    await driver.attach('sender', sender, [{ transport: 'udp', ...local }])
    driver.give('sender', { type: 'command', command: 'once' })
    await driver.advance(100)
    assert.deepEqual(told, [])
    driver.give('sender', { type: 'command', command: 'again' })
    assert.ok(await driver.runUntil(() => told.length > 0, 5000))
    assert.deepEqual(told, [{ type: 'unreachable', transport: 'udp', local, remote: CLOSED }])
  } finally {
    await driver.close()
  }
})
