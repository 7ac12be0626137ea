// Comparisons of ser-language 7, one row each, against one message; names are looked up in a small DNS.

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { Answer } from '../endpoint.js'
import type { Waiting } from './contract.js'
import { load, NOTHING, settle, toy, type Toy } from './testdata/toy.js'

const DNS: Readonly<Record<string, Answer>> = {
  'A gateway.example.org': { kind: 'addresses', addresses: ['10.0.0.7', '10.0.0.1'] },
  'A elsewhere.example.org': { kind: 'addresses', addresses: ['10.9.9.9'] },
  'AAAA six.example.org': { kind: 'addresses', addresses: ['2001:db8:0:0::1'] },
  'PTR 10.0.0.1': { kind: 'names', names: ['PBX.example.net'] },
}

/** What a condition comes to, and what it asked. */
function judged(condition: string, context: Toy = toy()): readonly [boolean, string[]] {
  const asked: string[] = []
  const answer = (question: Waiting['question']): Answer => {
    assert.equal(question.kind, 'resolve')
    const key = `${question.record} ${question.name}`
    asked.push(key)
    return DNS[key] ?? NOTHING
  }
  const program = load(`route { if (${condition}) mark("true"); else mark("false"); }`)
  settle(program.run('request', 0, context), answer)
  return [context.heard.includes('mark(true)'), asked]
}

const HOLD = [
  'method=="INVITE"',
  'method==INVITE',
  'method=="invite"',
  'method!="INVITE2"',
  'method!="INV"',
  'method=~"^inv"',
  'method=~invite',
  'uri=="SIP:BOB@Example.COM"',
  'uri!="sip:bob@example.com:5060"',
  'uri=~"@example\\.com$"',
  'uri!=example.com',
  'status=="sip:bob@example.com"',
  'uri==myself',
  'myself==uri',
  'src_ip==10.0.0.1',
  'src_ip=="10.0.0.1"',
  'src_ip==10 . 0 . 0 . 01',
  'src_ip==10.0.0.0/8',
  'src_ip=="10.0.0.0"/8',
  'src_ip==10.0.0.0/255.0.0.0',
  'src_ip==0.0.0.0/0',
  'src_ip!=10.0.0.2',
  'src_ip!=10.0.1.0/24',
  'src_ip!=::1',
  'src_ip!=myself',
  'myself!=src_ip',
  'src_ip=~"^10\\.0\\."',
  'src_port==5060',
  'src_port!=5061',
  'src_port<5061',
  'src_port<=5060',
  'src_port>5059',
  'src_port>=0x13c4',
  'proto==udp',
  'proto!=TCP',
  'msg:len<max_len',
]

for (const condition of HOLD)
  test(`conditions: ${condition} holds, and asks nothing`, () =>
    assert.deepEqual(judged(condition), [true, []]))

const FAIL = [
  'method=="ACK"',
  'method=="INVITEXYZ"',
  'method=="INV"',
  'method!="invite"',
  'method=~"^ack"',
  'uri=="sip:bob"',
  'uri=~"example.org"',
  'uri!=myself',
  'src_ip==10.0.0.2',
  'src_ip==10.0.0.2/31',
  'src_ip==::/0',
  'src_ip!=10.0.0.0/8',
  'src_ip==myself',
  'src_port==5061',
  'src_port>5060',
  'src_port<5060',
  'src_port>=5061',
  'src_port<=5059',
  'msg:len>max_len',
]

for (const condition of FAIL)
  test(`conditions: ${condition} does not hold`, () => assert.deepEqual(judged(condition), [false, []]))

const ASKING: readonly (readonly [condition: string, holds: boolean, asked: readonly string[]])[] = [
  ['src_ip==gateway.example.org', true, ['A gateway.example.org']],
  ['src_ip=="gateway.example.org"', true, ['A gateway.example.org']],
  ['src_ip!=gateway.example.org', false, ['A gateway.example.org']],
  ['src_ip==pbx.example.net', true, ['A pbx.example.net', 'PTR 10.0.0.1']],
  ['src_ip!=pbx.example.net', false, ['A pbx.example.net', 'PTR 10.0.0.1']],
  ['src_ip==elsewhere.example.org', false, ['A elsewhere.example.org', 'PTR 10.0.0.1']],
  ['src_ip!=elsewhere.example.org', true, ['A elsewhere.example.org', 'PTR 10.0.0.1']],
  ['src_ip=~"^pbx\\."', true, ['PTR 10.0.0.1']],
  ['src_ip=~"^192\\."', false, ['PTR 10.0.0.1']],
  ['!(src_ip==elsewhere.example.org)', true, ['A elsewhere.example.org', 'PTR 10.0.0.1']],
]

for (const [condition, holds, asked] of ASKING)
  test(`conditions: ${condition} asks for names and is ${holds}`, () =>
    assert.deepEqual(judged(condition), [holds, asked]))

test('conditions: a name is looked up in the family of the packet', () => {
  const context = toy({ source: '2001:db8::1' })
  assert.deepEqual(judged('src_ip==six.example.org', context), [true, ['AAAA six.example.org']])
  assert.deepEqual(judged('src_ip==2001:db8::/32', toy({ source: '2001:db8::1' })), [true, []])
  assert.deepEqual(judged('src_ip==2001:db8::/ffff:ffff::', toy({ source: '2001:db8::1' })), [true, []])
  assert.deepEqual(judged('src_ip==2001:0db8:0::0001', toy({ source: '2001:db8::1' })), [true, []])
  assert.deepEqual(judged('src_ip==10.0.0.0/8', toy({ source: '2001:db8::1' })), [false, []])
})

test('conditions: a network that was asked about one address knows another', () => {
  const program = load('route { if (src_ip==10.0.0.0/31) mark("in"); else mark("out"); }')
  const heard = ['10.0.0.1', '10.0.0.1', '10.0.0.2', 'not an address', '10.0.0.0'].map((source) => {
    const context = toy({ source })
    program.run('request', 0, context)
    return context.heard[0]
  })
  assert.deepEqual(heard, ['mark(in)', 'mark(in)', 'mark(out)', 'mark(out)', 'mark(in)'])
})
