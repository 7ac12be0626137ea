// What endpoints may ask in the simulated world: names, commands, and what needs real time.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer, Question } from '../endpoint.js'
import { answerFrom, type DnsRecord } from './dns.js'
import { SimDriver, type SimOptions } from './driver.js'
import { giving, Probe } from './probe.js'

const RECORDS: DnsRecord[] = [
  { name: 'Biloxi.example.', type: 'A', value: '10.0.0.2' },
  { name: 'biloxi.example', type: 'A', value: '10.0.0.3' },
  { name: 'biloxi.example', type: 'AAAA', value: '2001:db8::2' },
  { name: '_sip._udp.biloxi.example', type: 'SRV', value: '10 60 5060 Proxy.biloxi.example.' },
  { name: '2.0.0.10.in-addr.arpa', type: 'PTR', value: 'Proxy.biloxi.example.' },
  { name: '10.0.0.3', type: 'PTR', value: 'other.biloxi.example' },
  { name: '4.3.2.1.e164.arpa', type: 'NAPTR', value: '100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .' },
]

function resolve(record: DnsRecord['type'], name: string): Answer {
  return answerFrom(RECORDS, { kind: 'resolve', record, name })
}

const EXEC: Question = {
  ...{ kind: 'exec', command: 'lookup', argument: 'sip:bob@biloxi.example' },
  ...{ environment: {}, input: '', timeoutMs: 1000 },
}

async function ask(options: Partial<SimOptions>, ...questions: Question[]) {
  const driver = new SimDriver({ seed: 1, ...options })
  const a = new Probe()
  driver.attachNow('a', a, [])
  driver.give('a', giving(...questions.map((question, id) => ({ type: 'ask', id, question }) as const)))
  await driver.settle()
  return a.heard.flatMap(({ at, input }) =>
    input.type === 'answer' ? [{ at, id: input.id, answer: input.answer }] : [],
  )
}

test('names are found in any case, with or without a dot at the end', () => {
  for (const name of ['biloxi.example', 'BILOXI.Example.', 'biloxi.example.'])
    assert.deepEqual(resolve('A', name), { kind: 'addresses', addresses: ['10.0.0.2', '10.0.0.3'] })
  assert.deepEqual(resolve('AAAA', 'biloxi.example'), { kind: 'addresses', addresses: ['2001:db8::2'] })
})

test('records of every type are decoded', () => {
  const service = { priority: 10, weight: 60, port: 5060, target: 'proxy.biloxi.example' }
  assert.deepEqual(resolve('SRV', '_sip._udp.biloxi.example'), { kind: 'services', services: [service] })
  const pointer = { order: 100, preference: 10, flags: 'u', service: 'E2U+sip' }
  assert.deepEqual(resolve('NAPTR', '4.3.2.1.e164.arpa'), {
    kind: 'pointers',
    pointers: [{ ...pointer, regexp: '!^.*$!sip:a@b!', replacement: '.' }],
  })
})

test('the name of an address is found by address and by its arpa name', () => {
  const proxy = { kind: 'names', names: ['proxy.biloxi.example'] }
  assert.deepEqual([resolve('PTR', '10.0.0.2'), resolve('PTR', '2.0.0.10.in-addr.arpa')], [proxy, proxy])
  assert.deepEqual(resolve('PTR', '10.0.0.3'), { kind: 'names', names: ['other.biloxi.example'] })
})

test('a name that is not there and a record that it lacks are told apart', () => {
  assert.deepEqual(resolve('A', 'nobody.example'), {
    kind: 'failure',
    reason: 'NXDOMAIN: no record is called nobody.example',
  })
  assert.deepEqual(resolve('SRV', 'biloxi.example'), {
    kind: 'failure',
    reason: 'NODATA: biloxi.example has no SRV record',
  })
})

test('an address is its own record', () => {
  assert.deepEqual(resolve('A', '192.0.2.1'), { kind: 'addresses', addresses: ['192.0.2.1'] })
})

test('the name service takes as long as it is told to', async () => {
  const question = { kind: 'resolve', record: 'A', name: 'biloxi.example' } as const
  const [answer] = await ask({ dns: RECORDS, dnsDelayMs: 25 }, question)
  assert.deepEqual([answer?.at, answer?.answer.kind], [25, 'addresses'])
})

test('commands are answered as scripted: with their argument first, then by themselves', async () => {
  const exec = new Map([
    ['lookup sip:bob@biloxi.example', { output: 'sip:bob@10.0.0.2\n' }],
    ['lookup', { code: 1 }],
  ])
  const answers = await ask({ exec }, EXEC, { ...EXEC, argument: 'sip:carol@biloxi.example' })
  assert.deepEqual(
    answers.map(({ answer }) => answer),
    [
      { kind: 'exit', code: 0, output: 'sip:bob@10.0.0.2\n' },
      { kind: 'exit', code: 1, output: '' },
    ],
  )
})

test('what nobody answers fails with a reason', async () => {
  const [exec, query] = await ask({}, EXEC, { kind: 'query', database: 'd', queries: [] })
  assert.deepEqual(exec?.answer, {
    kind: 'failure',
    reason: 'nobody answers the command "lookup" in this run',
  })
  assert.deepEqual(query?.answer, { kind: 'failure', reason: 'nobody answers a query question in this run' })
})

test('virtual time stands still while a real answer is waited for', async () => {
  const driver = new SimDriver({
    seed: 1,
    answer: () => new Promise((resolve) => setImmediate(resolve, { kind: 'exit', code: 7, output: '' })),
  })
  const a = new Probe()
  driver.attachNow('a', a, [])
  a.deadline = 1
  driver.give('a', giving({ type: 'ask', id: 5, question: EXEC }))
  await driver.advance(1000)
  assert.deepEqual(
    a.heard.map(({ at, input }) => [at, input.type]),
    [
      [0, 'answer'],
      [1, 'wake'],
    ],
  )
})

test('answers come in the order of the questions, however fast they are', async () => {
  const late: ((answer: Answer) => void)[] = []
  const answer = ({ kind }: Question) =>
    kind === 'exec'
      ? new Promise<Answer>((resolve) => late.push(resolve))
      : Promise.resolve<Answer>({ kind: 'rows', rows: [], affected: 0 }).finally(() =>
          late[0]?.({ kind: 'exit', code: 0, output: '' }),
        )
  const answers = await ask({ answer }, EXEC, { kind: 'query', database: 'd', queries: [] })
  assert.deepEqual(
    answers.map(({ id, answer }) => [id, answer.kind]),
    [
      [0, 'exit'],
      [1, 'rows'],
    ],
  )
})

test('an answerer that throws or rejects is a failure, not the end of the run', async () => {
  const throwing = (): never => {
    throw new Error('no such database')
  }
  for (const answer of [throwing, () => Promise.reject(new Error('no such database'))])
    assert.deepEqual(
      (await ask({ answer }, EXEC)).map(({ answer }) => answer),
      [{ kind: 'failure', reason: 'no such database' }],
    )
})
