// Short messages as octets: known PDUs, and what is written can be read.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { packed, septetsOf, textOfSeptets, unpacked } from './alphabet.js'
import { delivery, submission } from './pdu.js'

test('a message as modems are sent it', () => {
  const form = { number: '+46708251358', text: 'hellohello', wantsReport: false }
  assert.deepEqual(submission({ ...form, hasCentre: true }), {
    pdu: '0011000B916407281553F80000A70AE8329BFD4697D9EC37',
    length: 23,
  })
  assert.deepEqual(submission({ ...form, hasCentre: false, wantsReport: true }), {
    pdu: '31000B916407281553F80000A70AE8329BFD4697D9EC37',
    length: 23,
  })
})

test('letters that the default alphabet lacks are sent in UCS2', () => {
  const { pdu } = submission({ number: '+4930', text: 'Жaя', wantsReport: false, hasCentre: true })
  assert.equal(pdu, '00110004919403000' + '8A706041600610' + '44F')
})

test('a message as modems list it', () => {
  assert.deepEqual(
    delivery('07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37', true),
    {
      kind: 'message',
      from: '27838890001',
      text: 'hellohello',
    },
  )
})

const hexOf = (octets: readonly number[]): string =>
  octets.map((octet) => octet.toString(16).padStart(2, '0')).join('')

test('senders may be words, and messages may have headers', () => {
  const word = `000407D0${hexOf(packed(septetsOf('Info')!))}00006210100000000002${hexOf(packed(septetsOf('Hi')!))}`
  assert.deepEqual(delivery(word, true), { kind: 'message', from: 'Info', text: 'Hi' })
  // Six octets of header take the room of seven letters.
  const user = packed([0, 0, 0, 0, 0, 0, 0, ...septetsOf('Hello')!])
  const parts = `004404919403000062101000000000${'0C'}050003010201${hexOf(user.slice(6))}`
  assert.deepEqual(delivery(parts, true), { kind: 'message', from: '+4930', text: 'Hello' })
})

test('a report says what became of a message', () => {
  const report = (status: string) => delivery(`000607049194036210100000000062101000000000${status}`, true)
  assert.deepEqual(report('00'), { kind: 'report', reference: 7, outcome: 'delivered' })
  assert.deepEqual(report('30'), { kind: 'report', reference: 7, outcome: 'waiting' })
  assert.deepEqual(report('46'), { kind: 'report', reference: 7, outcome: 'failed' })
})

test('the default alphabet has 128 codes, and comes back', () => {
  assert.deepEqual(septetsOf('@'), [0])
  assert.deepEqual(septetsOf('à'), [127])
  assert.deepEqual(septetsOf('€{'), [27, 101, 27, 40])
  assert.deepEqual(septetsOf('Ж'), undefined)
  assert.deepEqual(septetsOf('\0'), undefined)
  const letters = fc.constantFrom(...'@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"azAZ09à€[]{}|~^\\')
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 160 }), (text) => {
      const codes = septetsOf(text.join(''))!
      assert.equal(textOfSeptets(unpacked(packed(codes), codes.length)), text.join(''))
    }),
    { seed: 1 },
  )
})

test('anything is read or refused', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'0123456789ABCDEF'), maxLength: 120 }),
      fc.boolean(),
      (pdu, centre) => {
        delivery(pdu, centre)
      },
    ),
    { numRuns: 5000, seed: 1 },
  )
  for (const bad of ['', 'zz', '00', '07917283010010F5040BC87238880900F10000993092516195800AE8329B'])
    assert.equal(delivery(bad, true), undefined, bad)
})
