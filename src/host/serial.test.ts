// Serial lines, and a script that sends short messages over one: a pair of pseudo-terminals (socat) with a modem of the
// test's own at the other end. Without socat the test is skipped aloud; with SIPWRIGHT_REQUIRE=all its absence is a failure.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { constants, existsSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test, type TestContext } from 'node:test'
import { ReadStream } from 'node:tty'
import { deliveredPdu, ModemSimulator } from '../lab/modem.js'
import { request, RouteRun, type Sent } from '../modules/route-run.js'
import { Exchanges } from './exchange.js'

const hasSocat = spawnSync('socat', ['-V']).error === undefined
const required = process.env.SIPWRIGHT_REQUIRE === 'all'
const skip = hasSocat || required ? false : 'socat is not installed; apt-get install socat'

const START_MS_MAX = 10_000

/** A line with a modem at its end; returns the device of ours, and how to send something unasked. */
async function line(t: TestContext, answer: (octets: string) => string) {
  const folder = mkdtempSync(`${tmpdir()}/sipwright-serial-`)
  const [ours, theirs] = [`${folder}/ours`, `${folder}/theirs`]
  const socat = spawn('socat', [`PTY,link=${ours},raw,echo=0`, `PTY,link=${theirs},raw,echo=0`], {
    stdio: 'ignore',
  })
  const deadline = performance.now() + START_MS_MAX
  while (!existsSync(ours) || !existsSync(theirs)) {
    assert.ok(performance.now() < deadline && socat.exitCode === null, 'socat makes a pair of terminals')
    await new Promise(setImmediate)
  }
  const descriptor = openSync(theirs, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK)
  const stream = new ReadStream(descriptor)
  const say = (octets: string): void => void writeSync(descriptor, Buffer.from(octets, 'latin1'))
  stream.on('data', (octets: Buffer) => {
    const said = answer(octets.toString('latin1'))
    if (said !== '') say(said)
  })
  stream.on('error', () => undefined)
  t.after(async () => {
    stream.destroy()
    socat.kill('SIGTERM')
    if (socat.exitCode === null) await once(socat, 'exit')
    rmSync(folder, { recursive: true })
  })
  return { device: ours, say, unplug: () => socat.kill('SIGTERM') }
}

function exchangesFor(t: TestContext): Exchanges {
  const exchanges = new Exchanges()
  t.after(() => exchanges.close())
  return exchanges
}

const ask = (exchanges: Exchanges, device: string, bytes: string, timeoutMs = 5000) =>
  exchanges.answer({
    kind: 'exchange',
    channel: `serial:${device}?baud=9600`,
    bytes,
    until: ['OK'],
    tries: 1,
    timeoutMs,
  })

test(
  'commands are answered one after the other, and nothing that came is lost',
  { skip, timeout: 30_000 },
  async (t) => {
    assert.ok(hasSocat, 'SIPWRIGHT_REQUIRE=all: socat must be installed (apt-get install socat)')
    const exchanges = exchangesFor(t)
    const { device, say } = await line(t, (octets) => `${octets.trim()}\xff OK`)
    const answers = await Promise.all(['one\r', 'two\r'].map((bytes) => ask(exchanges, device, bytes)))
    assert.deepEqual(answers, [
      { kind: 'octets', octets: 'one\xff OK' },
      { kind: 'octets', octets: 'two\xff OK' },
    ])
    say('unasked ')
    assert.deepEqual(await ask(exchanges, device, 'three\r'), {
      kind: 'octets',
      octets: 'unasked three\xff OK',
    })
  },
)

test('a line that says nothing, and what is no line, are failures', { skip, timeout: 30_000 }, async (t) => {
  const exchanges = exchangesFor(t)
  const { device, unplug } = await line(t, () => '')
  const reason = async (answer: ReturnType<typeof ask>): Promise<string> => {
    const settled = await answer
    return settled.kind === 'failure' ? settled.reason.replace(/^serial:.*?: /, '') : 'an answer'
  }
  assert.equal(await reason(ask(exchanges, device, 'x', 50)), 'no answer in time')
  const waiting = reason(ask(exchanges, device, 'x'))
  unplug()
  assert.notEqual(await waiting, 'an answer')
  const file = `${tmpdir()}/sipwright-no-line-${process.pid}`
  writeFileSync(file, '')
  t.after(() => rmSync(file))
  assert.match(await reason(ask(exchanges, file, 'x')), /is no serial line/)
  assert.match(await reason(ask(exchanges, '/dev/no-such-line', 'x')), /ENOENT/)
  assert.match(await reason(ask(exchanges, '/dev/x y', 'x')), /write serial:/)
})

const sentBy = (sent: readonly Sent[]): string[] =>
  sent.filter(({ bytes }) => bytes.startsWith('MESSAGE')).map(({ bytes }) => bytes.split('\r\n\r\n')[1]!)

for (const [mode, number] of [
  ['NEW', undefined],
  ['ASCII', '+491771234'],
] as const)
  test(
    `short messages go and come over a serial line, mode ${mode}`,
    { skip, timeout: 30_000 },
    async (t) => {
      const exchanges = exchangesFor(t)
      const modem = new ModemSimulator()
      modem.pin = '1234'
      modem.keep(
        mode === 'ASCII'
          ? '"+491771234",,"26/01/01"\r\nsip:bob@10.0.0.2 Hello'
          : deliveredPdu('+491771234', 'sip:bob@10.0.0.2 Hello'),
      )
      const { device } = await line(t, (octets) => modem.feed(octets))
      const run = new RouteRun(`modparam("sms", "modems", "One[d=${device};p=1234;m=${mode}]")
      modparam("sms", "networks", "D1")
      modparam("sms", "links", "One[D1]")
      route { if (sms_send_msg()) sl_send_reply("202", "sent"); else sl_send_reply("500", "no"); }`)
      run.receive(
        request('MESSAGE', 'sip:+491771234@example.com', {
          headers: ['Content-Type: text/plain'],
          body: 'hi',
        }),
      )
      run.until(0)
      for (let question = run.asked[0]?.question; question !== undefined; question = run.asked[0]?.question)
        run.answer(
          question.kind === 'exchange' ? await exchanges.answer(question) : { kind: 'failure', reason: '' },
        )
      assert.deepEqual(run.logs, [])
      assert.deepEqual(
        modem.sent.map((one) => one.number),
        [number],
      )
      assert.deepEqual(sentBy(run.sent), ['Hello'])
      assert.equal(modem.inbox.size, 0)
    },
  )
