// The package's front door: what a user's own program does with it.

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Engine, loadScript, MODULES, Random, SimDriver, type Endpoint, type Input } from './index.js'

const SERVER = { address: '10.0.0.9', port: 5060 }
const CALLER = { address: '10.0.0.1', port: 5060 }
const OPTIONS =
  'OPTIONS sip:10.0.0.9 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa\r\nFrom: <sip:a@10.0.0.1>;tag=1\r\n' +
  'To: <sip:10.0.0.9>\r\nCall-ID: a\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n'

test('a program runs a routing script in virtual time and reads the answer', async () => {
  const program = loadScript('loadmodule "sl"\nroute { sl_send_reply("200", "Here"); }', 'own.cfg')
  const driver = new SimDriver({ seed: 1 })
  const sockets = [{ transport: 'udp', ...SERVER }] as const
  const identity = { signature: 'Own', pid: 1 }
  const rest = { trace: false, now: 0, epochMs: 0 }
  const engine = new Engine({
    ...{ program, modules: MODULES, profile: 'ser', sockets, random: new Random(1), identity },
    ...rest,
  })
  await driver.attach('proxy', engine, sockets)
  const heard: string[] = []
  const caller: Endpoint = {
    deadline: undefined,
    step: (input: Input) => {
      if (input.type === 'packet') heard.push(input.bytes.split('\r\n')[0]!)
      return input.type === 'command'
        ? [{ type: 'send', transport: 'udp', local: CALLER, remote: SERVER, bytes: OPTIONS }]
        : []
    },
  }
  await driver.attach('caller', caller, [{ transport: 'udp', ...CALLER }])
  driver.give('caller', { type: 'command', command: undefined })
  await driver.settle()
  assert.deepEqual(heard, ['SIP/2.0 200 Here'])
})
