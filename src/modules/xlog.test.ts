// xlog and xdbg: every specifier, and what comes from the network stays one plain line.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readFormat } from './xlog/format.js'
import { request, responseTo, RouteRun } from './route-run.js'

/** The lines that a script says over a request. */
function lines(script: string, text = request('INVITE', 'sip:bob@example.com;x=y', REQUEST)): string[] {
  const run = new RouteRun(`debug=4\nroute { ${script} }`)
  run.receive(text)
  return run.logs.filter((line) => !line.startsWith('WARNING'))
}

const REQUEST = {
  to: '"Bob" <sip:bob@example.com>;tag=t2',
  headers: ['Contact: <sip:a@10.0.0.1>', 'Contact: <sip:second@10.0.0.1>', 'User-Agent: Phone/1 (x)'],
}

test('every specifier of a request has its value', () => {
  const specifiers: readonly (readonly [string, string])[] = [
    ['ci', 'call-1'],
    ['cs', '1'],
    ['ct', '<sip:a@10.0.0.1>'],
    ['fu', 'sip:alice@example.com'],
    ['ft', 'a1'],
    ['tu', 'sip:bob@example.com'],
    ['tt', 't2'],
    ['is', '10.0.0.1'],
    ['mf', '6'],
    ['mi', '1'],
    ['ml', String(request('INVITE', 'sip:bob@example.com;x=y', REQUEST).length)],
    ['pp', '1'],
    ['rm', 'INVITE'],
    ['rr', '<null>'],
    ['rs', '<null>'],
    ['ru', 'carol@example.com;x=y'],
    ['Tf', 'Thu Jan  1 00:00:00 1970'],
    ['Ts', '0'],
    ['ua', 'Phone/1 (x)'],
    ['%', '%'],
    ['zz', '<null>'],
    ['z', '<null>'],
    ['', '<null>'],
  ]
  for (const [name, value] of specifiers)
    assert.deepEqual(
      lines(`setflag(1); setflag(2); rewriteuser("carol"); xlog("L_INFO", "[%${name}");`),
      [`[${value}`],
      name,
    )
})

test('specifiers of a reply have the values of the reply', () => {
  const run = new RouteRun(`
    route { t_on_reply("1"); t_relay(); }
    onreply_route[1] { xlog("L_ERR", "%rs %rr %rm %ru %tt"); }`)
  run.receive(request('INVITE', 'sip:bob@10.0.0.2'))
  const invite = run.sent.find(({ bytes }) => bytes.startsWith('INVITE'))
  run.receive(responseTo(invite, 180), { from: { address: '10.0.0.2', port: 5060 } })
  assert.deepEqual(run.logs, ['180 Said <null> <null> b1'])
})

test('what a message does not have is <null>', () => {
  const text = request('OPTIONS', 'sip:bob@example.com', { to: 'garbage here' })
  assert.deepEqual(lines('xlog("L_INFO", "%ct %tu %tt %ua");', text), ['<null> <null> <null> <null>'])
})

test('the third letter is the level, and xdbg is for the debugger', () => {
  const level = (script: string, debug: number): number => {
    const run = new RouteRun(`debug=${debug}\nroute { ${script} }`)
    run.receive(request('OPTIONS', 'sip:bob@example.com'))
    return run.logs.length
  }
  const letters = { L_ALERT: -3, L_CRIT: -2, L_ERR: -1, L_WARN: 1, L_NOTICE: 2, L_INFO: 3, L_DBG: 4 }
  for (const [name, value] of Object.entries(letters)) {
    assert.equal(level(`xlog("${name}", "x");`, value), 1, name)
    assert.equal(level(`xlog("${name}", "x");`, value - 1), 0, name)
  }
  assert.equal(level('xdbg("x");', 4), 1)
  assert.equal(level('xdbg("x");', 3), 0)
})

test('an unknown level is a mistake of the script', () => {
  for (const name of ['L_', '', 'L_XYZ', '2', 'L_toString'])
    assert.throws(() => new RouteRun(`route { xlog("${name}", "x"); }`), /unknown log level/, name)
})

test('colours switch the terminal, x is the usual one', () => {
  const codes = { Crx: '0;31;49', CBw: '0;1;34;47', Cxx: '0;39;49', Css: '0;30;40' }
  for (const [name, code] of Object.entries(codes))
    assert.deepEqual(lines(`xlog("L_INFO", "%${name}!");`), [`\x1b[${code}m!`])
  assert.deepEqual(readFormat('%Cq!').pieces, ['<null>', '!'])
})

test('a line of buf_size characters or more is not said', () => {
  const run = new RouteRun(`modparam("xlog", "buf_size", 10)
    route { if (xlog("L_ERR", "%rm56789")) log(1, "said"); else log(1, "not said"); xlog("L_ERR", "123456789"); }`)
  run.receive(request('INVITE', 'sip:bob@example.com'))
  assert.match(run.logs[0]!, /^ERROR: xlog: the line has 11 characters, buf_size is 10$/)
  assert.deepEqual(run.logs.slice(1), ['not said', '123456789'])
})

test('nothing from the network ends the line, steers a terminal or is a format again', () => {
  const text = request('INVITE', 'sip:bob@example.com', {
    headers: ['User-Agent: %s%n%mb \x1b[2J\x07\0\x7f \\ a\r\n b'],
  })
  assert.deepEqual(lines('xlog("L_INFO", "%ua");', text), ['%s%n%mb \\x1b[2J\\x07\\x00\\x7f \\\\ a b'])
  const [whole] = lines('xlog("L_INFO", "%mb");', text)
  assert.equal(/[\x00-\x1f\x7f]/.test(whole!), false)
  assert.match(whole!, /^INVITE sip:bob@example.com SIP\/2.0\\r\\nVia/)
})

test('each message has a number', () => {
  const run = new RouteRun('route { xlog("L_ERR", "%mi"); xlog("L_ERR", "%mi"); }')
  for (const cseq of [1, 2]) run.receive(request('OPTIONS', 'sip:bob@example.com', { cseq }))
  assert.deepEqual(run.logs, ['1', '1', '2', '2'])
})
