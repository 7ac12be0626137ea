// Patterns from name servers: they match as JavaScript's do where both can, and never take long.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Pattern } from './pattern.js'

const match = (pattern: string, text: string, ignoreCase = false) =>
  Pattern.compile(pattern, ignoreCase)?.match(text)

test('patterns as name servers have them', () => {
  assert.deepEqual(match('^.*$', '+4930123'), ['+4930123'])
  assert.deepEqual(match('^\\+49(.*)$', '+4930123'), ['+4930123', '30123'])
  assert.deepEqual(match('^(\\+49)(30)?([0-9]+)$', '+4989123'), ['+4989123', '+49', '', '89123'])
  assert.deepEqual(match('[[:digit:]]{3}$', '+4930123'), ['123'])
  assert.equal(match('^4', '+49'), undefined)
  assert.deepEqual(match('a|ab', 'xab'), ['a'])
  assert.deepEqual(match('([A-C]x)+', 'AxbX', true), ['AxbX', 'bX'])
})

test('what is no pattern, or too large, is refused', () => {
  const bad = [
    '(',
    ')',
    'a)',
    '[',
    '[a',
    '*',
    '+a',
    '{1}',
    'a{',
    'a{2,1}',
    'a{256}',
    '\\',
    '\\1',
    '[z-a]',
    '[[:no:]]',
    '()'.repeat(10),
  ]
  for (const pattern of bad) assert.equal(Pattern.compile(pattern, false), undefined, pattern)
  assert.equal(Pattern.compile('('.repeat(21) + ')'.repeat(21), false), undefined)
  assert.equal(Pattern.compile('((a{200}){200}){200}', false), undefined)
})

test('no pattern takes long', () => {
  const started = performance.now()
  for (const pattern of [
    '(1|1|1|1|1|1|1)*x',
    '((1*)*)*x',
    '(1?){200}1{200}x',
    '(1+)+(1+)+(1+)+x',
    '(.*)(.*)(.*)(.*)(.*)x',
  ])
    assert.equal(match(pattern, `+${'1'.repeat(30)}`), undefined, pattern)
  assert.ok(performance.now() - started < 2000)
})

/** Patterns that mean the same to both. */
const atoms = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '^', '$', '(a)', '(b|ab)')
const patterns = fc
  .array(fc.tuple(atoms, fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '{0,2}')), {
    minLength: 1,
    maxLength: 6,
  })
  .map((pieces) =>
    pieces.map(([atom, repeat]) => atom + (atom === '^' || atom === '$' ? '' : repeat)).join(''),
  )
  .chain((one) => fc.constantFrom(one, `${one}|a`, `(${one})b`))

test('matches are those of JavaScript', () => {
  fc.assert(
    fc.property(
      patterns,
      fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 }),
      (pattern, text) => {
        const groups = (pattern.match(/\(/g) ?? []).length
        fc.pre(groups <= 9)
        const expected = new RegExp(pattern, 's').exec(text)
        assert.deepEqual(match(pattern, text)?.[0], expected?.[0])
      },
    ),
    { numRuns: 3000, seed: 1 },
  )
})

test('any text is a pattern or is refused', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'ab()[]{}*+?|^$\\.-,:1'), maxLength: 20 }),
      (pattern) => {
        Pattern.compile(pattern, true)?.match('ab1')
      },
    ),
    { numRuns: 3000, seed: 1 },
  )
})
