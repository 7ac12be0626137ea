// Case files: where a play ends.

import { strict as assert } from 'node:assert'
import { it } from 'node:test'
import { readCases } from './case-file.js'

const HEAD = '## X-1 a row\nMUST · RFC 3261 §1 · proxy\n\n'

it('an empty line ends a play', () => {
  const [row] = readCases(`${HEAD}    caller registers\n\n    callee registers\n    wait 1 s\n`, 'x.md')
  assert.deepEqual(
    row!.plays.map((play) => play.length),
    [1, 2],
  )
})

it('an empty line inside a text is part of it', () => {
  const text = '    caller sends raw\n      INVITE x\n\n      body\n    wait 1 s\n'
  const [row] = readCases(HEAD + text, 'x.md')
  const [sent] = row!.plays[0]!
  assert.equal(row!.plays.length, 1)
  assert.equal(sent!.kind === 'send' && sent.raw, 'INVITE x\r\n\r\nbody')
})

it('what a party receives is a message, not words in the wrong order', () => {
  assert.throws(
    () => readCases(`${HEAD}    callee receives INVITE as second within 35 s\n`, 'x.md'),
    /x\.md:4:1: "INVITE as second" means no message \(the order is: after, within, as\)/,
  )
})
