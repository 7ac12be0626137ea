// m_store and m_dump: what is kept, for whom, and what is sent of it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Row, TableQuery } from '../database.js'
import { brief, headerValues, request, responseTo, RouteRun, type Sent } from './route-run.js'

const BOB = { address: '10.0.0.2', port: 5060 }

const STORE = 'route { if (m_store("0")) sl_send_reply("202", "kept"); else sl_send_reply("500", "no"); }'
const DUMP = 'route { m_dump(); sl_send_reply("200", "OK"); }'
const HEADERS = ['Content-Type: text/plain']

function message(more: Partial<Parameters<typeof request>[2]> = {}, uri = 'sip:bob@example.com;x=y'): string {
  return request('MESSAGE', uri, { headers: HEADERS, body: 'hello', ...more })
}

/** The open queries. */
const queries = (run: RouteRun): TableQuery[] =>
  run.asked.flatMap(({ question }) => (question.kind === 'query' ? [...question.queries] : []))

function rowIn(run: RouteRun): Row | undefined {
  const [query] = queries(run)
  return query?.operation === 'insert' ? query.row : undefined
}

function start(script: string, text: string): RouteRun {
  const run = new RouteRun(script)
  run.receive(text)
  return run
}

const done = { kind: 'rows', rows: [], affected: 1 } as const

test('a message is kept with all that is needed to send it', () => {
  const run = start(STORE, message())
  assert.deepEqual(rowIn(run), {
    src_addr: 'sip:alice@example.com',
    dst_addr: 'sip:bob@example.com',
    r_uri: 'sip:bob@example.com',
    inc_time: 0,
    exp_time: 259_200,
    ctype: 'text/plain',
    body: 'hello',
  })
  assert.deepEqual(run.answer(done).map(brief), ['10.0.0.1 202'])
})

test('a database that fails makes it false, and the log says why', () => {
  const run = start(STORE, message())
  assert.deepEqual(run.answer({ kind: 'failure', reason: 'gone\r\n' }).map(brief), ['10.0.0.1 500'])
  assert.deepEqual(run.logs, ['ERROR: msilo: table silo cannot be used: gone\\r\\n'])
})

test('the mode says whose it is', () => {
  const owner = (mode: string, uri: string) =>
    rowIn(start(`route { rewriteuri("sip:carol@example.com"); m_store("${mode}"); }`, message({}, uri)))
      ?.r_uri
  assert.equal(owner('0', 'sip:robert@example.com'), 'sip:carol@example.com')
  assert.equal(owner('1', 'sip:robert@example.com;a=b?c'), 'sip:robert@example.com')
  assert.equal(owner('1', 'sip:example.com'), 'sip:bob@example.com')
  assert.equal(owner('2', 'sip:robert@example.com'), 'sip:bob@example.com')
  assert.throws(() => new RouteRun('route { m_store("3"); }'), /bad number/)
})

test('what has no text, no length, no receiver or is for the registrar is not kept', () => {
  const registrar = 'modparam("msilo", "registrar", "sip:registrar@example.com")\n'
  for (const text of [
    message({ body: '' }),
    message().replace(/Content-Length.*\r\n/, ''),
    message({ to: 'garbage <' }),
    message({ to: '<sip:example.com>' }, 'sip:example.com'),
    message({ to: '<sip:registrar@example.com>' }),
    message().replace('sip:alice@example.com', 'sip:registrar@example.com'),
    message().replace('<sip:alice@example.com>', '<sip:al ice@example.com>'),
    message().replace('<sip:alice@example.com>', '<sip:alice@example.com\r\n x>'),
    message({}, `sip:${'b'.repeat(300)}@example.com`).replace('<sip:bob@', `<sip:${'c'.repeat(300)}@`),
  ]) {
    const run = start(`${registrar}route { if (!m_store("0")) log(1, "no"); }`, text)
    assert.deepEqual([run.logs, run.asked.length], [['no'], 0], text)
  }
})

test('Expires shortens how long it is kept', () => {
  const kept = (expires: string) =>
    rowIn(start(STORE, message({ headers: [...HEADERS, `Expires: ${expires}`] })))?.exp_time
  assert.deepEqual(['60', '999999', 'soon', '99999999999999'].map(kept), [60, 259_200, 259_200, 259_200])
})

test('only so much of a datagram as Content-Length says is the text', () => {
  assert.equal(rowIn(start(STORE, message().replace('hello', 'hello!!')))?.body, 'hello')
})

test('a Content-Type that could not stand in a header again is text/plain', () => {
  const kept = (type: string) => rowIn(start(STORE, message({ headers: [`Content-Type: ${type}`] })))?.ctype
  assert.equal(kept('message/cpim'), 'message/cpim')
  assert.equal(kept('text/html; charset=utf-8'), 'text/html; charset=utf-8')
  for (const bad of ['', 'x', 'a/b\x01', `a/${'b'.repeat(40)}`, 'a/b c'])
    assert.equal(kept(bad), 'text/plain', bad)
})

test('octets become the text that they are', () => {
  assert.equal(rowIn(start(STORE, message({ body: 'Gr\xc3\xbc\xc3\x9fe\0' })))?.body, 'Grüße')
})

// ---- sending ----

const REGISTRAR = 'modparam("msilo", "registrar", "sip:registrar@example.com")\n'

const isMessage = ({ bytes }: Sent): boolean => bytes.startsWith('MESSAGE ')

test('the sender is told at his Contact, or at his address', () => {
  const told = (params: string) => {
    const run = start(
      REGISTRAR + params + STORE,
      message({ headers: [...HEADERS, 'Contact: <sip:alice@10.0.0.1:5080>'] }),
    )
    return run.answer(done).find(isMessage)
  }
  const notice = told('')!
  assert.equal(notice.to, '10.0.0.1:5080')
  assert.match(
    notice.bytes,
    /^MESSAGE sip:alice@10.0.0.1:5080 SIP\/2.0\r\nVia: SIP\/2.0\/UDP 10.0.0.9;branch=z9hG4bK/,
  )
  assert.match(
    notice.bytes,
    /\r\nFrom: <sip:registrar@example.com>;tag=\w{16}\r\nTo: <sip:alice@example.com>\r\n/,
  )
  assert.match(
    notice.bytes,
    /\r\n\r\nUser \[sip:bob@example.com\] is offline\. The message will be delivered when user goes online\.$/,
  )
  const length = notice.bytes.length - notice.bytes.indexOf('\r\n\r\n') - 4
  assert.deepEqual(headerValues(notice, 'Content-Length'), [String(length)])
  // Our own domain: it comes back to us.
  assert.equal(told('alias=example.com\nmodparam("msilo", "use_contact", 0)\n')!.to, '10.0.0.9:5060')
})

const ROW: Row = {
  ...{
    mid: 7,
    src_addr: 'sip:alice@example.com',
    dst_addr: 'sip:bob@example.com',
    r_uri: 'sip:bob@10.0.0.2',
  },
  ...{ inc_time: 86_400, exp_time: 999_999, ctype: 'text/plain', body: 'Grüße' },
}

const REGISTER = request('REGISTER', 'sip:example.com', { to: '<sip:bob@10.0.0.2;x=y>' })

function dumped(...rows: readonly Row[]): RouteRun {
  const run = start(DUMP, REGISTER)
  run.answer({ kind: 'rows', rows, affected: 0 })
  return run
}

test('who registers is looked for by his URI', () => {
  const [query] = queries(start(DUMP, REGISTER))
  assert.deepEqual(query, {
    operation: 'select',
    table: 'silo',
    columns: ['mid', 'src_addr', 'dst_addr', 'r_uri', 'inc_time', 'exp_time', 'ctype', 'body'],
    where: [
      { column: 'r_uri', operator: '=', value: 'sip:bob@10.0.0.2' },
      { column: 'exp_time', operator: '>', value: 0 },
    ],
    orderBy: 'mid',
    limit: 1000,
  })
})

test('other requests, and who leaves, get nothing', () => {
  assert.equal(start(DUMP, request('OPTIONS', 'sip:a@b')).asked.length, 0)
  assert.equal(start(DUMP, request('REGISTER', 'sip:b', { headers: ['Expires: 0'] })).asked.length, 0)
})

test('what was kept is sent with the time when it came', () => {
  const sent = dumped(ROW).sent.find(isMessage)!
  assert.equal(sent.to, '10.0.0.2:5060')
  assert.match(sent.bytes, /^MESSAGE sip:bob@10.0.0.2 SIP\/2.0\r\n/)
  assert.match(sent.bytes, /\r\n\r\n\[Offline message - Fri Jan {2}2 00:00:00 1970\] Gr\xc3\xbc\xc3\x9fe$/)
})

test('long texts, and what is no plain text, are sent as they came', () => {
  const bodyOf = (row: Row) => /\r\n\r\n([^]*)$/.exec(dumped(row).sent.find(isMessage)!.bytes)![1]
  assert.equal(bodyOf({ ...ROW, body: 'x'.repeat(980) }), 'x'.repeat(980))
  assert.equal(bodyOf({ ...ROW, body: '<b>', ctype: 'text/html' }), '<b>')
})

test('what was answered with a 2xx is taken out, what was not stays', () => {
  const after = (status: number) => {
    const run = dumped(ROW)
    run.receive(responseTo(run.sent.find(isMessage), status), { from: BOB })
    return queries(run)
  }
  assert.deepEqual(after(200), [
    { operation: 'delete', table: 'silo', where: [{ column: 'mid', operator: '=', value: 7 }] },
  ])
  assert.deepEqual(after(480), [])
})

test('a message that nobody answers is sent again as requests are, and stays', () => {
  const run = dumped(ROW)
  assert.ok(run.until(31_000).filter(isMessage).length > 3)
  assert.deepEqual(queries(run), [])
  run.until(40_000)
  assert.equal(run.engine.deadline, 150_000)
})

test('who registers twice gets it once; when it could not be sent, again', () => {
  const run = dumped(ROW)
  const again = (): number => {
    run.receive(REGISTER)
    return run.answer({ kind: 'rows', rows: [ROW], affected: 0 }).filter(isMessage).length
  }
  assert.equal(again(), 0)
  run.receive(responseTo(run.sent.find(isMessage), 480), { from: BOB })
  assert.equal(again(), 1)
})

test('rows that hold no message are left alone', () => {
  const bad: Row[] = [
    { ...ROW, r_uri: 'sip:b@c\r\nX: y' },
    { ...ROW, src_addr: null },
    { ...ROW, dst_addr: 'no uri' },
    { ...ROW, mid: 'x' },
    {},
  ]
  assert.deepEqual(dumped(...bad).sent.map(brief), ['10.0.0.1 200'])
  const odd = dumped({ ...ROW, ctype: 'a/b\r\nX: y', body: null }).sent.find(isMessage)!
  assert.deepEqual(headerValues(odd, 'Content-Type'), ['text/plain'])
})

test('expired messages are taken out now and then, once the table has been used', () => {
  const params = 'modparam("msilo", "check_time", 10)\nmodparam("msilo", "clean_period", 2)\n'
  assert.equal(new RouteRun(params + DUMP).engine.deadline, undefined)
  const run = start(params + STORE, message())
  run.answer(done)
  run.until(20_000)
  assert.deepEqual(queries(run), [
    { operation: 'delete', table: 'silo', where: [{ column: 'exp_time', operator: '<=', value: 20 }] },
  ])
})

test('parameters that make no sense are mistakes of the script', () => {
  const begin = (params: string) => () => new RouteRun(`${params}\nroute { break; }`)
  assert.throws(begin('modparam("msilo", "registrar", "nobody")'), /bad registrar/)
  assert.throws(begin('modparam("msilo", "check_time", 0)'), /at least 1/)
  assert.throws(begin('modparam("msilo", "sc_body", "a b")'), /bad table or column name/)
  assert.throws(begin('loadmodule "msilo.so"'), /needs tm/)
})
