// permissions over one engine: rules read and refused, what they allow, and trusted peers.

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import fc from 'fast-check'
import { ScriptError } from '../errors.js'
import type { ControlAnswer } from '../proxy/module.js'
import { rows, statusOf } from './auth/login.js'
import { isCovered, parseRules } from './permissions/rules.js'
import { permissions } from './permissions.js'
import { request, RouteRun } from './route-run.js'

const HEAD = ['sl', 'permissions'].map((name) => `loadmodule "${name}.so"\n`).join('')

function run(condition: string, files: Record<string, string> = {}, params = ''): RouteRun {
  const route = `route { if (${condition}) { sl_send_reply("200", "Yes"); } else { sl_send_reply("403", "No"); }; }`
  return new RouteRun(HEAD + params + route, 'ser', files)
}

const isAllowed = (one: RouteRun, message: string): boolean => statusOf(one.receive(message)) === '200'
const invite = (uri: string): string => request('INVITE', uri)

test('an allow rule beats a deny rule, and what neither covers is allowed', () => {
  const files = {
    'permissions.allow': '# emergency calls\nALL : "^sip:112@"\n"^sip:alice@" : "^sip:\\+49.*@gw"\n',
    'permissions.deny': 'ALL : "^sip:\\+?[0-9]+@gw"  # everything else at the gateway',
  }
  const one = run('allow_routing()', files)
  for (const [uri, expected] of [
    ['sip:112@gw', true],
    ['sip:+4930@gw', true],
    ['sip:+1800@gw', false],
    ['sip:0900@gw', false],
    ['sip:0900@elsewhere', true],
    ['sip:%30900@gw', false],
    ['sip:0900:pass@GW:5062;user=phone', false],
    ['tel:112', false],
  ] as const)
    assert.equal(isAllowed(one, invite(uri)), expected, uri)
})

test('an escaped @ opens no way around a rule', () => {
  const one = run('allow_routing()', {
    'permissions.allow': 'ALL : "@good"',
    'permissions.deny': 'ALL : ALL',
  })
  assert.ok(isAllowed(one, invite('sip:bob@good')))
  assert.ok(!isAllowed(one, invite('sip:x%40good@evil')))
})

test('files are named by one argument, by two, or by parameters; without any everything is allowed', () => {
  const deny = 'ALL : ALL'
  assert.ok(!isAllowed(run('allow_routing("gw")', { 'gw.deny': deny }), invite('sip:b@h')))
  assert.ok(!isAllowed(run('allow_routing("a", "/etc/b")', { '/etc/b': deny }), invite('sip:b@h')))
  const params = 'modparam("permissions", "default_deny_file", "no")\n'
  assert.ok(!isAllowed(run('allow_routing()', { no: deny }, params), invite('sip:b@h')))
  const suffix = 'modparam("permissions", "deny_suffix", ".no")\n'
  assert.ok(
    !isAllowed(
      run('method == "INVITE" and !(!allow_routing("x"))', { 'x.no': deny }, suffix),
      invite('sip:b@h'),
    ),
  )
  const none = run('allow_routing("gw")')
  assert.ok(isAllowed(none, invite('tel:1')))
  assert.deepEqual(none.logs, ['WARNING: permissions: neither gw.allow nor gw.deny is there: all is allowed'])
})

test('all branches are looked at, unless the script does not want that', () => {
  const route = `route {
    append_branch("sip:0900@gw");
    if (allow_routing("x")) { sl_send_reply("200", "Yes"); } else { sl_send_reply("403", "No"); };
  }`
  const files = { 'x.deny': 'ALL : "@gw$"' }
  assert.ok(!isAllowed(new RouteRun(HEAD + route, 'ser', files), invite('sip:b@h')))
  const params = 'modparam("permissions", "check_all_branches", 0)\n'
  assert.ok(isAllowed(new RouteRun(HEAD + params + route, 'ser', files), invite('sip:b@h')))
})

test('a contact that is not allowed keeps the whole REGISTER out', () => {
  const one = run('allow_register("r")', { 'r.deny': '"^sip:bob@" EXCEPT "@vip" : "@(10\\.|gw)"' })
  const register = (contact: string, to = '<sip:bob@example.com>'): boolean =>
    isAllowed(
      one,
      request('REGISTER', 'sip:example.com', { to, headers: contact === '' ? [] : [`Contact: ${contact}`] }),
    )
  assert.ok(register('<sip:bob@192.0.2.1>'))
  assert.ok(!register('<sip:bob@192.0.2.1>, "x" <sip:bob@gw>;q=1'))
  assert.ok(register('<sip:bob@gw>', '<sip:alice@example.com>'))
  assert.ok(register('<sip:bob@gw>', '<sip:bob@vip.example>'))
  assert.ok(register('') && register('*'))
  assert.ok(!register('garbage here'))
})

test('a transfer goes only where From may go', () => {
  const one = run('allow_refer_to("r")', { 'r.deny': 'ALL : "^sip:0900"' })
  const refer = (...headers: string[]) => isAllowed(one, request('REFER', 'sip:bob@example.com', { headers }))
  assert.ok(refer('Refer-To: <sip:carol@example.com>'))
  assert.ok(!refer('r: sip:0900123@gw'))
  assert.ok(!refer())
})

test('rules are read with exceptions, lists, comments and empty lines', () => {
  const rules = parseRules('\n  # nothing\r\n"a","b" EXCEPT "x" : ALL EXCEPT "y"#end\nALL:"[cd]"\n', 'f')
  assert.equal(rules.length, 2)
  assert.ok(isCovered(rules, 'A', 'else'))
  assert.ok(!isCovered(rules, 'ax', 'else'))
  assert.ok(!isCovered(rules, 'b', 'y'))
  assert.ok(isCovered(rules, 'whoever', 'D'))
})

test('a rule that cannot be read stops the start, with its place', () => {
  for (const [line, message] of [
    ['ALL', /f:2:4: a colon is expected/],
    ['ALL : ', /f:2:7: ALL or a pattern in quotes/],
    ['"a" "b" : ALL', /f:2:5: a colon is expected/],
    ['ALL : ALL ALL', /f:2:11: the line should end here/],
    ['ALL : "(" # x', /f:2:7: bad re/],
    ['alles : ALL', /f:2:1: ALL or a pattern/],
    ['ALL : "open', /f:2:7: neither/],
    [`ALL : "${'x'.repeat(101)}"`, /longer than 100 characters/],
    [`# ${'x'.repeat(500)}`, /longer than 500 characters/],
  ] as const)
    assert.throws(() => parseRules(`ALL : ALL\n${line}`, 'f'), message, line)
  assert.throws(() => run('allow_routing()', { 'permissions.deny': 'nonsense' }), ScriptError)
})

test('whatever stands in a rule file is read or refused, with a place', () => {
  const words = fc.constantFrom('ALL', 'EXCEPT', ':', ',', '"a"', '"', '#', ' ', '\n', '"[', 'x', '\t')
  fc.assert(
    fc.property(fc.array(words), (parts) => {
      try {
        parseRules(parts.join(''), 'f')
      } catch (error) {
        assert.ok(error instanceof ScriptError, String(error))
      }
    }),
  )
})

const TRUSTED = 'modparam("permissions", "db_url", "mysql://db/ser")\n'

test('a trusted peer is known by address, transport and From', () => {
  const decided = (row: Record<string, string | null> | undefined) => {
    const one = run('allow_trusted()', {}, TRUSTED)
    one.receive(invite('sip:b@h'))
    assert.match(
      JSON.stringify(one.asked[0]!.question),
      /"trusted".*"column":"src_ip".*"value":"10\.0\.0\.1"/,
    )
    return statusOf(one.answer(row === undefined ? rows() : rows(row)))
  }
  const row = { src_ip: '10.0.0.1', proto: 'any', from_pattern: '^sip:alice@' }
  assert.equal(decided(row), '200')
  assert.equal(decided({ ...row, proto: 'UDP' }), '200')
  assert.equal(decided({ ...row, proto: 'tcp' }), '403')
  assert.equal(decided({ ...row, from_pattern: '^sip:bob@' }), '403')
  assert.equal(decided({ ...row, from_pattern: null }), '200')
  assert.equal(decided({ ...row, from_pattern: '(' }), '403')
  assert.equal(decided(undefined), '403')
})

test('a database that fails trusts nobody', () => {
  const one = run('allow_trusted()', {}, TRUSTED)
  one.receive(invite('sip:b@h'))
  assert.equal(statusOf(one.answer({ kind: 'failure', reason: 'gone' })), '403')
  assert.match(one.logs.join(), /permissions: table trusted cannot be read: gone/)
})

test('with db_mode 1 the table is read at the start, and again when asked', () => {
  const one = run('allow_trusted()', {}, `${TRUSTED}modparam("permissions", "db_mode", 1)\n`)
  one.receive(invite('sip:b@h'))
  const peers = [
    { src_ip: '10.0.0.1', proto: 'tcp', from_pattern: '' },
    { src_ip: '10.0.0.1', proto: 'udp', from_pattern: 'alice' },
  ]
  assert.equal(statusOf(one.answer(rows(...peers))), '200')
  const answers: ControlAnswer[] = []
  const control = (name: string): void =>
    permissions.controls![name]!.call(one.engine, [], (answer) => void answers.push(answer))
  control('trusted_dump')
  assert.deepEqual(answers.pop(), { code: 200, reason: 'OK', lines: ['10.0.0.1 tcp', '10.0.0.1 udp alice'] })
  control('trusted_reload')
  // Commands are given by an input; the next one takes their questions along.
  one.receive(invite('sip:b@h'))
  one.answer({ kind: 'failure', reason: 'gone' })
  assert.deepEqual(answers.pop(), { code: 400, reason: 'Trusted table reload failed' })
  assert.ok(isAllowed(one, invite('sip:b@h')), 'what was known stays')
})
