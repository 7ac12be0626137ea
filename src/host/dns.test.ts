// Real name resolution, against a tiny name server of the test's own.

import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import type { Answer } from '../endpoint.js'
import { Dns } from './dns.js'

const TYPES: Readonly<Record<number, string>> = { 1: 'A', 12: 'PTR', 28: 'AAAA', 33: 'SRV', 35: 'NAPTR' }

function nameOctets(name: string): Buffer {
  const labels = name.split('.').filter((label) => label !== '')
  return Buffer.concat([...labels.map(text), Buffer.of(0)])
}

/** A character string: its length, then its octets (RFC 1035 §3.3). */
function text(value: string): Buffer {
  return Buffer.concat([Buffer.of(value.length), Buffer.from(value, 'latin1')])
}

const SRV = Buffer.concat([Buffer.of(0, 10, 0, 60, 0x13, 0xc4), nameOctets('proxy.biloxi.example')])
const NAPTR = Buffer.concat([
  Buffer.of(0, 100, 0, 10),
  ...['u', 'E2U+sip', '!^.*$!sip:a@b!'].map(text),
  Buffer.of(0),
])

/** What the server knows: "TYPE name" to record data. */
const ZONE: Readonly<Record<string, Buffer>> = {
  'A biloxi.example': Buffer.of(10, 0, 0, 2),
  'AAAA biloxi.example': Buffer.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2),
  'SRV _sip._udp.biloxi.example': SRV,
  'PTR 2.0.0.10.in-addr.arpa': nameOctets('proxy.biloxi.example'),
  'NAPTR 4.3.2.1.e164.arpa': NAPTR,
}

async function nameServer(t: TestContext) {
  const questions: string[] = []
  const socket = createSocket('udp4')
  socket.on('message', (query, from) => {
    const labels: string[] = []
    let at = 12
    for (let length = query[at]!; length > 0; length = query[at]!) {
      labels.push(query.toString('latin1', at + 1, at + 1 + length))
      at += length + 1
    }
    const question = `${TYPES[query.readUInt16BE(at + 1)]} ${labels.join('.')}`
    questions.push(question)
    const data = ZONE[question]
    const isNamed = Object.keys(ZONE).some((key) => key.endsWith(` ${labels.join('.')}`))
    const count = data === undefined ? 0 : 1
    const head = Buffer.of(0, 0, 0x81, isNamed ? 0x80 : 0x83, 0, 1, 0, count, 0, 0, 0, 0)
    query.copy(head, 0, 0, 2)
    const answer: Buffer[] = [head, query.subarray(12, at + 5)]
    if (data !== undefined)
      answer.push(
        Buffer.of(0xc0, 12),
        query.subarray(at + 1, at + 5),
        Buffer.of(0, 0, 0, 60, 0, data.length),
        data,
      )
    socket.send(Buffer.concat(answer), from.port, from.address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  t.after(() => socket.close())
  const dns = new Dns([`127.0.0.1:${socket.address().port}`])
  const ask = (record: 'A' | 'AAAA' | 'SRV' | 'NAPTR' | 'PTR', name: string): Promise<Answer> =>
    dns.answer({ kind: 'resolve', record, name })
  return { ask, questions }
}

test('records of every type are found', async (t) => {
  const { ask } = await nameServer(t)
  assert.deepEqual(await ask('A', 'biloxi.example'), { kind: 'addresses', addresses: ['10.0.0.2'] })
  assert.deepEqual(await ask('AAAA', 'biloxi.example'), { kind: 'addresses', addresses: ['2001:db8::2'] })
  const service = { priority: 10, weight: 60, port: 5060, target: 'proxy.biloxi.example' }
  assert.deepEqual(await ask('SRV', '_sip._udp.biloxi.example'), { kind: 'services', services: [service] })
  assert.deepEqual(await ask('PTR', '10.0.0.2'), { kind: 'names', names: ['proxy.biloxi.example'] })
  const pointer = { order: 100, preference: 10, flags: 'u', service: 'E2U+sip', regexp: '!^.*$!sip:a@b!' }
  assert.deepEqual(await ask('NAPTR', '4.3.2.1.e164.arpa'), {
    kind: 'pointers',
    pointers: [{ ...pointer, replacement: '' }],
  })
})

test('a name that is not there and a record that it lacks are told apart', async (t) => {
  const { ask } = await nameServer(t)
  assert.deepEqual(await ask('A', 'nobody.example'), {
    kind: 'failure',
    reason: 'NXDOMAIN: no record is called nobody.example',
  })
  assert.deepEqual(await ask('SRV', 'biloxi.example'), {
    kind: 'failure',
    reason: 'NODATA: biloxi.example has no SRV record',
  })
})

test('what is known, or asked already, is not asked again', async (t) => {
  const { ask, questions } = await nameServer(t)
  await Promise.all([ask('A', 'biloxi.example'), ask('A', 'BILOXI.example.')])
  await ask('A', 'biloxi.example')
  assert.equal(questions.length, 1)
})

test('an address is its own record, and nobody is asked', async (t) => {
  const { ask, questions } = await nameServer(t)
  assert.deepEqual(await ask('A', '192.0.2.1'), { kind: 'addresses', addresses: ['192.0.2.1'] })
  assert.deepEqual(await ask('AAAA', '::1'), { kind: 'addresses', addresses: ['::1'] })
  assert.deepEqual(await ask('A', '::1'), { kind: 'failure', reason: 'NODATA: ::1 has no A record' })
  assert.deepEqual(questions, [])
})

test('the hosts file is asked for names without a dot', async () => {
  const answer = await new Dns().answer({ kind: 'resolve', record: 'A', name: 'localhost' })
  assert.deepEqual(answer, { kind: 'addresses', addresses: ['127.0.0.1'] })
})
