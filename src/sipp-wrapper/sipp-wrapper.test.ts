// The wrapper by itself, and around the real SIPp. Without SIPp, or a Docker engine with the image, those tests are
// skipped aloud; with SIPWRIGHT_REQUIRE=all that is a failure.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import { UsageError } from '../errors.js'
import { bridge, docker, dockerVersion } from './docker.js'
import { local, sipp, type SippEvent } from './index.js'
import { LineReader, MessageLogReader } from './logs.js'
import { argumentsOf } from './options.js'
import { StatisticsReader } from './statistics.js'
import { verdictOf, type Ending } from './verdict.js'

const required = process.env.SIPWRIGHT_REQUIRE === 'all'
const hasSipp = spawnSync('sipp', ['-v']).error === undefined
const noSipp = hasSipp || required ? false : 'sipp is not installed; apt-get install sip-tester'
const engine = await dockerVersion()
const noDocker =
  'version' in engine || required ? false : `no Docker engine: ${engine.reason}; apt-get install docker.io`
const HERE = '127.0.0.1'

const ENDING: Ending = {
  exitCode: 0,
  signal: undefined,
  stopped: false,
  said: '',
  statistics: undefined,
  calls: undefined,
}
const counts = (succeeded: number, failed: number) => ({
  ...{ elapsedS: 1, rate: 1, created: succeeded + failed, current: 0, succeeded, failed },
  ...{ retransmissions: 0, unexpected: 0, failures: {}, responseMs: undefined },
})

test('options become switches, and a misspelt one is named', () => {
  assert.deepEqual(
    argumentsOf({
      calls: 5,
      noRetransmissions: true,
      autoAnswer: false,
      keys: { a: '1', b: '2' },
      service: 'x',
    }),
    [...['-m', '5', '-nr', '-key', 'a', '1', '-key', 'b', '2', '-s', 'x']],
  )
  assert.throws(() => argumentsOf({ call: 5 }), /no option call\. Did you mean calls\?/)
  assert.throws(() => argumentsOf({ calls: '5' }), UsageError)
})

test('statistics are read as they grow, whatever the columns', () => {
  const reader = new StatisticsReader()
  const head =
    'StartTime;ElapsedTime(C);CallRate(C);TotalCallCreated;CurrentCall;SuccessfulCall(C);FailedCall(C);ResponseTime1(C)\n'
  assert.deepEqual(reader.push(head + 'x;00:00:02;4.5;9;1;'), [])
  const [sample] = reader.push('7;1;00:00:00:012500\n')
  assert.deepEqual(sample, {
    ...counts(7, 1),
    elapsedS: 2,
    rate: 4.5,
    created: 9,
    current: 1,
    responseMs: 12.5,
  })
})

test('logs are read wherever they are cut: lines once they have ended, messages with all their octets', () => {
  const message = (what: string, text: string): string =>
    `${'-'.repeat(47)} 2026-01-31 12:00:00.123456\nUDP message ${what} :\n\n${text}\n`
  const log =
    message('received [20] bytes', 'INVITE sip:b SIP/2.0') + message('sent (15 bytes)', 'SIP/2.0 200 OK\n')
  for (let cut = 0; cut <= log.length; cut++) {
    const reader = new MessageLogReader()
    const messages = [...reader.push(log.slice(0, cut)), ...reader.push(log.slice(cut))]
    assert.deepEqual(
      messages.map(({ isSent, bytes }) => [isSent, bytes]),
      [
        [false, 'INVITE sip:b SIP/2.0'],
        [true, 'SIP/2.0 200 OK\n'],
      ],
      `cut at ${cut}`,
    )
  }
  const lines = new LineReader()
  assert.deepEqual(
    [lines.push('one\ntw'), lines.push('o\n\nthr'), lines.push('ee\n')],
    [['one'], ['two'], ['three']],
  )
})

test('a verdict that continuous integration can trust', () => {
  const verdict = (ending: Partial<Ending>): string => verdictOf({ ...ENDING, ...ending }).verdict
  assert.equal(verdict({ statistics: counts(5, 0), calls: 5 }), 'passed')
  assert.equal(verdict({ statistics: counts(3, 0), calls: 5 }), 'timeout')
  assert.equal(verdict({ statistics: counts(3, 2), calls: 5, exitCode: 1 }), 'failed')
  assert.equal(verdict({ statistics: counts(0, 0), exitCode: 97 }), 'timeout')
  assert.equal(verdict({ exitCode: 254 }), 'not bound')
  assert.equal(verdict({ exitCode: 255, said: 'Unexpected </action>' }), 'refused')
  assert.equal(verdict({ exitCode: undefined, signal: 'SIGSEGV' }), 'died')
  assert.equal(verdict({ stopped: true, exitCode: undefined, statistics: counts(4, 0) }), 'stopped')
  assert.equal(verdict({ stopped: true, statistics: counts(4, 1) }), 'failed')
})

test('local SIPp calls local SIPp, and nothing is left', { skip: noSipp, timeout: 60_000 }, async () => {
  const events: SippEvent['kind'][] = []
  const onEvent = ({ kind }: SippEvent): void => void events.push(kind)
  const callee = await sipp({ scenario: 'uas', localAddress: HERE, localPort: 25_310 })
  const own = { localAddress: HERE, localPort: 25_311, calls: 20, rate: 100 }
  const caller = await sipp({ scenario: 'uac', remote: `${HERE}:25310`, ...own, timeoutMs: 20_000, onEvent })
  const { verdict, reason, statistics } = await caller.result
  assert.equal(verdict, 'passed', reason)
  assert.equal(statistics?.succeeded, 20)
  assert.deepEqual([events[0], events.at(-1)], ['bound', 'ended'])
  assert.ok(events.includes('statistics'))
  assert.equal((await callee.stop()).verdict, 'stopped')
})

test('a port that a stranger has is an error', { skip: noSipp, timeout: 60_000 }, async () => {
  const stranger = createSocket('udp4').bind(25_312, HERE)
  await once(stranger, 'listening')
  await assert.rejects(sipp({ scenario: 'uas', localAddress: HERE, localPort: 25_312 }), /port 25312/)
  stranger.close()
})

test(
  'a scenario that is refused is not a pass, and a missing program says how to get it',
  { skip: noSipp },
  async () => {
    const run = await sipp({ scenario: 'nonesuch', remote: `${HERE}:9`, calls: 1 })
    assert.equal((await run.result).verdict, 'refused')
    await assert.rejects(
      sipp({ scenario: 'uas', backend: local('/no/such/sipp') }),
      /not installed: apt-get install sip-tester/,
    )
  },
)

test('what a killed run left behind is ended by the next', { skip: noSipp, timeout: 60_000 }, async () => {
  const script =
    `const { sipp } = await import(${JSON.stringify(new URL('index.js', import.meta.url).href)});` +
    `await sipp({ scenario: 'uas', localAddress: '${HERE}', localPort: 25313 }); console.log('up'); setInterval(() => {}, 1000)`
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(owner.stdout, 'data')
  owner.kill('SIGKILL')
  await once(owner, 'exit')
  const next = await sipp({ scenario: 'uas', localAddress: HERE, localPort: 25_313 })
  assert.equal((await next.stop()).verdict, 'stopped')
})

test('SIPp in containers on a bridge of their own', { skip: noDocker, timeout: 300_000 }, async () => {
  assert.ok(
    'version' in engine,
    'SIPWRIGHT_REQUIRE=all: a Docker engine must run (apt-get install docker.io; dockerd)',
  )
  const name = `sipwright-test-${process.pid}`
  const net = await bridge(name, '10.123.46.0/24')
  try {
    const at = (address: string) => docker({ network: name, address })
    const port = { localPort: 5060, timeoutMs: 60_000 }
    const callee = await sipp({
      scenario: 'uas',
      localAddress: '10.123.46.3',
      ...port,
      backend: at('10.123.46.3'),
    })
    const caller = { localAddress: '10.123.46.2', ...port, calls: 10, backend: at('10.123.46.2') }
    const { verdict, reason } = await (
      await sipp({ scenario: 'uac', remote: '10.123.46.3:5060', ...caller })
    ).result
    assert.equal(verdict, 'passed', reason)
    assert.equal((await callee.stop()).verdict, 'stopped')
  } finally {
    await net.remove()
  }
})
