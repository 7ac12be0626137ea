// The quick reading of a plain Via agrees with the careful one wherever it speaks, and speaks of what is common.

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { Random } from '../random.js'
import { parsePlainVia } from './plain-via.js'
import { parseAnyVia } from './via.js'

const COMMON = [
  'SIP/2.0/UDP 10.0.0.1',
  'SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK776asdhds',
  'SIP/2.0/TCP pc33.atlanta.example.com:5070;branch=z9hG4bK-1-1-0;rport;alias',
  'SIP/2.0/TLS a_b.example;received=192.0.2.1;rport=4711;branch=z9hG4bK.~!x;maddr=224.0.0.1;ttl=16',
  'SIP/2.0/UDP h:1;Branch=z9hG4bKa=b;RPORT=5;x',
  'SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1.2.0, SIP/2.0/UDP 10.0.0.2:5070;branch=z9hG4bK-1-1-0',
  'SIP/2.0/UDP h,SIP/2.0/UDP i',
]

const UNUSUAL = [
  '',
  'SIP/2.0/UDP',
  'SIP/2.0/UDP ',
  'SIP / 2.0 / UDP h',
  'SIP/2.0/UDP  h',
  'SIP/2.0/UDP h ;branch=a',
  'SIP/2.0/UDP h;branch',
  'SIP/2.0/UDP h;branch=',
  'SIP/2.0/UDP h;branch="a b"',
  'SIP/2.0/UDP h;;branch=a',
  'SIP/2.0/UDP h:;branch=a',
  'SIP/2.0/UDP h:65536',
  'SIP/2.0/UDP h:123456',
  'SIP/2.0/UDP [2001:db8::9:1];received=[::1]',
  'SIP/2.0/UDP h;branch=a , SIP/2.0/UDP i',
  'SIP/2.0/UDP h;branch=a,',
  'SIP/2.0/UDP h;branch=a,\r\n SIP/2.0/UDP i',
  'SIP/2.0/UDP h;branch=a (a comment)',
  'SIP/2.0/UDP h;branch=a\r\n ;rport',
  'SIP/2.0/UDP h;branch=a\xa0b',
  'SIP/2.0/SCTP h',
  'SIP/3.0/UDP h',
  'sip/2.0/udp h',
]

/** Wherever the quick reading says something, the careful one says the same, however the value stands in a message. */
function agrees(value: string): boolean {
  const text = `Via: ${value}\r\nTo: x;branch=late\r\n`
  const quick = parsePlainVia(text, 5, 5 + value.length)
  if (quick !== undefined) assert.deepEqual(quick, parseAnyVia(text, 5, 5 + value.length), value)
  return quick !== undefined
}

test('what is common is read the quick way', () => {
  for (const value of COMMON) assert.ok(agrees(value), value)
})

test('what is unusual is left to the careful way', () => {
  for (const value of UNUSUAL) assert.ok(!agrees(value), value)
})

test('both agree on a hundred thousand distorted values', () => {
  const random = new Random(5)
  const letters = ' \t\r\n;:,="()[]<>/\\aB9.-_\x00\x7f\xa0\xff'
  const pieces = [
    ', SIP/2.0/UDP i',
    ';branch=',
    ';rport',
    ';received=1.2.3.4',
    ':5060',
    'z9hG4bK',
    ';ttl=1',
    ' ',
    'SIP/2.0/',
  ]
  let read = 0
  for (let run = 0; run < 100_000; run++) {
    const all = random.below(2) === 0 ? COMMON : UNUSUAL
    let value = all[random.below(all.length)]!
    for (let change = random.below(4); change > 0; change--) {
      const at = random.below(value.length + 1)
      const put =
        random.below(2) === 0 ? letters[random.below(letters.length)]! : pieces[random.below(pieces.length)]!
      value = value.slice(0, at) + put + value.slice(at + random.below(3))
    }
    if (agrees(value)) read++
  }
  assert.ok(read > 10_000, `only ${read} were plain`)
})
