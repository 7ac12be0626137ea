// What keywords become in a message, and how absent ones take their line with them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InjectionFile } from './injection.js'
import { responseTo, send, Trial } from './sample-trial.js'
import type { PlayerOptions } from './options.js'

/** The values of the headers named X-...: of a request with these headers. */
function headers(text: string, options: Partial<PlayerOptions> = {}, before = ''): Record<string, string> {
  const trial = new Trial(`${before}${send('OPTIONS', 1, '', text)}<recv response="200"/>`, options)
  trial.pass(1)
  assert.equal(trial.player.fatal, undefined)
  return Object.fromEntries(
    [...trial.sent[0]!.matchAll(/^(X-\w+): ?(.*)\r$/gm)].map(([, name, value]) => [name!, value!]),
  )
}

test('values of the player and the call', () => {
  const found = headers(
    'X-A: [local_ip] [local_port+2] [remote_ip] [remote_host] [remote_port-1] [transport]\nX-B: [call_number] [call_id] [pid] [branch] [branch-1] [msg_index] [service]\nX-C: [media_ip] [media_port+2] [auto_media_port] [local_ip_type] [server_ip]',
    { pid: 77 },
  )
  assert.deepEqual(found, {
    'X-A': '10.0.0.1 5062 10.0.0.2 peer 5059 UDP',
    'X-B': '1 1-77@10.0.0.1 77 z9hG4bK-77-1-0 z9hG4bK-77-1--1 0 service',
    'X-C': '10.0.0.1 6002 6000 4 10.0.0.1',
  })
})

test('IPv6 stands in brackets', () => {
  const local = { address: '2001:db8::1', port: 5060 }
  const remote = { address: '2001:db8::2', port: 5060, host: 'six' }
  const media = {
    address: '2001:db8::1',
    port: 6000,
    sends: false,
    echoes: false,
    payloadType: 8,
    recordings: new Map(),
    sounds: new Map(),
  }
  assert.deepEqual(
    headers('X-A: [local_ip] [remote_ip] [local_ip_type] [media_ip] [media_ip_type]', {
      locals: [local],
      remote,
      media,
    }),
    {
      'X-A': '[2001:db8::1] [2001:db8::2] 6 2001:db8::1 6',
    },
  )
})

test('brackets and octets that are meant as they stand', () => {
  assert.deepEqual(headers('X-A: \\x5Bcseq] \\x41 \\y [[cseq]'), { 'X-A': '[cseq] A \\y [1' })
})

test('dates are those of the wall clock that was handed in', () => {
  const found = headers('X-A: [date]\nX-B: [timestamp]\nX-C: [clock_tick]', {
    epochMs: Date.UTC(2026, 0, 31, 13, 59, 58),
  })
  assert.equal(found['X-A'], 'Sat, 31 Jan 2026 13:59:58 GMT')
  assert.equal(found['X-B'], '2026-01-31\t13:59:58.001000\t1769867998.001000')
  assert.equal(found['X-C'], '1')
})

test('[len] is five characters wide and counts what stands behind the blank line', () => {
  const body = `<send><![CDATA[\nMESSAGE sip:a@b SIP/2.0\nCall-ID: [call_id]\nContent-Length: [len]\nX-More: [len+3]\n\n[fill text="abc" variable=n]\nend\n]]></send><recv response="200"/>`
  const set = '<nop><action><assign assign_to="n" value="7"/></action></nop>'
  const trial = new Trial(set + body)
  assert.match(trial.pass(1).last.bytes, /X-More: {4}17\r\n\r\nabcabca\r\nend\r\n$/)
  const empty = new Trial(
    `<send><![CDATA[\nMESSAGE sip:a@b SIP/2.0\nContent-Length: [len]\n\n]]></send><recv response="200"/>`,
  )
  assert.match(empty.pass(1).last.bytes, /Content-Length: {5}0\r\n\r\n$/)
})

test('what came last: headers with their names, several values in one line, absent ones without their line', () => {
  const second = send(
    'INFO',
    2,
    '',
    '[last_Contact:]\n[last_Nothing:]\n[last_Via]\nX-A: [last_cseq_number+1] [last_Request_URI] x[peer_tag_param]\nX-B: <[last_Nothing:]>',
  )
  const trial = new Trial(`${send('OPTIONS')}<recv response="200"/>${second}<recv response="200"/>`)
  trial.pass(1).receive(responseTo(trial.last.bytes, '200 OK', 'Contact: <sip:one@x>\r\nm: <sip:two@x>'))
  const text = trial.last.bytes
  assert.match(
    text,
    /\r\nContact: <sip:one@x>, <sip:two@x>\r\nVia: SIP\/2.0\/UDP 10.0.0.1:5060;branch=z9hG4bK-1-1-0\r\nX-A: 2 sip:service@10.0.0.2 x;tag=b\r\nX-B: <>\r\n/,
  )
})

test('a repeated message does not change what came last', () => {
  const trial = new Trial(
    `${send('OPTIONS')}<recv response="200"/><pause milliseconds="10"/>${send('INFO', 2, '', 'X-A: [last_message]')}<recv response="200"/>`,
  )
  const reply = responseTo(trial.pass(1).last.bytes, '200 OK')
  trial.receive(reply).receive(reply).pass(20)
  assert.match(trial.last.bytes, /X-A: SIP\/2.0 200 OK\r\n/)
})

test('dynamic ids count up and begin again', () => {
  const options = { dynamic: { start: 5, max: 12, step: 4 } }
  assert.equal(headers('X-A: [dynamic_id] [dynamic_id] [dynamic_id]', options)['X-A'], '5 9 5')
})

test('circuits of -tdmmap are given out in turn', () => {
  const circuits = [
    [0, 1],
    [9, 9],
    [5, 6],
    [1, 2],
  ] as const
  assert.equal(headers('X-A: [tdmmap]', { circuits })['X-A'], '0.9.5/1')
  const trial = new Trial(send('OPTIONS', 1, '', 'X-A: [tdmmap]'))
  assert.match(trial.pass(1).player.fatal!, /needs -tdmmap/)
})

test('fields come from the line of the call, or from the line that is named', () => {
  const users = InjectionFile.read('users.csv', 'SEQUENTIAL\nann;1\nbob;2\n') as InjectionFile
  const more = InjectionFile.read(
    'more.csv',
    'SEQUENTIAL,PRINTF=3\nuser%03d;%d%%;[service]\n',
  ) as InjectionFile
  const found = headers(
    'X-A: [field0] [field1]\nX-B: [field0 file="more.csv" line=2] [field1 file="more.csv"] [field2 file="more.csv"]\nX-C: <[field9]>\nX-D: [field0 line="[call_number]"]',
    { injection: [users, more] },
  )
  assert.deepEqual(found, { 'X-A': 'ann 1', 'X-B': 'user002 0% [service]', 'X-C': '<>', 'X-D': 'bob' })
})

test('credentials may stand in a field', () => {
  const users = InjectionFile.read(
    'users.csv',
    'SEQUENTIAL\n[authentication username=ann password=x]\n',
  ) as InjectionFile
  const trial = new Trial(
    `${send('REGISTER')}<recv response="401" auth="true"/>${send('REGISTER', 2, '', '[field0]')}<recv response="200"/>`,
    { injection: [users] },
  )
  trial
    .pass(1)
    .receive(responseTo(trial.last.bytes, '401 No', 'WWW-Authenticate: Digest realm="r", nonce="n"'))
  assert.match(
    trial.last.bytes,
    /\r\nAuthorization: Digest username="ann",realm="r",uri="sip:10.0.0.2:5060",nonce="n",response="[0-9a-f]{32}",algorithm=MD5\r\n/,
  )
})

test('what is missing ends the player as it ends SIPp', () => {
  const fatal = (text: string): string | undefined =>
    new Trial(send('OPTIONS', 1, '', text)).pass(1).player.fatal
  assert.match(fatal('X: [unheard_of]')!, /Unsupported keyword 'unheard_of'/)
  assert.match(fatal('X: [field0]')!, /Invalid injection file/)
  assert.match(fatal('X: [file name=none.txt]')!, /Could not open 'none.txt'/)
  assert.match(fatal('[authentication]')!, /without dialog_authentication/)
  assert.equal(
    new Trial(send('OPTIONS', 1, '', 'X: [authentication] [authentication]')).pass(1).player.exitCode,
    255,
  )
})

test('SRTP keywords become what RFC 4568 wants, the same each time for one seed', () => {
  const text =
    'X-A: [cryptotag1audio] [cryptosuiteaescm128sha1801audio] [cryptosuitenullsha1322video]\nX-B: [cryptokeyparams2audio]'
  const found = headers(text)
  assert.equal(found['X-A'], '1 AES_CM_128_HMAC_SHA1_80 NULL_HMAC_SHA1_32')
  assert.match(found['X-B']!, /^inline:[A-Za-z0-9+/]{40}$/)
  assert.deepEqual(headers(text), found)
})
