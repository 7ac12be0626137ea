// exec_msg and exec_dset: what commands are given, and what becomes of what they print.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer, Question } from '../endpoint.js'
import { brief, request, RouteRun } from './route-run.js'

type Command = Extract<Question, { kind: 'exec' }>

const exit = (output = '', code = 0): Answer => ({ kind: 'exit', code, output })

function start(script: string, text = request('OPTIONS', 'sip:bob@example.com')): RouteRun {
  const run = new RouteRun(script)
  run.receive(text)
  return run
}

function commandOf(run: RouteRun): Command {
  const question = run.asked[0]?.question
  assert.equal(question?.kind, 'exec')
  return question as Command
}

const MSG = 'route { if (exec_msg("look")) sl_send_reply("200", "yes"); else sl_send_reply("500", "no"); }'
const DSET =
  'route { if (exec_dset("choose")) sl_send_reply("300", "yes"); else sl_send_reply("500", "no"); }'

test('exec_msg gives the message as it came, and no argument', () => {
  const text = request('OPTIONS', 'sip:bob@example.com', { headers: ['X: \x01;$(id)'], body: 'body' })
  const { command, argument, input } = commandOf(start(MSG, text))
  assert.deepEqual({ command, argument, input }, { command: 'look', argument: undefined, input: text })
})

test('the exit code of exec_msg decides, its output does not', () => {
  assert.deepEqual(start(MSG).answer(exit('sip:other@example.com\n')).map(brief), ['10.0.0.1 200'])
  assert.deepEqual(start(MSG).answer(exit('', 1)).map(brief), ['10.0.0.1 500'])
})

test('a command that could not be run is false, and the log says why', () => {
  const run = start(MSG)
  assert.deepEqual(run.answer({ kind: 'failure', reason: 'look ran\r\nlonger' }).map(brief), ['10.0.0.1 500'])
  assert.ok(run.logs.includes('ERROR: exec: "look" failed: look ran\\r\\nlonger'))
})

test('exec_dset gives the current Request-URI as one argument', () => {
  const run = start(`route { prefix("0;touch "); exec_dset("choose"); }`)
  assert.equal(commandOf(run).argument, 'sip:0;touch bob@example.com')
  assert.equal(commandOf(run).input, '')
})

test('the lines of exec_dset take the place of the destination set', () => {
  const run = start(
    `route { append_branch("sip:former@example.com"); exec_dset("choose"); sl_send_reply("300", "See"); }`,
  )
  const [sent] = run.answer(exit('\n sip:a@example.com \t\r\n\nnot a uri\nsip:c@example.com'))
  assert.match(sent!.bytes, /^Contact: {2}sip:a@example.com, not a uri, sip:c@example.com\r$/m)
})

test('without a line, or with another exit code, exec_dset is false; the Request-URI may have changed', () => {
  assert.deepEqual(start(DSET).answer(exit(' \n\n')).map(brief), ['10.0.0.1 500'])
  const [sent] = start(DSET).answer(exit('sip:a@example.com\n', 3))
  assert.match(sent!.bytes, /^SIP\/2.0 500 [^]*out_uri=sip:a@example.com /)
})

test('a line that would break the message that it is put into is left out', () => {
  const run = start(DSET)
  const [sent] = run.answer(exit(`sip:a@b\rVia: x\nsip:${'x'.repeat(1100)}@b\nsip:ok@example.com\n`))
  assert.match(sent!.bytes, /^Contact: sip:ok@example.com\r$/m)
  assert.ok(run.logs.some((text) => text.includes('cannot be a URI: sip:a@b\\rVia: x')))
})

test('more lines than branches are not taken', () => {
  const run = start(DSET)
  const lines = Array.from({ length: 20 }, (_, at) => `sip:${at}@example.com\n`).join('')
  assert.deepEqual(run.answer(exit(lines)).map(brief), ['10.0.0.1 500'])
})

test('the environment is the one the original sets', () => {
  const script = 'route { rewriteuser("carol"); exec_msg("look"); }'
  const text = request('INVITE', 'sip:bob@example.com', {
    to: '<sip:bob@example.com>;tag=t9',
    headers: ['m: <sip:one@example.com>', 'Contact: <sip:two@example.com>', 'X-Sh\xe9ll.1: $(id)', 'S: hi'],
  })
  const { SIP_TID: tid, ...environment } = commandOf(start(script, text)).environment
  assert.match(tid ?? '', /^[0-9a-f]{32}$/)
  assert.deepEqual(environment, {
    SIP_SRCIP: '10.0.0.1',
    SRCIP: '10.0.0.1',
    SIP_RURI: 'sip:carol@example.com',
    SIP_USER: 'carol',
    SIP_ORUI: 'sip:bob@example.com',
    SIP_OUSER: 'bob',
    SIP_DID: 't9',
    SIP_HF_VIA: 'SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKone',
    SIP_HF_FROM: '<sip:alice@example.com>;tag=a1',
    SIP_HF_TO: '<sip:bob@example.com>;tag=t9',
    SIP_HF_CALLID: 'call-1',
    SIP_HF_CSEQ: '1 INVITE',
    SIP_HF_CONTACT: '<sip:one@example.com>,<sip:two@example.com>',
    SIP_HF_X_SH_LL_1: '$(id)',
    SIP_HF_S: 'hi',
    SIP_HF_CONTENT_LENGTH: '0',
  })
})

test('SIP_TID is the same for a retransmission only', () => {
  const tid = (text: string) => commandOf(start(MSG, text)).environment.SIP_TID
  const text = request('OPTIONS', 'sip:bob@example.com')
  assert.equal(tid(text), tid(text))
  assert.notEqual(tid(text), tid(request('OPTIONS', 'sip:bob@example.com', { cseq: 2 })))
})

test('an octet 0 does not reach the environment', () => {
  const text = request('OPTIONS', 'sip:bob@example.com', { headers: ['X: a\0b'] })
  assert.equal(commandOf(start(MSG, text)).environment.SIP_HF_X, 'ab')
})

test('setvars and time_to_kill are parameters', () => {
  const params = 'modparam("exec", "setvars", 0)\nmodparam("exec", "time_to_kill", 3)\n'
  const { environment, timeoutMs } = commandOf(start(params + MSG))
  assert.deepEqual({ environment, timeoutMs }, { environment: {}, timeoutMs: 3000 })
})

test('commands run in a failure route, too', () => {
  const run = new RouteRun(`
    route { t_on_failure("1"); t_relay(); }
    failure_route[1] { exec_dset("choose"); append_branch(); t_relay(); }`)
  run.receive(request('INVITE', 'sip:bob@10.0.0.2'))
  const [invite] = run.sent.filter(({ bytes }) => bytes.startsWith('INVITE'))
  const via = /^Via: .*\r\n/m.exec(invite!.bytes)![0]
  run.receive(
    `SIP/2.0 486 Busy\r\n${via}Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKone\r\nFrom: <sip:alice@example.com>;tag=a1\r\n` +
      'To: <sip:bob@example.com>;tag=b\r\nCall-ID: call-1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n',
    { from: { address: '10.0.0.2', port: 5060 } },
  )
  assert.deepEqual(run.answer(exit('sip:carol@10.0.0.3\n')).map(brief), ['10.0.0.3 INVITE'])
})
