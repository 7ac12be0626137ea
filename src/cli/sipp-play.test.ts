// `sipwright sipp` from outside: real sockets on loopback, files, exit codes, complaints.

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { UsageError } from '../errors.js'
import { ENGINES, help, run } from './sipp.js'

const SCENARIOS = 'features/sipp/scenarios'
const folder = mkdtempSync(join(tmpdir(), 'sipwright-sipp-'))
after(() => rmSync(folder, { recursive: true, force: true }))

interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function sipp(...argv: string[]): Promise<Ended> {
  let out = ''
  let err = ''
  const terminal = {
    out: (text: string) => void (out += text),
    err: (text: string) => void (err += text),
    isTerminal: false,
    width: 100,
  }
  const code = await run(argv, terminal)
  return { code, out, err }
}

let port = 27_300
/** A server and a client of our own on loopback; what became of each. */
async function both(server: string[], client: string[]): Promise<{ server: Ended; client: Ended }> {
  port += 10
  const at = (own: number): string[] => ['-i', '127.0.0.1', '-p', String(own), '-nostdin', '-timeout', '20']
  const serving = sipp(...server, ...at(port))
  const calling = sipp(...client, `127.0.0.1:${port}`, ...at(port + 2))
  return { server: await serving, client: await calling }
}

test("scenario files call each other over UDP, and write SIPp's files", async () => {
  const file = (name: string): string => join(folder, name)
  const files = [
    '-trace_msg',
    '-message_file',
    file('m.log'),
    '-shortmessage_file',
    file('s.log'),
    '-stf',
    file('s.csv'),
  ]
  const { server, client } = await both(
    ['-sf', join(SCENARIOS, 'call_server.xml'), '-m', '2'],
    [
      join(SCENARIOS, 'call_client.xml'),
      '-m',
      '2',
      '-r',
      '50',
      ...files,
      '--log',
      file('run.jsonl'),
      '--seed',
      '1',
    ],
  )
  assert.deepEqual([server.code, client.code], [0, 0], client.err)
  assert.match(client.out, /Successful calls {2}2\n/)
  const messages = readFileSync(file('m.log'), 'latin1')
  assert.equal(messages.match(/^UDP message sent \(\d+ bytes\):$/gm)?.length, 6)
  assert.equal(messages.match(/^UDP message received \[\d+\] bytes :$/gm)?.length, 6)
  assert.equal(readFileSync(file('s.log'), 'latin1').trim().split('\n').length, 12)
  const rows = readFileSync(file('s.csv'), 'latin1').trim().split('\n')
  assert.ok(rows.length >= 3)
  assert.ok(rows[0]!.startsWith('StartTime;LastResetTime;'))
  assert.match(readFileSync(file('run.jsonl'), 'utf8'), /"kind":"wire"/)
})

test('over TCP with a connection for each call, and UDP with a socket for each call', async () => {
  const tcp = await both(
    ['-sf', join(SCENARIOS, 'call_server.xml'), '-m', '3', '-t', 't1'],
    ['-sf', join(SCENARIOS, 'call_client.xml'), '-m', '3', '-r', '50', '-t', 'tn'],
  )
  assert.deepEqual([tcp.server.code, tcp.client.code], [0, 0])
  const udp = await both(
    ['-sf', join(SCENARIOS, 'options_server.xml'), '-m', '3'],
    ['-sf', join(SCENARIOS, 'options_client.xml'), '-m', '3', '-t', 'un'],
  )
  assert.deepEqual([udp.server.code, udp.client.code], [0, 0])
})

test('two players of a controller find each other (3PCC)', async () => {
  const own = (nth: number): string[] => [
    '-i',
    '127.0.0.1',
    '-p',
    String(27_200 + 2 * nth),
    '-nostdin',
    '-timeout',
    '20',
    '-m',
    '1',
    '-mp',
    String(27_240 + 4 * nth),
  ]
  const twin = ['-3pcc', '127.0.0.1:27230']
  const played = await Promise.all([
    sipp('-sn', '3pcc-A', ...own(0)),
    sipp('-sn', '3pcc-B', ...own(1)),
    sipp('-sn', '3pcc-C-B', '127.0.0.1:27202', ...own(2), ...twin),
    sipp('-sn', '3pcc-C-A', '127.0.0.1:27200', ...own(3), ...twin, '-r', '1', '-rp', '300'),
  ])
  assert.deepEqual(
    played.map(({ code }) => code),
    [0, 0, 0, 0],
    played.map(({ err }) => err).join(),
  )
})

test('exit codes: a failed call, a fatal mistake, a scenario that cannot be read, a port in use', async () => {
  const failed = await both(
    ['-sf', join(SCENARIOS, 'busy_server.xml'), '-m', '1'],
    ['-sf', join(SCENARIOS, 'unexpected_client.xml'), '-m', '1'],
  )
  assert.deepEqual([failed.server.code, failed.client.code], [0, 1])
  assert.match(failed.client.err, /Aborting call on unexpected message .* while expecting '100'/)
  const fatal = await both(
    ['-sf', join(SCENARIOS, 'options_server.xml'), '-m', '1'],
    ['-sf', join(SCENARIOS, 'error_client.xml'), '-m', '1', '--json'],
  )
  assert.equal(fatal.client.code, 255)
  assert.equal((JSON.parse(fatal.client.out) as { exitCode: number }).exitCode, 255)
  const unread = await sipp('-sf', 'src/sipp-xml/testdata/bad/order.xml', '127.0.0.1')
  assert.equal(unread.code, 1)
  assert.match(unread.err, /order\.xml:4:4: error/)
  const first = sipp('-sn', 'uas', '-i', '127.0.0.1', '-p', '27290', '-nostdin', '-timeout', '1')
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(
    (await sipp('-sn', 'uas', '-i', '127.0.0.1', '-p', '27290', '-nostdin', '-timeout', '1')).code +
      (await first).code,
    254 + 97,
  )
})

test('what cannot work is said with what to do', async () => {
  const complaint = async (argv: string[], pattern: RegExp): Promise<void> => {
    await assert.rejects(sipp(...argv), (error) => error instanceof UsageError && pattern.test(error.message))
  }
  await complaint(['-sx', 'a'], /no switch -sx. Did you mean/)
  await complaint(['-m'], /-m needs a value/)
  await complaint(['-m', 'many', 'host'], /give a number/)
  await complaint(['-timeout', 'soon', 'host'], /give a time/)
  await complaint(['-sn', 'uac'], /name the far end/)
  await complaint(['-sn', '3pcc-C-A', '127.0.0.1'], /-3pcc/)
  await complaint(['-sn', 'uac', 'one', 'two'], /one far end only/)
  await complaint(['-t', 'l1', '127.0.0.1'], /TLS is for real SIPp/)
  await complaint(['-t', 'x9', '127.0.0.1'], /choose u1/)
  await complaint(['-default_behaviors', 'nice', '127.0.0.1'], /choose all, none/)
  await complaint(['--engine', 'steam', '127.0.0.1'], /choose one of inproc, local, docker/)
  await complaint(['--wrong'], /no option --wrong/)
  await complaint(['--lint'], /name a scenario file/)
  await complaint(['--corpus', 'nowhere'], /no folder/)
  await complaint(['-inf', 'nowhere.csv', '127.0.0.1'], /nowhere\.csv is not there/)
  assert.ok('inproc' in ENGINES)
  assert.match(help, /Example: sipwright sipp/)
})

test('lint says what is wrong; a corpus is counted', async () => {
  const linted = await sipp('--lint', join(SCENARIOS, 'broken.xml'), join(SCENARIOS, 'call_client.xml'))
  assert.equal(linted.code, 0)
  assert.match(linted.err, /broken\.xml:4:37: warning: start_rtd stands twice/)
  assert.equal((await sipp('--lint', 'src/sipp-xml/testdata/bad/order.xml')).code, 1)
  const json = JSON.parse((await sipp('--lint', '--json', join(SCENARIOS, 'broken.xml'))).out) as {
    findings: unknown[]
  }[]
  assert.equal(json[0]!.findings.length, 5)
  const counted = await sipp('--corpus', SCENARIOS)
  const files = readdirSync(SCENARIOS).filter((name) => name.endsWith('.xml')).length
  assert.match(counted.out, new RegExp(`^${files} of ${files} scenarios can be played \\(100\\.0 %\\)`, 'm'))
  assert.equal(
    (JSON.parse((await sipp('--corpus', 'src/sipp-xml/testdata/bad', '--json')).out) as { loaded: number })
      .loaded,
    8,
  )
})

test('a feature is written out of scenarios; an embedded scenario is printed', async () => {
  const feature = await sipp(
    '--convert',
    join(SCENARIOS, 'call_client.xml'),
    join(SCENARIOS, 'busy_server.xml'),
  )
  assert.match(feature.out, /^Feature: Converted from SIPp\n[\s\S]*Scenario: Call\n[\s\S]*Scenario: Busy\n/)
  assert.match(feature.err, /10 said as steps, 0 left as remarks/)
  assert.equal((await sipp('--convert', 'src/sipp-xml/testdata/bad/order.xml')).code, 1)
  assert.match((await sipp('-sd', 'uas')).out, /<recv request="INVITE"/)
  assert.ok(!existsSync('uas'))
})
