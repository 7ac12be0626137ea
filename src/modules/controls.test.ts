// Control commands of the core through the engine's door.

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { RouteRun } from './route-run.js'

const SCRIPT = 'loadmodule "sl.so"\nloadmodule "domain.so"\nmodparam("domain", "db_mode", 0)\nroute { drop; }'

test('a command says its answer once, by its token', () => {
  const one = new RouteRun(SCRIPT)
  const command = { verb: 'control', token: 77, name: 'VERSION', args: [] }
  const [output] = one.engine.step({ type: 'command', command }, 0)
  assert.ok(output?.type === 'event' && output.event.kind === 'control')
  assert.equal(output.event.token, 77)
  assert.deepEqual(output.event.answer, { code: 200, reason: 'ok', lines: ['Server: Sipwright'] })
})

test('the core says what it is, where it is and what it can do', () => {
  const one = new RouteRun(SCRIPT)
  assert.equal(one.control('print', 'hello there'), '200 ok\nhello there\n')
  assert.equal(one.control('pwd'), '200 ok\n/\n')
  assert.equal(one.control('arg'), '200 ok\nsipwright\n')
  assert.equal(one.control('kill'), '200 killing now...')
  assert.match(
    one.control('which'),
    /^200 ok\nprint\nuptime\nversion\nwhich\nps\narg\npwd\n(?:.*\n)*domain_dump\n/,
  )
  assert.equal(
    one.control('ps'),
    '200 ok\n0\t1\tattendant\n1\t1\treceiver child=0 sock=0 @ 10.0.0.9:5060\n2\t1\ttcp receiver @ 10.0.0.9:5060\n' +
      '3\t1\ttimer\n4\t1\tfifo server\n',
  )
})

test('uptime counts whole seconds since the start', () => {
  const one = new RouteRun(SCRIPT)
  one.now = 61_900
  assert.match(
    one.control('uptime'),
    /^200 ok\nNow: \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\nUp Since: \w{3} .* \d{4}\nUp time: 61 \[sec\]\n$/,
  )
})

test('the level of log lines is read and set', () => {
  const one = new RouteRun(SCRIPT)
  assert.equal(one.control('debug'), '200 ok\n2\n')
  assert.equal(one.control('debug', '-1'), '200 ok\n-1\n')
  one.engine.log(1, 'not said')
  assert.equal(one.control('debug', '4'), '200 ok\n4\n')
  assert.equal(one.control('debug', '44'), '400 debug: level -3 .. 9 expected\n')
  assert.equal(one.engine.settings.debug, 4)
})

test('what no client should send is refused', () => {
  const one = new RouteRun(SCRIPT)
  assert.equal(one.control('nonsense'), "500 command 'nonsense' not available\n")
  assert.equal(one.control('constructor'), "500 command 'constructor' not available\n")
  assert.equal(one.control('print', 'a\nb'), '400 print: text must be one line\n')
  assert.equal(one.control('print', 'x'.repeat(2000)), '400 print: text is too long\n')
  assert.equal(one.control('print', ...Array<string>(20).fill('x')), '400 print: too many arguments\n')
})

test('a module that may not answer yet answers later', () => {
  const one = new RouteRun(SCRIPT.replace('"db_mode", 0', '"db_mode", 1'))
  assert.equal(one.control('domain_dump'), '')
  one.answer({ kind: 'rows', rows: [{ domain: 'a.example' }], affected: 0 })
  assert.deepEqual(one.answers, ['200 OK\na.example\n'])
  assert.equal(one.control('domain_reload'), '')
  one.answer({ kind: 'rows', rows: [], affected: 0 })
  assert.deepEqual(one.answers.slice(1), ['200 OK\n'])
})

test('nothing that a client sends makes a command fail, or answer more than once', () => {
  const all = 'route { if (method == "INFO") lookup("location"); drop; }'
  const odd = fc.oneof(
    fc.string(),
    fc.constantFrom('location', 'alice', 'sip:a@b', '.', '1', '-1', '0.5', 'From: <sip:a@b>\nTo: <sip:c@d>'),
    fc.stringMatching(/^[\x00-\xff]{0,20}$/),
  )
  const names = [...new RouteRun(all).engine.controls.keys()]
  const given = fc.tuple(fc.constantFrom(...names), fc.array(odd, { maxLength: 8 }))
  fc.assert(
    fc.property(fc.array(given, { minLength: 1, maxLength: 10 }), (commands) => {
      const one = new RouteRun(all)
      for (const [name, args] of commands) one.control(name, ...args)
      one.until(200_000)
      while (one.asked.length > 0) one.answer({ kind: 'failure', reason: 'nobody answers' })
      assert.equal(one.answers.length, commands.length)
      for (const answer of one.answers) assert.match(answer, /^[2-6]\d\d [^\n]+/)
    }),
    { numRuns: 60 },
  )
})
