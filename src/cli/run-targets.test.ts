// Features against other systems than the engine: programs that are started for each scenario, servers that run, and what
// differs between them. The program is our own `serve` where any will do; with Kamailio where it is installed, else
// skipped aloud (SIPWRIGHT_REQUIRE=all: a failure).

import assert from 'node:assert/strict'
import { spawn, spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import Docker from 'dockerode'
import { dockerVersion, hasImage } from '../sipp-wrapper/index.js'

const IMAGE = 'sipwright/kamailio'
const folder = mkdtempSync(join(tmpdir(), 'sipwright-targets-'))
after(() => rmSync(folder, { recursive: true }))
/** Counting the coverage of so many short runs takes longer than they do. */
const { NODE_V8_COVERAGE: _, ...env } = process.env

const SERVE = `${process.execPath} bin/sipwright.js serve {config} -l udp:{address}:{port} -l tcp:{address}:{port} --control none --alias {domain} --profile rfc3261`

function sipwright(...args: string[]): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, ['bin/sipwright.js', ...args], {
    env,
    encoding: 'utf8',
    timeout: 120_000,
  })
}

function feature(name: string, text: string): string {
  const file = join(folder, `${name}.feature`)
  writeFileSync(file, text)
  return file
}

const PHONES = `    And the phones:
      | name  | aor                   | address   |
      | Alice | sip:alice@example.com | 10.0.0.11 |
      | Bob   | sip:bob@example.com   | 10.0.0.12 |
`

/** A script in two languages, which are one here: what the second says is up to the test. */
const refusing = (ours: string, theirs: string): string => `Feature: Refused
  Scenario: nobody
    Given the proxy serves the domain "example.com"
    And the proxy runs the script:
      """ser
      loadmodule "sl.so"
      route { sl_send_reply(${ours}); }
      """
    And the proxy runs the script:
      """kamailio
      loadmodule "sl.so"
      route { sl_send_reply(${theirs}); }
      """
${PHONES}    When Alice calls sip:bob@example.com
    Then the call of Alice fails with 404
`

test('a program in the place of the engine: the same verdicts, what it cannot be asked is passed over', () => {
  const out = join(folder, 'same')
  const run = sipwright(
    ...['run', 'features/forking.feature'],
    ...['--targets', 'engine,ser', '--command', SERVE, '--out', out],
  )
  assert.equal(run.status, 0, run.stdout + run.stderr)
  assert.match(run.stdout, /ser: 7 passed, 0 failed, 1 not applicable; 0 with another verdict/)
  const table = readFileSync(join(out, 'differences.md'), 'utf8')
  assert.match(table, /\| The first phone .* \| passed \| passed \(1 step passed over\)/)
  assert.match(table, /passed over: "no branch is left pending": ser cannot be asked about its branches/)
  assert.match(table, /Two phones answer at the same instant .* \| passed \| not applicable \|/)
  for (const target of ['engine', 'ser']) assert.ok(readdirSync(join(out, target)).includes('junit.xml'))
  assert.match(readFileSync(join(out, 'ser', 'index.html'), 'utf8'), /passed over/)
})

test('another verdict is told, with both call flows side by side, and makes the exit code 1', () => {
  const out = join(folder, 'other')
  const file = feature('other', refusing('"404", "Not Found"', '"403", "Forbidden"'))
  const run = sipwright('run', file, '--targets', 'engine,kamailio', '--command', SERVE, '--out', out)
  assert.equal(run.status, 1, run.stdout + run.stderr)
  assert.match(run.stdout, /kamailio: 0 passed, 1 failed, 0 not applicable; 1 with another verdict/)
  const table = readFileSync(join(out, 'differences.md'), 'utf8')
  assert.match(table, /\| passed \| \*\*otherwise\*\*: failed/)
  assert.match(table, /missing: 404 Not Found, proxy → Alice/)
  assert.match(table, /extra: 403 Forbidden, proxy → Alice/)
  const [pair = ''] = readdirSync(join(out, 'differences'))
  assert.match(readFileSync(join(out, 'differences', pair), 'utf8'), /403 Forbidden/)
})

test('a scenario may say who must behave alike, and what may differ', () => {
  const alike = (phrase: string): string =>
    `${refusing('"404", "Not Found"', `"404", "${phrase}"`)}    And all systems under test behave alike\n`
  const exact = alike('Not Found')
  const targets = ['--targets', 'engine,kamailio', '--command', SERVE, '--out', join(folder, 'alike')]
  assert.equal(sipwright('run', feature('exact', exact), ...targets).status, 0)
  // A reason phrase means nothing to a machine.
  assert.equal(sipwright('run', feature('phrase', alike('Gone Fishing')), ...targets).status, 0)
  const header = exact.replace(
    'route { sl_send_reply("404", "Not Found"); }\n      """\n    And the phones',
    'loadmodule "textops.so"\n      route { append_to_reply("X-Who: me\\r\\n"); sl_send_reply("404", "Not Found"); }\n      """\n    And the phones',
  )
  const differs = sipwright('run', feature('header', header), ...targets)
  assert.equal(differs.status, 1, differs.stdout)
  assert.match(readFileSync(join(folder, 'alike', 'differences.md'), 'utf8'), /X-Who: \(absent\) ≠ me/)
  const excepted = header.replace(
    'behave alike\n',
    'behave alike except for:\n      | message | header |\n      | 404     | X-Who  |\n',
  )
  assert.equal(sipwright('run', feature('excepted', excepted), ...targets).status, 0)
})

/** The feature itself asks to be compared with a system that does not answer as the engine does. */
const comparing = (name: string): string =>
  refusing('"404", "Not Found"', '"403", "Forbidden"').replace(
    '    And the phones:',
    `    And each scenario also runs against:\n      | name | script |\n      | ${name} | |\n    And the phones:`,
  ) + '    And all systems under test behave alike\n'

test('a scenario that says itself what it is compared with fails when they are not alike', () => {
  const out = join(folder, 'also')
  const file = feature('also', comparing('kamailio'))
  const run = sipwright('run', file, '--command', SERVE, '--out', out)
  assert.equal(run.status, 1, run.stdout + run.stderr)
  assert.match(run.stdout, /1 scenario: 1 failed/)
  const report = readFileSync(join(out, 'junit.xml'), 'utf8')
  assert.match(report, /not alike[^]*kamailio: extra: 403 Forbidden, proxy → Alice/)
})

test('where the other system is not here, the scenario passes and says that it was not compared', () => {
  const out = join(folder, 'alone')
  const optional = { ...env, SIPWRIGHT_REQUIRE: '' }
  const words = ['bin/sipwright.js', 'run', feature('alone', comparing('ser')), '--out', out]
  const run = spawnSync(process.execPath, words, { env: optional, encoding: 'utf8' })
  assert.equal(run.status, 0, run.stdout + run.stderr)
  assert.match(
    readFileSync(join(out, 'index.html'), 'utf8'),
    /not compared with ser: --target ser: the program ser/,
  )
  const required = spawnSync(process.execPath, words, {
    env: { ...env, SIPWRIGHT_REQUIRE: 'all' },
    encoding: 'utf8',
  })
  assert.equal(required.status, 2, required.stdout)
  const unknown = sipwright('run', feature('unknown', comparing('asterisk')), '--out', out)
  assert.match(unknown.stdout + unknown.stderr, /give engine, kamailio, opensips, ser, or an address/)
})

test('a program that does not start fails its scenarios with its last words', () => {
  const file = feature('broken', refusing('"404", "Not Found"', '"404", Not'))
  const out = join(folder, 'broken')
  const run = sipwright('run', file, '--target', 'kamailio', '--command', SERVE, '--out', out)
  assert.equal(run.status, 1)
  assert.match(run.stdout, /kamailio \(proxy\) ended with 1: .*kamailio\.cfg:2/)
})

test('a target that is not there: what was tried, exit code 2, nothing is run', async () => {
  const file = feature('nobody', refusing('"404", "x"', '"404", "x"'))
  const cases: readonly (readonly [string[], RegExp])[] = [
    [
      ['--target', 'udp:127.0.0.1:9'],
      /udp:127\.0\.0\.1:9 does not answer: an OPTIONS over UDP from 127\.0\.0\.1/,
    ],
    [['--target', 'tcp:127.0.0.1:9'], /tcp:127\.0\.0\.1:9 does not answer: an OPTIONS over TCP/],
    [['--target', 'asterisk'], /give engine, kamailio, opensips, ser, or an address/],
    [['--target', 'ser'], /the program ser is not here; "sipwright doctor"/],
    [['--targets', 'engine,ser'], /the program ser is not here/],
    [['--targets', 'engine'], /name two or more different ones/],
    [['--targets', 'engine,kamailio', '--json'], /--targets takes neither/],
    [['--target', 'kamailio', '--image', 'nobody/nothing:0'], /--image nobody\/nothing:0: /],
  ]
  const tries = cases.map(async ([args, message]) => {
    const words = ['bin/sipwright.js', 'run', file, ...args, '--out', join(folder, 'nobody')]
    const run = spawn(process.execPath, words, { env, stdio: ['ignore', 'ignore', 'pipe'] })
    const ended = once(run, 'exit') as Promise<[number]>
    const [stderr, [status]] = await Promise.all([text(run.stderr), ended])
    assert.equal(status, 2, args.join(' '))
    assert.match(stderr, message)
  })
  await Promise.all(tries)
})

test('a server that runs already, by option and by step', async () => {
  const script = join(folder, 'standing.cfg')
  writeFileSync(script, readFileSync('features/scripts/fork.ser'))
  const args = [
    '-l',
    'udp:127.0.61.1:5070',
    '-l',
    'tcp:127.0.61.1:5070',
    '--alias',
    'example.com',
    '--control',
    'none',
    '--profile',
    'rfc3261',
  ]
  const server = spawn(process.execPath, ['bin/sipwright.js', 'serve', script, ...args], {
    env,
    stdio: 'ignore',
  })
  try {
    const call = `    When Alice calls sip:bob@example.com
    And Bob answers
    Then the call between Alice and Bob is established
`
    const given = `Feature: Standing
  Scenario: a call
    Given the proxy serves the domain "example.com"
${PHONES}    And Bob is registered
`
    const option = feature('option', given + call)
    const step = feature(
      'step',
      (given + call)
        .replace(/Given/, 'Given the system under test is at "udp:127.0.61.1:5070"\n    And')
        .replaceAll('10.0.0.', '127.0.61.'),
    )
    for (const target of ['udp:127.0.61.1:5070', 'tcp:127.0.61.1:5070']) {
      const run = sipwright('run', option, '--target', target, '--out', join(folder, 'standing'))
      assert.equal(run.status, 0, run.stdout + run.stderr)
    }
    const run = sipwright('run', step, '--out', join(folder, 'standing'))
    assert.equal(run.status, 0, run.stdout + run.stderr)
  } finally {
    server.kill()
  }
})

const hasKamailio = spawnSync('kamailio', ['-v']).error === undefined
const skip =
  !hasKamailio &&
  process.env.SIPWRIGHT_REQUIRE !== 'all' &&
  'Kamailio is not installed; apt-get install kamailio'

test('Kamailio and the engine come to the same verdicts', { skip }, () => {
  const features = ['forking', 'redirect', 'forwarding', 'systems'].map((name) => `features/${name}.feature`)
  const out = join(folder, 'kamailio')
  const run = sipwright('run', ...features, '--targets', 'engine,kamailio', '--out', out)
  assert.equal(run.status, 0, run.stdout + run.stderr)
  assert.match(run.stdout, /kamailio: 18 passed, 0 failed, 3 not applicable; 0 with another verdict/)
})

const missing = (await dockerVersion().then((engine) => !('version' in engine))) || !(await hasImage(IMAGE))
const skipImage =
  missing &&
  process.env.SIPWRIGHT_REQUIRE !== 'all' &&
  `there is no image ${IMAGE}; docker build -t ${IMAGE} docker/kamailio`

test('a program out of a container image, ended with the run', { skip: skipImage }, async () => {
  const out = join(folder, 'image')
  const image = ['--target', 'kamailio', '--image', IMAGE, '--out', out]
  const run = sipwright('run', 'features/redirect.feature', ...image)
  assert.equal(run.status, 0, run.stdout + run.stderr)
  assert.match(run.stdout, /4 scenarios: 3 passed, 1 skipped/)
  const rows = sipwright('conformance', 'PFW-001', ...image)
  assert.equal(rows.status, 0, rows.stdout + rows.stderr)
  assert.match(rows.stdout, /1 rows pass, 0 fail/)
  const left = await new Docker().listContainers({ all: true, filters: { ancestor: [IMAGE] } })
  assert.deepEqual(left, [])
})
