// enum_query against a real name server (dnsmasq). Without it the test is skipped aloud; with SIPWRIGHT_REQUIRE=all its
// absence is a failure.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { request, RouteRun } from '../modules/route-run.js'
import { Dns } from './dns.js'

const hasDnsmasq = spawnSync('dnsmasq', ['--version']).error === undefined
const required = process.env.SIPWRIGHT_REQUIRE === 'all'
const skip = hasDnsmasq || required ? false : 'dnsmasq is not installed; apt-get install dnsmasq-base'

const PORT = 25_353
const START_MS_MAX = 10_000
const RECORDS = [
  '3.2.1.0.3.9.4.e164.example,100,10,u,E2U+sip,!^\\+49(.*)$!sip:\\1@berlin.example!',
  '3.2.1.0.3.9.4.e164.example,100,20,u,E2U+sip,!^.*$!sip:second@example.com!',
  '3.2.1.0.3.9.4.e164.example,10,10,u,E2U+email:mailto,!^.*$!mailto:a@b!',
]

test('a telephone number is found by a real name server', { skip, timeout: 30_000 }, async (t) => {
  assert.ok(hasDnsmasq, 'SIPWRIGHT_REQUIRE=all: dnsmasq must be installed (apt-get install dnsmasq-base)')
  const options = [
    '-k',
    '--conf-file=/dev/null',
    '--no-resolv',
    '--no-hosts',
    '--user=root',
    `--port=${PORT}`,
  ]
  const listens = ['--listen-address=127.0.0.1', '--bind-interfaces', '--pid-file=']
  const child = spawn('dnsmasq', [
    ...options,
    ...listens,
    ...RECORDS.map((record) => `--naptr-record=${record}`),
  ])
  t.after(async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  })
  const contactFor = async (number: string): Promise<string> => {
    const run = new RouteRun(
      'route { if (enum_query("e164.example")) sl_send_reply("300", "yes"); else sl_send_reply("404", "no"); }',
    )
    run.receive(request('INVITE', `sip:${number}@example.com`))
    const question = run.asked[0]!.question
    assert.equal(question.kind, 'resolve')
    const dns = new Dns([`127.0.0.1:${PORT}`])
    const [sent] = run.answer(
      question.kind === 'resolve' ? await dns.answer(question) : { kind: 'failure', reason: '' },
    )
    dns.close()
    return /^Contact: (.*)\r$/m.exec(sent!.bytes)?.[1] ?? sent!.bytes.slice(8, 11)
  }
  const deadline = performance.now() + START_MS_MAX
  while ((await contactFor('+4930123')) === '404') assert.ok(performance.now() < deadline, 'dnsmasq answers')
  assert.equal(await contactFor('+4930123'), 'sip:30123@berlin.example, <sip:second@example.com>;q=0.99')
  assert.equal(await contactFor('+4930124'), '404')
})
