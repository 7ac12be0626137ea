// Bindings that last: what the database is asked in each mode, and what its answers make of the bindings.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Row, TableQuery } from '../../database.js'
import type { Answer } from '../../endpoint.js'
import { brief, headerValues, request, RouteRun } from '../route-run.js'
import { usrloc } from '../usrloc.js'
import { CONTACT_PERMANENT } from './table.js'

const DONE: Answer = { kind: 'rows', rows: [], affected: 1 }
const FAILED: Answer = { kind: 'failure', reason: 'the disk is full' }
const NO_COLUMN: Answer = { kind: 'failure', reason: 'no such column: received' }

const script = (mode: number, params = '') => `
  modparam("usrloc", "db_mode", ${mode})
  modparam("usrloc", "db_url", "sqlite:ser.db")
  ${params}
  route {
    if (method == "REGISTER") { save("location"); break; };
    if (!lookup("location")) { sl_send_reply("404", "Not Found"); break; };
    forward(uri:host, uri:port);
  }`

interface Registering {
  readonly cseq?: number
  readonly expires?: number
  readonly callId?: string
}

const register = (contact: string, { cseq = 1, expires = 600, callId = 'r-1' }: Registering = {}) =>
  request('REGISTER', 'sip:example.com', {
    ...{ cseq, callId, branch: `z9hG4bK${cseq}${callId}` },
    headers: [`Contact: ${contact}`, `Expires: ${expires}`],
  })
const invite = () => request('INVITE', 'sip:bob@example.com', { callId: 'i' })

const ROW: Row = {
  ...{ username: 'bob', contact: 'sip:bob@10.0.1.1', expires: '1970-01-01 00:10:00', q: 0.5, callid: 'r-1' },
  ...{ cseq: 7, flags: 0, state: 0, user_agent: 'phone', received: null },
}

/** An engine that has read its table. */
function started(mode: number, rows: readonly Row[] = [], params?: string): RouteRun {
  const run = new RouteRun(script(mode, params))
  run.until(0)
  assert.equal(run.answer({ kind: 'rows', rows, affected: 0 }).length, 0)
  return run
}

function queries(run: RouteRun): readonly TableQuery[] {
  const [asked] = run.asked
  assert.ok(asked?.question.kind === 'query', 'the database is asked')
  assert.equal(asked.question.database, 'sqlite:ser.db')
  return asked.question.queries
}

const operations = (run: RouteRun): string[] => queries(run).map(({ operation }) => operation)
const bindings = (run: RouteRun, aor = 'bob') => run.engine.use(usrloc).table('location').bindings(aor)
const uris = (run: RouteRun): string[] => bindings(run).map(({ uri }) => uri)

describe('before the first message', () => {
  it('the table is read, and what arrives meanwhile waits', () => {
    const run = new RouteRun(script(1))
    assert.deepEqual(run.receive(invite()), [])
    assert.equal(run.engine.isStarting, true)
    const [query] = queries(run)
    assert.ok(query?.operation === 'select')
    assert.equal(query.table, 'location')
    const sent = run.answer({ kind: 'rows', rows: [ROW], affected: 0 })
    assert.deepEqual(sent.map(brief), ['10.0.1.1 INVITE'])
    assert.equal(run.engine.isStarting, false)
    assert.deepEqual(bindings(run), [
      {
        ...{ uri: 'sip:bob@10.0.1.1', expiresAt: 600_000, q: 500, callId: 'r-1', cseq: 7, flags: 0 },
        ...{ userAgent: 'phone', received: undefined },
      },
    ])
  })

  it('with path_column Paths are read and written, too', () => {
    const params = 'modparam("usrloc", "path_column", "path") modparam("registrar", "use_path", 1)'
    const run = started(1, [{ ...ROW, path: '<sip:10.0.2.1;lr>' }], params)
    const [sent] = run.receive(invite())
    assert.equal(brief(sent!), '10.0.2.1 INVITE')
    assert.deepEqual(headerValues(sent!, 'Route'), ['<sip:10.0.2.1;lr>'])
    run.receive(
      register('<sip:bob@10.0.1.1>', { cseq: 8 }).replace('\r\nContact', '\r\nPath: <sip:p;lr>\r\nContact'),
    )
    const [query] = queries(run)
    assert.ok(query?.operation === 'replace')
    assert.equal(query.row.path, '<sip:p;lr>')
  })

  it('every table that the script names is read', () => {
    const both = script(2).replace('sl_send_reply', 'lookup("aliases"); sl_send_reply')
    const run = new RouteRun(both)
    run.until(0)
    const tables = run.asked.map(({ question }) => question.kind === 'query' && question.queries[0]?.table)
    assert.deepEqual(tables, ['location', 'aliases'])
  })

  it('rows of text files have seconds as instants, and other rows are skipped', () => {
    const rows = [
      { ...ROW, expires: 600 },
      { ...ROW, contact: null },
      { ...ROW, username: 'eve', expires: 'soon' },
    ]
    const run = started(1, rows)
    assert.equal(bindings(run)[0]?.expiresAt, 600_000)
    assert.deepEqual(bindings(run, 'eve'), [])
    assert.match(run.logs.join(), /2 rows of table location are no bindings/)
  })

  it('what has expired or is only waiting for its deletion is deleted with the next round', () => {
    const gone = { ...ROW, contact: 'sip:gone@10.0.1.1', expires: '1969-12-31 23:59:59' }
    const zombie = { ...ROW, contact: 'sip:zombie@10.0.1.1', state: 1 }
    const permanent = { ...gone, contact: 'sip:ever@10.0.1.1', flags: CONTACT_PERMANENT }
    const run = started(1, [gone, zombie, permanent])
    assert.deepEqual(uris(run), ['sip:ever@10.0.1.1'])
    run.until(60_000)
    assert.deepEqual(operations(run), ['delete', 'delete'])
  })

  it('a table without the column "received" is read without it', () => {
    const run = new RouteRun(script(1))
    run.until(0)
    run.answer(NO_COLUMN)
    const { received: _, ...row } = ROW
    run.answer({ kind: 'rows', rows: [row], affected: 0 })
    assert.deepEqual(uris(run), ['sip:bob@10.0.1.1'])
    assert.match(
      run.logs.join(),
      /where phones behind NATs are reached is not kept: no such column: received/,
    )
    run.receive(register('<sip:bob@10.0.1.2>'))
    const [put] = queries(run)
    assert.ok(put?.operation === 'replace' && !('received' in put.row))
  })

  it('a database that does not answer is told, and the engine says that it cannot serve', () => {
    const run = new RouteRun(script(1))
    run.until(0)
    run.answer(FAILED)
    run.answer(FAILED)
    assert.equal(run.engine.hasFailed, true)
    assert.match(run.logs.join(), /ERROR: usrloc: table location cannot be read: the disk is full/)
  })
})

describe('written through (db_mode 1)', () => {
  it('a REGISTER is answered when its row is on the disk', () => {
    const run = started(1)
    assert.deepEqual(run.receive(register('<sip:bob@10.0.1.1>;q=0.25')), [])
    assert.deepEqual(uris(run), [])
    assert.deepEqual(queries(run), [
      {
        ...{ operation: 'replace', table: 'location', keys: ['username', 'contact'] },
        row: {
          ...{ username: 'bob', contact: 'sip:bob@10.0.1.1', expires: '1970-01-01 00:10:00', q: 0.25 },
          ...{ callid: 'r-1', cseq: 1, replicate: 0, state: 0, flags: 0, user_agent: '', received: null },
        },
      },
    ])
    const [answer] = run.answer(DONE)
    assert.equal(brief(answer!), '10.0.0.1 200')
    assert.deepEqual(headerValues(answer!, 'Contact'), ['<sip:bob@10.0.1.1>;q=0.25;expires=600'])
    assert.deepEqual(uris(run), ['sip:bob@10.0.1.1'])
  })

  it('when it cannot be written the answer is 500, and the bindings are what they were', () => {
    const run = started(1, [ROW])
    run.receive(register('<sip:bob@10.0.1.1>', { cseq: 8, expires: 0 }))
    const [answer] = run.answer(FAILED)
    assert.equal(brief(answer!), '10.0.0.1 500')
    assert.deepEqual(headerValues(answer!, 'P-Registrar-Error'), ['usrloc_contact_update failed'])
    assert.deepEqual(uris(run), ['sip:bob@10.0.1.1'])
    assert.match(run.logs.join(), /ERROR: usrloc: table location cannot be written: the disk is full/)
  })

  it('failures in quick succession are told once a second', () => {
    const run = started(1)
    for (let n = 1; n <= 5; n++) {
      run.receive(register('<sip:bob@10.0.1.1>', { cseq: n }))
      run.answer(FAILED)
    }
    assert.equal(run.logs.length, 1)
    run.until(1000)
    run.receive(register('<sip:bob@10.0.1.1>', { cseq: 6 }))
    run.answer(FAILED)
    assert.match(run.logs[1] ?? '', /\(and 4 times more\)/)
  })

  it('after a failure the next round makes the row what memory says', () => {
    const run = started(1, [ROW])
    run.receive(register('<sip:bob@10.0.1.1>;q=1', { cseq: 8 }))
    run.receive(register('<sip:bob@10.0.1.2>', { cseq: 9 }))
    run.answer(FAILED)
    run.answer(FAILED)
    run.until(60_000)
    const [first, second] = queries(run)
    assert.ok(first?.operation === 'replace' && first.row.q === 0.5)
    assert.ok(second?.operation === 'delete')
    assert.equal(second.where.at(-1)?.value, 'sip:bob@10.0.1.2')
    run.answer(DONE)
    run.until(120_000)
    assert.deepEqual(run.asked, [], 'once it is right nothing more is asked')
  })

  it('a copy of a REGISTER that waits is not carried out again', () => {
    const run = started(1)
    run.receive(register('<sip:bob@10.0.1.1>'))
    assert.deepEqual(run.receive(register('<sip:bob@10.0.1.1>')), [])
    assert.equal(run.asked.length, 1)
    assert.deepEqual(run.answer(DONE).map(brief), ['10.0.0.1 200'])
  })

  it('requests for one address of record build on each other while they wait', () => {
    const run = started(1)
    run.receive(register('<sip:bob@10.0.1.1>'))
    run.receive(register('<sip:bob@10.0.1.2>;q=1', { callId: 'r-2' }))
    run.receive(register('*', { callId: 'r-3', expires: 0 }))
    run.receive(register('<sip:bob@10.0.1.3>', { callId: 'r-4' }))
    const contacts = [1, 2, 3, 4].map(() => headerValues(run.answer(DONE)[0]!, 'Contact'))
    assert.deepEqual(
      contacts.map((values) => values.join().replace(/;expires=600/g, '')),
      ['<sip:bob@10.0.1.1>', '<sip:bob@10.0.1.2>;q=1, <sip:bob@10.0.1.1>', '', '<sip:bob@10.0.1.3>'],
    )
  })

  it('the limit of contacts counts those that wait', () => {
    const run = started(1, [], 'modparam("registrar", "max_contacts", 1)')
    run.receive(register('<sip:bob@10.0.1.1>'))
    const [refused] = run.receive(register('<sip:bob@10.0.1.2>', { callId: 'r-2' }))
    assert.equal(brief(refused!), '10.0.0.1 503')
  })

  it('so many requests of one address of record wait, and no more', () => {
    const run = started(1)
    const one = (n: number) => run.receive(register('<sip:bob@10.0.1.1>', { cseq: n }))
    for (let n = 1; n <= 100; n++) assert.deepEqual(one(n), [])
    assert.deepEqual(one(101).map(brief), ['10.0.0.1 503'])
    run.answer(DONE)
    assert.deepEqual(one(102), [])
  })

  it('a query or a refresh of nothing asks no database', () => {
    const run = started(1, [ROW])
    assert.deepEqual(run.receive(request('REGISTER', 'sip:example.com')).map(brief), ['10.0.0.1 200'])
    const gone = register('<sip:nobody@10.0.1.9>', { expires: 0 })
    assert.deepEqual(run.receive(gone).map(brief), ['10.0.0.1 200'])
    assert.deepEqual(run.asked, [])
  })

  it('removals delete: one contact, or all of an address of record', () => {
    const run = started(1, [ROW, { ...ROW, contact: 'sip:bob@10.0.1.2' }])
    run.receive(register('<sip:bob@10.0.1.1>', { cseq: 8, expires: 0 }))
    const where = [{ column: 'username', operator: '=', value: 'bob' }]
    const contact = { column: 'contact', operator: '=', value: 'sip:bob@10.0.1.1' }
    assert.deepEqual(queries(run), [{ operation: 'delete', table: 'location', where: [...where, contact] }])
    run.answer(DONE)
    run.receive(register('*', { cseq: 9, expires: 0 }))
    assert.deepEqual(queries(run), [{ operation: 'delete', table: 'location', where }])
    run.answer(DONE)
    assert.deepEqual(uris(run), [])
  })

  it('what expires is deleted with the round, unless a new registration waits', () => {
    const run = started(1, [{ ...ROW, expires: '1970-01-01 00:00:59' }])
    run.until(59_500)
    run.receive(register('<sip:bob@10.0.1.1>', { cseq: 8 }))
    run.until(60_000)
    assert.deepEqual(operations(run), ['replace'], 'no deletion overtakes it')
    run.answer(DONE)
    assert.deepEqual(uris(run), ['sip:bob@10.0.1.1'])
    run.until(120_000)
    assert.deepEqual(operations(run), ['replace'], 'the noted row is made what memory says')
  })

  it('with use_domain a row is of user and domain, under columns as named', () => {
    const params = `modparam("usrloc|registrar", "use_domain", 1)
      modparam("usrloc", "user_column", "u") modparam("usrloc", "domain_column", "d")`
    const run = started(1, [{ ...ROW, username: undefined as never, u: 'eve', d: 'example.com' }], params)
    assert.equal(bindings(run, 'eve@example.com').length, 1)
    run.receive(register('<sip:bob@10.0.1.1>'))
    const [put] = queries(run)
    assert.ok(put?.operation === 'replace')
    assert.deepEqual(put.keys, ['u', 'd', 'contact'])
    assert.deepEqual([put.row.u, put.row.d], ['bob', 'example.com'])
  })
})

describe('written back (db_mode 2)', () => {
  it('a REGISTER is answered at once, and its row follows with the timer', () => {
    const run = started(2)
    assert.deepEqual(run.receive(register('<sip:bob@10.0.1.1>')).map(brief), ['10.0.0.1 200'])
    assert.deepEqual(run.asked, [])
    run.until(60_000)
    assert.deepEqual(operations(run), ['replace'])
    run.answer(DONE)
    run.until(120_000)
    assert.deepEqual(run.asked, [])
  })

  it('what came and went between two rounds is one deletion', () => {
    const run = started(2)
    run.receive(register('<sip:bob@10.0.1.1>'))
    run.receive(register('<sip:bob@10.0.1.1>', { cseq: 2, expires: 0 }))
    run.until(60_000)
    assert.deepEqual(operations(run), ['delete'])
  })

  it('a round that failed is tried again with the next', () => {
    const run = started(2)
    run.receive(register('<sip:bob@10.0.1.1>'))
    run.until(60_000)
    run.answer(FAILED)
    assert.match(run.logs.join(), /table location cannot be written: the disk is full/)
    run.until(120_000)
    assert.deepEqual(operations(run), ['replace'])
  })

  it('at the end everything is written', () => {
    const run = started(2, [ROW])
    run.receive(register('*', { cseq: 8, expires: 0 }))
    run.receive(register('<sip:bob@10.0.1.2>', { cseq: 9 }))
    const asked = run.engine.shutdown(1).filter(({ type }) => type === 'ask')
    assert.equal(asked.length, 1)
    assert.equal(run.engine.openQuestions, 1)
    const [ask] = asked
    const { question } = ask as Extract<typeof ask, { type: 'ask' }>
    assert.deepEqual(question.kind === 'query' && question.queries.map(({ operation }) => operation), [
      'delete',
      'replace',
    ])
  })

  it('many rows do not wait for the timer, and go in several questions', () => {
    const run = started(2)
    const table = run.engine.use(usrloc).table('location')
    for (let n = 0; n < 10_000; n++)
      table.insert(`u${n}`, {
        uri: 'sip:x',
        expiresAt: 1e9,
        q: undefined,
        callId: '',
        cseq: 1,
        flags: 0,
        userAgent: '',
      })
    run.until(1000)
    assert.equal(run.asked.length, 20)
  })
})

describe('limits', () => {
  it('a table that is full takes no more addresses of record, but refreshes', () => {
    const run = new RouteRun(`modparam("usrloc", "max_contacts", 1)
      modparam("registrar", "retry_after", 30)
      route { save("location"); }`)
    assert.deepEqual(run.receive(register('<sip:bob@10.0.1.1>')).map(brief), ['10.0.0.1 200'])
    const [refused] = run.receive(register('<sip:bob@10.0.1.2>', { cseq: 2 }))
    assert.equal(brief(refused!), '10.0.0.1 503')
    assert.deepEqual(headerValues(refused!, 'Retry-After'), ['30'])
    const again = register('<sip:bob@10.0.1.1>', { cseq: 3 })
    assert.deepEqual(run.receive(again).map(brief), ['10.0.0.1 200'])
    run.receive(register('<sip:bob@10.0.1.1>', { cseq: 4, expires: 0 }))
    const other = register('<sip:bob@10.0.1.2>', { cseq: 5 })
    assert.deepEqual(run.receive(other).map(brief), ['10.0.0.1 200'])
  })

  it('contacts and Call-IDs have a length', () => {
    const run = new RouteRun('route { save("location"); }')
    const refused = (bytes: string): string[] =>
      run.receive(bytes).flatMap((sent) => headerValues(sent, 'P-Registrar-Error'))
    assert.deepEqual(refused(register(`<sip:bob@10.0.1.1;x=${'y'.repeat(2048)}>`)), ['Contact too long'])
    const callId = 'c'.repeat(256)
    assert.deepEqual(refused(register('<sip:bob@10.0.1.1>', { callId })), ['Call-ID too long'])
  })
})
