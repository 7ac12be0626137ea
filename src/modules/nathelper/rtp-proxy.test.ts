// force_rtp_proxy and unforce_rtp_proxy: what the RTP proxy is told, and what becomes of the session description.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer, Question } from '../../endpoint.js'
import { bodyOf, invite, OUTSIDE, SDP, SDP_HEADERS } from './nated-call.js'
import { headerValues, request, responseTo, RouteRun, type Sent } from '../route-run.js'

type Exchange = Extract<Question, { kind: 'exchange' }>

const UDP = 'modparam("nathelper", "rtpproxy_sock", "udp:10.0.0.7:7890")\n'
const FORCE = 'route { if (force_rtp_proxy()) log(1, "yes"); else log(1, "no"); t_relay(); }'

function asked(run: RouteRun): Exchange | undefined {
  const question = run.asked[0]?.question
  return question?.kind === 'exchange' ? question : undefined
}

/** The open command without its cookie. */
const commandIn = (run: RouteRun): string | undefined => asked(run)?.bytes.replace(/^[0-9a-f]{16} /, '')

function answerLine(run: RouteRun, line: string): Sent[] {
  const cookie = /^[0-9a-f]{16} /.exec(asked(run)?.bytes ?? '')?.[0] ?? ''
  return run.answer({ kind: 'octets', octets: `${cookie}${line}\n` })
}

function start(script: string, text = invite()): RouteRun {
  const run = new RouteRun(script)
  run.receive(text, { from: OUTSIDE })
  return run
}

test('each stream of an offer gets a port, and the description leads to the proxy', () => {
  const run = start(UDP + FORCE)
  const { channel, tries, timeoutMs } = asked(run)!
  assert.deepEqual({ channel, tries, timeoutMs }, { channel: 'udp:10.0.0.7:7890', tries: 5, timeoutMs: 1000 })
  assert.equal(commandIn(run), 'U call-1 198.51.100.7 49170 a1;1\n')
  answerLine(run, '35000 203.0.113.5')
  assert.equal(commandIn(run), 'U call-1 198.51.100.7 49180 a1;2\n')
  const sent = answerLine(run, '35004 203.0.113.5').find(({ bytes }) => bytes.startsWith('INVITE'))
  assert.equal(
    bodyOf(sent),
    [
      'v=0',
      'o=alice 1 1 IN IP4 192.168.1.2',
      's=-',
      'c=IN IP4 203.0.113.5',
      't=0 0',
      'm=audio 35000 RTP/AVP 0',
      'a=rtcp:35001',
      'm=video 35004/2 RTP/AVP 31',
      'c=IN IP4 203.0.113.5/127',
      'm=text 0 RTP/AVP 98',
      'a=nortpproxy:yes',
      '',
    ].join('\r\n'),
  )
  assert.deepEqual(headerValues(sent!, 'Content-Length'), [String(bodyOf(sent).length)])
  assert.deepEqual(run.logs, ['yes'])
})

const ONE = 'v=0\r\no=- 1 1 IN IP4 192.168.1.2\r\ns=-\r\nc=IN IP4 192.168.1.2\r\nm=audio 4000 RTP/AVP 0\r\n'

/** The command of a script over an INVITE with one stream. */
const commandOf = (script: string, text = invite(ONE)): string | undefined =>
  commandIn(start(UDP + script, text))

test('flags become letters of the command', () => {
  const force = (flags: string) => commandOf(`route { force_rtp_proxy("${flags}"); }`)
  assert.equal(force('ie'), 'UIE call-1 198.51.100.7 4000 a1;1\n')
  assert.equal(force('A'), 'UA call-1 192.168.1.2 4000 a1;1\n')
  assert.equal(force('r'), 'U call-1 192.168.1.2 4000 a1;1\n')
  assert.equal(force('l'), undefined)
  const known = invite(ONE, { to: '<sip:bob@example.com>;tag=b1' })
  assert.equal(commandOf('route { force_rtp_proxy("l"); }', known), 'L call-1 198.51.100.7 4000 b1;1 a1\n')
  assert.equal(commandOf('route { force_rtp_proxy(); }', known), 'U call-1 198.51.100.7 4000 a1;1 b1\n')
  assert.throws(() => new RouteRun('route { force_rtp_proxy("z"); }'), /unknown option "z"/)
})

test('an answer finds what its offer made', () => {
  const run = new RouteRun(
    `${UDP}route { t_on_reply("1"); t_relay(); } onreply_route[1] { force_rtp_proxy("o", "203.0.113.9"); }`,
  )
  run.receive(invite(ONE))
  const offer = run.sent.find(({ bytes }) => bytes.startsWith('INVITE'))
  const ok = responseTo(offer, 200, 'b1', ['Content-Type: application/sdp']).replace(
    'Content-Length: 0\r\n',
    '',
  )
  run.receive(ok + ONE, { from: OUTSIDE })
  assert.equal(commandIn(run), 'L call-1 198.51.100.7 4000 a1;1 b1\n')
  const [sent] = answerLine(run, '36000')
  assert.match(
    bodyOf(sent),
    /^o=- 1 1 IN IP4 203.0.113.9\r\n[^]*^c=IN IP4 203.0.113.9\r\n[^]*^m=audio 36000 /m,
  )
})

test('without an address of its own the proxy is at ours', () => {
  const run = start(UDP + FORCE, invite(ONE))
  const sent = answerLine(run, '35000').find(({ bytes }) => bytes.startsWith('INVITE'))
  assert.match(bodyOf(sent), /^c=IN IP4 10.0.0.9\r$/m)
})

test('streams that lead through a proxy already are left alone, unless the script insists', () => {
  const marked = invite(`${ONE}a=nortpproxy:yes\r\n`)
  assert.equal(commandOf('route { force_rtp_proxy(); }', marked), undefined)
  assert.equal(commandOf('route { force_rtp_proxy("f"); }', marked), 'U call-1 198.51.100.7 4000 a1;1\n')
})

test('what has no streams, or is no offer or answer, is not for the proxy', () => {
  for (const text of [
    invite(''),
    invite('v=0\r\ns=-\r\n'),
    invite(ONE.replace(/c=.*\r\n/, '')),
    invite(ONE.replace('4000', '0')),
    request('UPDATE', 'sip:bob@10.0.0.2', { headers: SDP_HEADERS, body: ONE }),
    invite(ONE.replace(/m=.*\r\n/, 'm=audio 4000 RTP/AVP 0\r\n'.repeat(17))),
    invite('garbage\r\n'.repeat(20)),
  ]) {
    const run = start(UDP + FORCE, text)
    assert.deepEqual([run.logs, run.asked.length], [['no'], 0], text)
  }
})

test('a value that is more than one word makes no command', () => {
  for (const callId of ['a b', 'a\tD x', 'a\x01b', 'ä', 'c'.repeat(2000)]) {
    const run = start(UDP + FORCE, invite(ONE, { callId }))
    assert.equal(run.asked.length, 0, callId)
    assert.equal(run.logs.at(-1), 'no')
  }
})

test('nothing of the message changes when the proxy has no port for one of the streams', () => {
  for (const line of ['0', '70000', 'E1', '', 'garbage']) {
    const run = start(UDP + FORCE)
    answerLine(run, '35000 203.0.113.5')
    const sent = answerLine(run, line).find(({ bytes }) => bytes.startsWith('INVITE'))
    assert.equal(bodyOf(sent), SDP, line)
  }
})

test('an address that is none is not put into the description', () => {
  const run = start(UDP + FORCE, invite(ONE))
  const sent = answerLine(run, '35000 evil;x 6').find(({ bytes }) => bytes.startsWith('INVITE'))
  assert.match(bodyOf(sent), /^c=IN IP4 10.0.0.9\r$/m)
})

test('a proxy that does not answer is left alone for rtpproxy_disable_tout', () => {
  const run = start(`${UDP}modparam("nathelper", "rtpproxy_disable_tout", 30)\n${FORCE}`, invite(ONE))
  run.answer({ kind: 'failure', reason: 'no answer\r\n' })
  assert.deepEqual(run.logs, ['ERROR: nathelper: the RTP proxy does not answer: no answer\\r\\n', 'no'])
  const again = (branch: string) => run.receive(invite(ONE, { branch, callId: branch }), { from: OUTSIDE })
  again('z9hG4bK2')
  assert.equal(run.asked.length, 0)
  run.until(30_000)
  again('z9hG4bK3')
  assert.equal(run.asked.length, 1)
})

test('the answer to another command is none', () => {
  const run = start(UDP + FORCE, invite(ONE))
  run.answer({ kind: 'octets', octets: 'ffffffffffffffff 35000 203.0.113.5\n' })
  assert.equal(run.logs.at(-1), 'no')
})

test('rtpproxy_disable switches it off', () => {
  assert.equal(
    commandOf(`modparam("nathelper", "rtpproxy_disable", 1)\nroute { force_rtp_proxy(); }`),
    undefined,
  )
})

test('over a Unix socket there are no cookies', () => {
  const run = start(FORCE, invite(ONE))
  assert.deepEqual(
    [asked(run)!.channel, asked(run)!.bytes],
    ['unix:/var/run/rtpproxy.sock', 'U call-1 198.51.100.7 4000 a1;1\n'],
  )
  answerLine(run, '35000')
  assert.deepEqual(run.logs, ['yes'])
})

test('sockets are written as SER has them', () => {
  const channel = (sock: string) =>
    asked(start(`modparam("nathelper", "rtpproxy_sock", "${sock}")\n${FORCE}`, invite(ONE)))!.channel
  assert.equal(channel('unix:/tmp/a'), 'unix:/tmp/a')
  assert.equal(channel('udp:rtp.example'), 'udp:rtp.example:22222')
  assert.equal(channel('udp6:[::1]:9'), 'udp6:[::1]:9')
  for (const bad of ['', 'tcp:a:1', 'unix:relative', 'udp:'])
    assert.throws(
      () => new RouteRun(`modparam("nathelper", "rtpproxy_sock", "${bad}")\nroute { break; }`),
      /rtpproxy_sock/,
    )
})

test('unforce_rtp_proxy ends the call at the proxy', () => {
  const script = `${UDP}route { if (unforce_rtp_proxy()) log(1, "yes"); else log(1, "no"); }`
  const said = (answer: Answer | string): string[] => {
    const run = start(script, request('BYE', 'sip:bob@10.0.0.2', { to: '<sip:b@c>;tag=b1' }))
    assert.equal(commandIn(run), 'D call-1 a1 b1\n')
    if (typeof answer === 'string') answerLine(run, answer)
    else run.answer(answer)
    return run.logs.slice(-1)
  }
  assert.deepEqual([said('0'), said('E8'), said({ kind: 'failure', reason: 'x' })], [['yes'], ['no'], ['no']])
})

test('rtpproxy_retr and rtpproxy_tout say how often and how long the proxy is asked', () => {
  const patience = 'modparam("nathelper", "rtpproxy_retr", 2)\nmodparam("nathelper", "rtpproxy_tout", 3)\n'
  const { tries, timeoutMs } = asked(start(UDP + patience + FORCE))!
  assert.deepEqual({ tries, timeoutMs }, { tries: 2, timeoutMs: 3000 })
})
