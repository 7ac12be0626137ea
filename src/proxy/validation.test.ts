// What is refused before the script runs, and what becomes of the refusal's ACK.

import { strict as assert } from 'node:assert'
import { it } from 'node:test'
import { brief, request, responseTo, RouteRun } from '../modules/route-run.js'

const SCRIPT = 'loadmodule "sl"\nloadmodule "tm"\nroute { t_relay(); }'
const INVITE = request('INVITE', 'sip:bob@10.0.0.2', { cseq: 1 }).replace('CSeq: 1 INVITE', 'CSeq: 1 BYE')

function ack(toTag: string): string {
  return request('ACK', 'sip:bob@10.0.0.2', { to: `<sip:bob@example.com>;tag=${toTag}` })
}

it('the ACK of a refusal goes no further, another one does', () => {
  const run = new RouteRun(SCRIPT, 'rfc3261')
  const [refused] = run.receive(INVITE)
  assert.equal(brief(refused!), '10.0.0.1 400')
  const tag = /^To: .*;tag=(\S+)/m.exec(refused!.bytes)![1]!
  assert.deepEqual(run.receive(ack(tag)).map(brief), [])
  assert.deepEqual(run.receive(ack('another')).map(brief), ['10.0.0.2 ACK'])
})

const ANSWERED: readonly (readonly [string, (text: string) => string, number | undefined])[] = [
  ['two blanks behind the method', (text) => text.replace('INVITE ', 'INVITE  '), 400],
  ['a blank in the Request-URI', (text) => text.replace(' SIP/2.0\r', ' x SIP/2.0\r'), 400],
  ['lines that end with LF', (text) => text.replaceAll('\r\n', '\n'), 400],
  ['a Via that is none', (text) => text.replace(/^Via: .*\r$/m, 'Via: SIP/2.0/UDP 10.0.0.1;;\r'), 400],
  ['another version', (text) => text.replaceAll('SIP/2.0', 'SIP/7.0'), 505],
  ['a quote without an end', (text) => text.replace('To: <', 'To: "Bob <'), 400],
  ['a comma in a name without quotes', (text) => text.replace('To: <', 'To: Bob, B. <'), 400],
  ['a Route without brackets', (text) => text.replace('\r\nVia', '\r\nRoute: sip:10.0.0.9;lr\r\nVia'), 400],
  ['an at sign without a user', (text) => text.replace('bob@10.0.0.2', '@10.0.0.2'), 400],
  ['a per cent sign that begins no escape', (text) => text.replace('bob@10.0.0.2', 'b%4@10.0.0.2'), 400],
  ['port 0', (text) => text.replace('@10.0.0.2', '@10.0.0.2:0'), 400],
  ['too many headers', (text) => text.replace('\r\nVia', `\r\n${'X: y\r\n'.repeat(1100)}Via`), undefined],
  [
    'too many headers behind Via',
    (text) => text.replace('\r\nFrom', `\r\n${'X: y\r\n'.repeat(1100)}From`),
    513,
  ],
  ['no Via', (text) => text.replace(/^Via: .*\r\n/m, ''), undefined],
  ['an ACK', (text) => text.replace('INVITE ', 'ACK  '), undefined],
  ['a response', (text) => text.replace(/^.*\r\n/, 'SIP/2.0 700 What\r\n'), undefined],
  ['no version', (text) => text.replace(' SIP/2.0\r', '\r'), undefined],
]

for (const [what, change, status] of ANSWERED)
  it(`${what}: ${status ?? 'no answer'}`, () => {
    const text = change(request('INVITE', 'sip:bob@10.0.0.2'))
    const answers = new RouteRun(SCRIPT, 'rfc3261').receive(text).map(brief)
    assert.deepEqual(answers, status === undefined ? [] : [`10.0.0.1 ${status}`])
  })

it('profile ser drops what it cannot read', () => {
  const run = new RouteRun(SCRIPT)
  assert.deepEqual(run.receive(request('INVITE', ' sip:bob@10.0.0.2')), [])
})

it('what lies behind the body of a datagram is left out, or goes along (ser)', () => {
  const text = `${request('MESSAGE', 'sip:bob@10.0.0.2', { body: 'one' })} two`
  const [strict] = new RouteRun(SCRIPT, 'rfc3261').receive(text)
  assert.match(strict!.bytes, /\r\n\r\none$/)
  const [ser] = new RouteRun(SCRIPT).receive(text)
  assert.match(ser!.bytes, /\r\n\r\none two$/)
})

it('the request line leaves as it must be, or as it came (ser)', () => {
  const text = request('MESSAGE', 'sip:bob@10.0.0.2;x=y;method=INVITE;z?Subject=a').replace(
    /SIP\/2.0\r/,
    'sip/2.0 \r',
  )
  const line = ({ bytes }: { bytes: string }): string => bytes.slice(0, bytes.indexOf('\r'))
  const [strict] = new RouteRun(SCRIPT, 'rfc3261').receive(text)
  assert.equal(line(strict!), 'MESSAGE sip:bob@10.0.0.2;x=y;z SIP/2.0')
  const [ser] = new RouteRun(SCRIPT).receive(text)
  assert.equal(line(ser!), 'MESSAGE sip:bob@10.0.0.2;x=y;method=INVITE;z?Subject=a sip/2.0 ')
})

it('a response that no proxy may use is dropped', () => {
  const run = new RouteRun(SCRIPT, 'rfc3261')
  const [, relayed] = run.receive(request('INVITE', 'sip:bob@10.0.0.2'))
  const ok = responseTo(relayed, 200)
  assert.deepEqual(run.receive(ok.replace('Content-Length: 0', 'Content-Length: 9')), [])
  assert.deepEqual(run.receive(ok.replace('10.0.0.1:5060', '255.255.255.255')), [])
  assert.deepEqual(run.receive(ok).map(brief), ['10.0.0.1 200'])
})
