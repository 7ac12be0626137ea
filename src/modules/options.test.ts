// options_reply, print, and the loadable database drivers.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bindDatabase } from './database-drivers.js'
import { request, RouteRun, runRoute } from './route-run.js'

const OPTIONS = 'route { if (options_reply()) log(1, "true"); else log(1, "false"); log(1, "on"); }'

test('an OPTIONS for the server is answered, and the route ends', () => {
  const run = runRoute(OPTIONS, request('OPTIONS', 'sip:example.com'))
  assert.match(
    run.sent[0]!.bytes,
    /^SIP\/2.0 200 OK\r\n[^]*\r\nAccept: \*\/\*\r\nAccept-Encoding: \r\nAccept-Language: en\r\nSupport: \r\n/,
  )
  assert.deepEqual(run.logs, [])
})

test('the values are parameters, and the strict profile spells Supported', () => {
  const script = `modparam("options", "accept", "application/sdp")
    modparam("options", "accept_encoding", "gzip")
    modparam("options", "accept_language", "de")
    modparam("options", "support", "path")`
  const text = request('OPTIONS', 'sip:example.com', { headers: ['Max-Forwards: 70'] })
  const run = runRoute(`${script}\n${OPTIONS}`, text, { profile: 'rfc3261' })
  assert.match(
    run.sent[0]!.bytes,
    /\r\nAccept: application\/sdp\r\nAccept-Encoding: gzip\r\nAccept-Language: de\r\nSupported: path\r\n/,
  )
})

test('other methods, and an OPTIONS for somebody, are not answered', () => {
  for (const text of [request('INVITE', 'sip:example.com'), request('OPTIONS', 'sip:bob@example.com')]) {
    const run = runRoute(OPTIONS, text)
    assert.deepEqual(run.sent, [])
    assert.deepEqual(run.logs, ['false', 'on'])
  }
})

test('print says its line whatever the level is', () => {
  const run = runRoute('debug=-3\nroute { log(1, "quiet"); print("hello"); }', request('OPTIONS', 'sip:a@b'))
  assert.deepEqual(run.logs, ['hello'])
})

test('a database URL needs its driver', () => {
  const { engine } = new RouteRun('loadmodule "sl.so"\nloadmodule "mysql.so"\nroute { break; }')
  assert.doesNotThrow(() => bindDatabase(engine, 'acc', 'mysql://ser:heslo@localhost/ser'))
  assert.doesNotThrow(() => bindDatabase(engine, 'acc', 'sqlite:///var/lib/ser.db'))
  assert.throws(() => bindDatabase(engine, 'acc', 'dbtext:/var/dbtext/ser'), /loadmodule "dbtext.so"/)
  assert.throws(() => bindDatabase(engine, 'acc', 'POSTGRES://x/y'), /Unable to bind database module/)
})
