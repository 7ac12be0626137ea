// save() and lookup(): the answers of the recorded server, and what the RFC adds.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProfileName } from '../proxy/profile.js'
import { brief, headerValues, request, RouteRun, type Sent } from './route-run.js'

const SCRIPT = `route {
  if (method == "REGISTER") { save("location"); break; };
  if (!lookup("location")) { sl_send_reply("404", "Not Found"); break; };
  t_relay(); }`

class Registering {
  readonly run: RouteRun
  #cseq = 0

  constructor(lines = '', profile: ProfileName = 'ser') {
    this.run = new RouteRun(`${lines}\n${SCRIPT}`, profile)
  }

  register(contacts: readonly string[], { expires = '', to = '<sip:bob@example.com>', cseq = 0 } = {}): Sent {
    const headers = [...contacts.map((contact) => `Contact: ${contact}`), 'Max-Forwards: 70']
    if (expires !== '') headers.push(`Expires: ${expires}`)
    this.#cseq += 1
    const parts = { headers, to, cseq: cseq || this.#cseq, branch: `z9hG4bKreg${this.#cseq}` }
    const [reply] = this.run.receive(request('REGISTER', 'sip:example.com', parts))
    return reply!
  }

  call(uri: string): string[] {
    const branch = `z9hG4bKcall${++this.#cseq}`
    const headers = ['Max-Forwards: 70']
    return this.run.receive(request('OPTIONS', uri, { branch, headers })).map((sent) => {
      const [, second = ''] = sent.bytes.split(' ', 2)
      return sent.bytes.startsWith('SIP/') ? second : `${sent.to} ${second}`
    })
  }
}

const ONE = '<sip:bob@10.0.1.1>'
const TWO = '<sip:bob@10.0.1.2>'
const contacts = (reply: Sent): string => headerValues(reply, 'Contact').join(' | ')
const refused = (reply: Sent): string =>
  `${brief(reply).slice(9)} ${headerValues(reply, 'P-Registrar-Error')[0]}`

test('the 200 lists all bindings in one header, the higher q first, with the time they have left', () => {
  const registering = new Registering()
  assert.equal(contacts(registering.register([ONE], { expires: '3600' })), `${ONE};expires=3600`)
  registering.run.now = 10_000
  assert.equal(
    contacts(registering.register([`"Bob" ${TWO};q=0.7;expires=100`])),
    `${TWO};q=0.7;expires=100, ${ONE};expires=3590`,
  )
})

test('a REGISTER without Contact asks, and changes nothing', () => {
  const registering = new Registering()
  assert.equal(contacts(registering.register([])), '')
  registering.register([ONE])
  assert.equal(contacts(registering.register([])), `${ONE};expires=3600`)
})

test('expires comes from the contact, else from Expires, else it is 3600; what is no number is 3600', () => {
  const left = (contact: string, expires?: string): string =>
    contacts(new Registering().register([contact], expires === undefined ? {} : { expires }))
      .split('=')
      .at(-1)!
  assert.equal(left(`${ONE};expires=200`, '300'), '200')
  assert.equal(left(ONE, '300'), '300')
  assert.equal(left(ONE), '3600')
  assert.equal(left(`${ONE};expires=abc`, '300'), '3600')
  assert.equal(left(ONE, 'xyz'), '3600')
})

test('0 removes one contact, * all of them, and * needs Expires 0 and to be alone', () => {
  const registering = new Registering()
  registering.register([ONE, TWO])
  assert.equal(contacts(registering.register([`${ONE};expires=0`])), `${TWO};expires=3600`)
  assert.equal(refused(registering.register(['*'])), '400 * used in contact and expires is not zero')
  assert.equal(
    refused(registering.register(['*', ONE], { expires: '0' })),
    '400 * used in contact and more than 1 contact',
  )
  assert.equal(contacts(registering.register([])), `${TWO};expires=3600`)
  assert.equal(contacts(registering.register(['*'], { expires: '0' })), '')
})

test('a refused REGISTER changes nothing, not even by its good contacts', () => {
  const registering = new Registering()
  assert.equal(refused(registering.register([ONE, 'garbage here'])), '400 Contact parse error')
  assert.equal(refused(registering.register([TWO, `${ONE};q=1.5`])), '400 Invalid q param in contact')
  assert.equal(contacts(registering.register([])), '')
})

test('too brief is raised by SER and refused with 423 by the RFC', () => {
  assert.equal(contacts(new Registering().register([ONE], { expires: '2' })), `${ONE};expires=60`)
  const reply = new Registering('', 'rfc3261').register([ONE], { expires: '2' })
  assert.equal(brief(reply), '10.0.0.1 423')
  assert.deepEqual(headerValues(reply, 'Min-Expires'), ['60'])
})

test('max_expires and max_contacts are limits, retry_after says when to come back', () => {
  const lines = `modparam("registrar", "max_expires", 100) modparam("registrar", "max_contacts", 1)
    modparam("registrar", "retry_after", 30)`
  const registering = new Registering(lines)
  assert.equal(contacts(registering.register([ONE])), `${ONE};expires=100`)
  const full = registering.register([TWO])
  assert.equal(refused(full), '503 Too many registered contacts')
  assert.deepEqual(headerValues(full, 'Retry-After'), ['30'])
  assert.equal(brief(registering.register([ONE])), '10.0.0.1 200', 'a refresh is no further contact')
})

test('a CSeq that is not higher is taken by SER and refused by the RFC', () => {
  for (const [profile, status] of [
    ['ser', '200'],
    ['rfc3261', '500'],
  ] as const) {
    const registering = new Registering('', profile)
    registering.register([ONE], { cseq: 5 })
    assert.equal(brief(registering.register([ONE], { cseq: 5 })), `10.0.0.1 ${status}`)
    assert.equal(brief(registering.register([ONE], { cseq: 6 })), '10.0.0.1 200')
  }
})

test('the same URI written otherwise is a second contact for SER and the same one by the RFC', () => {
  const other = '<sip:bob@10.0.1.1;transport=udp>'
  const same = '<SIP:bob@10.0.1.1>'
  const count = (profile: ProfileName, second: string): number => {
    const registering = new Registering('', profile)
    registering.register([ONE])
    return contacts(registering.register([second])).split(', ').length
  }
  assert.deepEqual([count('ser', same), count('rfc3261', same)], [2, 1])
  assert.deepEqual([count('ser', other), count('rfc3261', other)], [2, 2])
})

test('users are found in any case, with a password and with escapes; not with user parameters', () => {
  const registering = new Registering()
  registering.register(['<sip:f@10.0.1.1:5070>'], { to: '<sip:Frank@example.com>' })
  for (const user of ['frank', 'FRANK', 'Frank:pw', 'Fr%61nk'])
    assert.deepEqual(registering.call(`sip:${user}@example.com`), ['10.0.1.1:5070 sip:f@10.0.1.1:5070'], user)
  assert.deepEqual(registering.call('sip:Frank;p=1@example.com'), ['404'])
  assert.deepEqual(registering.call('sip:nobody@example.com'), ['404'])
})

test('case_sensitive keeps the case of users', () => {
  const registering = new Registering('modparam("registrar", "case_sensitive", 1)')
  registering.register([ONE], { to: '<sip:Frank@example.com>' })
  assert.deepEqual(registering.call('sip:frank@example.com'), ['404'])
  assert.equal(registering.call('sip:Frank@EXAMPLE.com').length, 1)
})

test('lookup takes the best contact and queues the others; append_branches 0 takes one only', () => {
  const both = [`${ONE};q=0.2`, `${TWO};q=0.9`]
  const forking = new Registering()
  forking.register(both)
  assert.deepEqual(forking.call('sip:bob@example.com'), [
    '10.0.1.2:5060 sip:bob@10.0.1.2',
    '10.0.1.1:5060 sip:bob@10.0.1.1',
  ])
  const single = new Registering('modparam("registrar", "append_branches", 0)')
  single.register(both)
  assert.deepEqual(single.call('sip:bob@example.com'), ['10.0.1.2:5060 sip:bob@10.0.1.2'])
})

test('an expired binding is not found, before the sweep as after it', () => {
  const registering = new Registering()
  registering.register([ONE], { expires: '61' })
  registering.run.until(60_999)
  assert.equal(registering.call('sip:bob@example.com')[0], '10.0.1.1:5060 sip:bob@10.0.1.1')
  registering.run.now = 61_000
  assert.deepEqual(registering.call('sip:bob@example.com'), ['404'])
})

test('an address of record that is too long is refused', () => {
  const reply = new Registering().register([ONE], { to: `<sip:${'u'.repeat(257)}@example.com>` })
  assert.equal(refused(reply), '500 Address Of Record too long')
})

test('save_noreply saves in silence, registered() only looks', () => {
  const run = new RouteRun(`route {
    if (method == "REGISTER") { save_noreply("location"); break; };
    if (registered("location")) { sl_send_reply("200", "Yes"); } else { sl_send_reply("404", "No"); }; }`)
  const asked = (): string[] => run.receive(request('OPTIONS', 'sip:bob@example.com')).map(brief)
  assert.deepEqual(asked(), ['10.0.0.1 404'])
  assert.deepEqual(run.receive(request('REGISTER', 'sip:example.com', { headers: [`Contact: ${ONE}`] })), [])
  assert.deepEqual(asked(), ['10.0.0.1 200'])
})

test('realm_prefix is cut off the front of domains, so that "sip." is no domain of its own', () => {
  const params = 'modparam("usrloc|registrar", "use_domain", 1)\n'
  const prefix = 'modparam("registrar", "realm_prefix", "sip.")\n'
  const registering = new Registering(params + prefix)
  registering.register([ONE], { to: '<sip:bob@SIP.example.com>' })
  assert.deepEqual(registering.call('sip:bob@example.com'), ['10.0.1.1:5060 sip:bob@10.0.1.1'])
  assert.deepEqual(registering.call('sip:bob@sip.example.com'), ['10.0.1.1:5060 sip:bob@10.0.1.1'])
  const apart = new Registering(params)
  apart.register([ONE], { to: '<sip:bob@sip.example.com>' })
  assert.deepEqual(apart.call('sip:bob@example.com'), ['404'])
})

test('received_param names the parameter that says where a phone is really reached', () => {
  const source = ';src="sip:198.51.100.7:4000"'
  const registering = new Registering('modparam("registrar", "received_param", "src")\n')
  registering.register([ONE + source])
  assert.deepEqual(registering.call('sip:bob@example.com'), ['198.51.100.7:4000 sip:bob@10.0.1.1'])
  const other = new Registering()
  other.register([ONE + source])
  assert.deepEqual(other.call('sip:bob@example.com'), ['10.0.1.1:5060 sip:bob@10.0.1.1'])
})
