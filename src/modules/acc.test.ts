// Accounting: what is accounted for, when, and what the records hold.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Row } from '../database.js'
import { request, responseTo, RouteRun, type Sent } from './route-run.js'

const BOB = { address: '10.0.0.2', port: 5060 }
const CAROL = { address: '10.0.0.3', port: 5060 }

const FLAGS = `modparam("acc", "log_flag", 1)
modparam("acc", "log_missed_flag", 2)
modparam("acc", "db_flag", 3)
modparam("acc", "db_missed_flag", 4)
modparam("acc", "db_url", "mysql://ser@localhost/ser")
`
const RELAY = 'route { setflag(1); setflag(2); t_relay(); }'
const ALL = 'route { setflag(1); setflag(2); setflag(3); setflag(4); rewriteuser("robert"); t_relay(); }'

/** What was sent with this method. */
const ofMethod = (run: RouteRun, method: string): Sent[] =>
  run.sent.filter(({ bytes }) => bytes.startsWith(`${method} `))

const accLines = (run: RouteRun): string[] => run.logs.filter((line) => line.startsWith('ACC: '))

const INVITE = request('INVITE', 'sip:bob@10.0.0.2', { to: '"B" <sip:bob@example.com>' })

function call(script: string, ...statuses: number[]): RouteRun {
  const run = new RouteRun(FLAGS + script)
  run.receive(INVITE)
  const [invite] = ofMethod(run, 'INVITE')
  for (const status of statuses) run.receive(responseTo(invite, status), { from: BOB })
  return run
}

function rows(run: RouteRun): { table: string; row: Row }[] {
  return run.asked.flatMap(({ question }) =>
    question.kind === 'query'
      ? question.queries.flatMap((query) =>
          query.operation === 'insert' ? [{ table: query.table, row: query.row }] : [],
        )
      : [],
  )
}

test('an answered call is one log line', () => {
  assert.deepEqual(accLines(call(RELAY, 180, 200)), [
    'ACC: transaction answered: method=INVITE, i-uri=sip:bob@10.0.0.2, o-uri=sip:bob@10.0.0.2, call_id=call-1, ' +
      'from=<sip:alice@example.com>;tag=a1, code=200',
  ])
})

test('a copy of the 2xx is no second call, the 2xx of another branch is', () => {
  assert.equal(accLines(call(RELAY, 200, 200)).length, 1)
  const run = call(RELAY, 200)
  run.receive(responseTo(ofMethod(run, 'INVITE')[0], 200, 'other'), { from: BOB })
  assert.equal(accLines(run).length, 2)
})

test('requests without the flag, and flag 0, are not accounted for', () => {
  assert.deepEqual(accLines(call('route { setflag(5); t_relay(); }', 200)), [])
  assert.deepEqual(
    accLines(call('modparam("acc", "log_flag", 0)\nroute { setflag(0); t_relay(); }', 200)),
    [],
  )
})

test('183 counts with early_media only, other provisional responses never', () => {
  assert.deepEqual(accLines(call(RELAY, 183, 181)), [])
  const lines = accLines(call(`modparam("acc", "early_media", 1)\n${RELAY}`, 180, 183))
  assert.deepEqual(
    lines.map((line) => line.slice(-8)),
    ['code=183'],
  )
})

test('a missed call says code and reason, and is no answered transaction', () => {
  const [line, ...others] = accLines(call(RELAY, 486))
  assert.match(line!, /^ACC: call missed: method=INVITE, .*, code=486 Said$/)
  assert.deepEqual(others, [])
})

test('failed_transactions accounts for failures as well', () => {
  const lines = accLines(call(`modparam("acc", "failed_transactions", 1)\n${RELAY}`, 486))
  assert.deepEqual(
    lines.map((line) => line.slice(0, 24)),
    ['ACC: call missed: method', 'ACC: transaction answere'],
  )
})

test('of several attempts the first one that fails is the missed call', () => {
  const script = `route { setflag(1); setflag(2); t_on_failure("1"); t_relay(); }
    failure_route[1] { append_branch("sip:carol@10.0.0.3"); t_relay(); }`
  const run = call(script, 486)
  const second = ofMethod(run, 'INVITE')[1]
  run.receive(responseTo(second, 480), { from: CAROL })
  assert.deepEqual(
    accLines(run).map((line) => line.replace(/: method.*, /, ' ')),
    ['ACC: call missed code=486 Said'],
  )
})

test('an attempt that fails before another is answered is a missed call and an answered one', () => {
  const script = `route { setflag(1); setflag(2); t_on_failure("1"); t_relay(); }
    failure_route[1] { append_branch("sip:carol@10.0.0.3"); t_relay(); }`
  const run = call(script, 486)
  run.receive(responseTo(ofMethod(run, 'INVITE')[1], 200), { from: CAROL })
  assert.deepEqual(
    accLines(run).map((line) => line.replace(/: method.*, /, ' ')),
    ['ACC: call missed code=486 Said', 'ACC: transaction answered code=200'],
  )
})

test('a call that times out is missed, with a reason of our own', () => {
  const run = call(RELAY)
  run.until(31_000)
  assert.match(accLines(run).join(), /^ACC: call missed: .*code=408 Request Timeout$/)
})

test('what the script answers is accounted for', () => {
  const run = call('route { setflag(1); setflag(2); t_newtran(); t_reply("200", "Fine"); }')
  assert.match(accLines(run).join(), /^ACC: transaction answered: .*code=200$/)
  const refused = call('route { setflag(1); setflag(2); t_newtran(); t_reply("404", "Gone"); }')
  assert.match(accLines(refused).join(), /^ACC: call missed: .*code=404 Not Found$/)
})

test('only an INVITE can be missed', () => {
  const run = new RouteRun(FLAGS + RELAY)
  run.receive(request('MESSAGE', 'sip:bob@10.0.0.2'))
  run.receive(responseTo(ofMethod(run, 'MESSAGE')[0], 404), { from: BOB })
  assert.deepEqual(accLines(run), [])
})

test('the ACK of a relayed 2xx is accounted for, unless report_ack is 0', () => {
  const ack = request('ACK', 'sip:bob@10.0.0.2', { branch: 'z9hG4bKack', to: '<sip:bob@example.com>;tag=b1' })
  const run = call(RELAY, 200)
  run.receive(ack)
  assert.match(accLines(run)[1]!, /^ACC: request acknowledged: method=ACK, .*, code=200$/)
  assert.equal(ofMethod(run, 'ACK').length, 1)
  const silent = call(`modparam("acc", "report_ack", 0)\n${RELAY}`, 200)
  silent.receive(ack)
  assert.equal(accLines(silent).length, 1)
})

test('the ACK of a failure is not accounted for', () => {
  const run = call(RELAY, 486)
  run.receive(request('ACK', 'sip:bob@10.0.0.2', { to: '<sip:bob@example.com>;tag=b1' }))
  assert.equal(accLines(run).length, 1)
})

test('the ACK of a 2xx that overtook a CANCEL goes on to the callee', () => {
  const run = call(RELAY)
  run.receive(request('CANCEL', 'sip:bob@10.0.0.2'))
  run.receive(responseTo(ofMethod(run, 'INVITE')[0], 200), { from: BOB })
  run.receive(
    request('ACK', 'sip:bob@10.0.0.2', { branch: 'z9hG4bKack', to: '<sip:bob@example.com>;tag=b1' }),
  )
  assert.deepEqual(
    ofMethod(run, 'ACK').map(({ to }) => to),
    ['10.0.0.2:5060'],
  )
})

test('CANCEL is accounted for with report_cancels only', () => {
  const cancel = request('CANCEL', 'sip:bob@10.0.0.2')
  const lines = (more: string): string[] => {
    const run = new RouteRun(FLAGS + more + RELAY)
    run.receive(INVITE)
    run.receive(responseTo(ofMethod(run, 'INVITE')[0], 180), { from: BOB })
    run.receive(cancel)
    return accLines(run).filter((line) => line.includes('method=CANCEL'))
  }
  assert.deepEqual(lines(''), [])
  assert.match(lines('modparam("acc", "report_cancels", 1)\n').join(), /answered: method=CANCEL, .*code=200$/)
})

test('a row holds what the table of answered calls wants', () => {
  const run = call(ALL, 200)
  assert.deepEqual(rows(run), [
    {
      table: 'acc',
      row: {
        from_uri: 'sip:alice@example.com',
        to_uri: 'sip:bob@example.com',
        sip_method: 'INVITE',
        i_uri: 'sip:bob@10.0.0.2',
        o_uri: 'sip:robert@10.0.0.2',
        sip_from: '<sip:alice@example.com>;tag=a1',
        sip_callid: 'call-1',
        sip_to: '"B" <sip:bob@example.com>;tag=b1',
        sip_status: '200',
        username: 'alice',
        totag: 'b1',
        fromtag: 'a1',
        domain: 'example.com',
        time: '1970-01-01 00:00:00',
      },
    },
  ])
  const [{ question } = { question: undefined }] = run.asked
  assert.equal(question?.kind === 'query' && question.database, 'mysql://ser@localhost/ser')
})

test('a missed call belongs to the callee', () => {
  const [{ table, row } = { table: '', row: {} as Row }] = rows(call(ALL, 486))
  const { username, domain, sip_status, totag } = row
  assert.deepEqual(
    { table, username, domain, sip_status, totag },
    { table: 'missed_calls', username: 'bob', domain: '10.0.0.2', sip_status: '486 Said', totag: 'b1' },
  )
})

test('tables and columns are parameters', () => {
  const params = `modparam("acc", "db_table_acc", "calls")
    modparam("acc", "acc_sip_to_column", "callee")
    modparam("acc", "acc_sip_status_column", "result")\n`
  const [{ table, row } = { table: '', row: {} as Row }] = rows(call(params + ALL, 200))
  assert.deepEqual([table, row.callee, row.result], ['calls', '"B" <sip:bob@example.com>;tag=b1', '200'])
})

test('a database that fails is complained of once a row, and the call goes on', () => {
  const run = call(ALL, 200)
  run.answer({ kind: 'failure', reason: 'gone\naway' })
  assert.ok(run.logs.includes('ERROR: acc: table acc cannot be written: gone\\naway'))
  assert.match(run.sent.at(-1)!.bytes, /^SIP\/2.0 200 /)
})

test('every letter of log_fmt has its attribute', () => {
  const script = `modparam("acc", "log_fmt", "cdfimorstup01FTUSnDX")
    route { setflag(1); rewriteuser("robert"); t_relay(); }`
  assert.equal(
    accLines(call(script, 200))[0],
    'ACC: transaction answered: call_id=call-1, totag=b1, from=<sip:alice@example.com>;tag=a1, ' +
      'i-uri=sip:bob@10.0.0.2, method=INVITE, o-uri=sip:robert@10.0.0.2, fromtag=a1, code=200, ' +
      'to="B" <sip:bob@example.com>;tag=b1, uid=n/a, userpart=bob, fromuser=alice, touser=bob, ' +
      'fromuri=sip:alice@example.com, touri=sip:bob@example.com, uid=sip:alice@example.com, code=200, cseq=1, ' +
      'domain=10.0.0.2, fromdomain=example.com',
  )
})

test('an unknown letter, a bad table and an unloaded driver are mistakes of the script', () => {
  const start = (params: string) => () => new RouteRun(`${params}\nroute { break; }`)
  assert.throws(start('modparam("acc", "log_fmt", "mz")'), /invalid letter in log_fmt: "z"/)
  assert.throws(start('modparam("acc", "db_table_acc", "a; DROP TABLE b")'), /bad table or column name/)
  assert.throws(start('modparam("acc", "acc_time_column", "a b")'), /bad table or column name/)
  assert.throws(
    start('loadmodule "tm.so"\nloadmodule "acc.so"\nmodparam("acc", "db_url", "mysql://a/b")'),
    /loadmodule "mysql.so"/,
  )
  assert.throws(start('loadmodule "acc.so"'), /needs tm/)
})

test('the functions account for a request at once', () => {
  const run = new RouteRun(`${FLAGS}route {
    acc_log_request("404 nobody here");
    if (acc_db_request("404 nobody here", "refused")) sl_send_reply("200", "yes"); else sl_send_reply("500", "no"); }`)
  run.receive(INVITE)
  assert.match(accLines(run).join(), /^ACC: request accounted: .*, code=404 nobody here$/)
  const [{ table, row } = { table: '', row: {} as Row }] = rows(run)
  assert.deepEqual([table, row.sip_status, row.totag], ['refused', '404 nobody here', 'n/a'])
  assert.match(run.answer({ kind: 'rows', rows: [], affected: 1 })[0]!.bytes, /^SIP\/2.0 200 yes/)
  run.receive(request('OPTIONS', 'sip:bob@10.0.0.2'))
  assert.match(run.answer({ kind: 'failure', reason: 'x' })[0]!.bytes, /^SIP\/2.0 500 no/)
})

test('RADIUS is not spoken, and the log says so', () => {
  const run = new RouteRun(`modparam("acc", "radius_flag", 1)
    route { if (!acc_rad_request("x")) log(1, "no"); }`)
  run.receive(INVITE)
  assert.deepEqual(run.logs, [
    'WARNING: acc: RADIUS is not spoken here: account into the log or a database',
    'ERROR: acc: RADIUS is not spoken here: account into the log or a database',
    'no',
  ])
})

test('S is the first three letters of the status', () => {
  const run = new RouteRun(`modparam("acc", "log_fmt", "S")\nroute { acc_log_request("404 nobody here"); }`)
  run.receive(INVITE)
  assert.deepEqual(accLines(run), ['ACC: request accounted: code=404'])
})

test('nobody escapes accounting by sending what does not fit into a column', () => {
  const run = new RouteRun(FLAGS + ALL)
  const name = 'é'.repeat(200)
  const octets = [...new TextEncoder().encode(name)].map((octet) => String.fromCharCode(octet)).join('')
  const text = INVITE.replace('From: ', `From: "${octets}\0" `).replace('call-1', 'c'.repeat(300))
  run.receive(text)
  run.receive(responseTo(ofMethod(run, 'INVITE')[0], 200), { from: BOB })
  const [{ row } = { row: {} as Row }] = rows(run)
  assert.equal(row.sip_from, `"${'é'.repeat(127)}`)
  assert.equal(row.sip_callid, 'c'.repeat(128))
})

test('what comes from the network cannot end a log line', () => {
  const run = new RouteRun('route { acc_log_request("x"); }')
  run.receive(request('OPTIONS', 'sip:bob@10.0.0.2', { callId: 'a\x1b[2J\x07, code=200' }))
  assert.match(accLines(run).join(), /call_id=a\\x1b\[2J\\x07, code=200, from=/)
})

test('log_level says how important the lines are, so that debug can leave them out', () => {
  const lines = (level: number): string[] =>
    accLines(call(`debug=1\nmodparam("acc", "log_level", ${level})\n${RELAY}`, 200))
  assert.equal(lines(1).length, 1)
  assert.equal(lines(2).length, 0)
})

test('flags for RADIUS are taken with a warning that there is none', () => {
  for (const params of [
    'modparam("acc", "radius_flag", 5)\n',
    'modparam("acc", "radius_missed_flag", 5)\n',
  ]) {
    const run = new RouteRun(params + RELAY)
    run.receive(INVITE)
    assert.match(run.logs.join(), /WARNING: acc: .*RADIUS/)
  }
})
