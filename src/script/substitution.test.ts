// "/pattern/replacement/flags": separators, escapes, groups, flags, and what is refused.

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { parseSubstitution } from './substitution.js'

const URI = 'sip:me@here'

const ROWS: readonly (readonly [substitution: string, text: string, result: string | undefined])[] = [
  ['/b/X/', 'abcb', 'aXcb'],
  ['/b/X/g', 'abcb', 'aXcX'],
  ['/B/X/', 'abc', undefined],
  ['/B/X/i', 'abc', 'aXc'],
  ['/B/X/gi', 'abcb', 'aXcX'],
  ['/^From:(.*)caller/From:\\1CALLER/', 'To: x\nFrom: a caller\n', 'To: x\nFrom: a CALLER\n'],
  ['/(a)(b)?c/[\\0|\\1|\\2|\\9]/', 'xac', 'x[ac|a||]'],
  ['/b/<\\u>/', 'abc', `a<${URI}>c`],
  ['/b/\\n\\r\\t\\\\/', 'abc', 'a\n\r\t\\c'],
  ['/b/\\q/', 'abc', 'aqc'],
  ['|a/b|c/d|', 'xa/b', 'xc/d'],
  ['/a\\/b/c\\/d/', 'xa/b', 'xc/d'],
  ['|a\\|b|c\\|d|', 'xa|b', 'xc|d'],
  ['#a#b#', 'a', 'b'],
  ['/b//', 'abc', 'ac'],
  ['/a.c/X/', 'a\nc', undefined],
  ['/a.c/X/s', 'a\nc', 'X'],
  ['/^c/X/', 'a\nc', 'a\nX'],
  ['/^c/X/s', 'a\nc', undefined],
  ['/x*/-/g', 'abc', '-a-b-c-'],
  ['/x*/-/', 'abc', '-abc'],
  ['/b/\\\\1/', 'abc', 'a\\1c'],
]

test('substitutions replace', () => {
  for (const [substitution, text, result] of ROWS)
    assert.equal(parseSubstitution(substitution).apply(text, URI), result, substitution)
})

test('a substitution keeps nothing from one text to the next', () => {
  const { apply } = parseSubstitution('/b/X/g')
  assert.equal(apply('abb', ''), 'aXX')
  assert.equal(apply('b', ''), 'X')
})

test('a substitution replaces a thousand times at most', () => {
  const result = parseSubstitution('/a/b/g').apply('a'.repeat(1500), '')
  assert.equal(result, 'b'.repeat(1000) + 'a'.repeat(500))
})

test('a match can be rendered by itself', () => {
  const { regex, replacement } = parseSubstitution('/(b)(c)/\\2\\1/')
  assert.equal(replacement(regex.exec('abc')!, ''), 'cb')
})

const BAD: readonly (readonly [substitution: string, reason: RegExp])[] = [
  ['', /^bad substitution: write/],
  ['\\a\\b\\', /^bad substitution: write/],
  ['/a', /^bad substitution: three \/ are needed/],
  ['/a/b', /^bad substitution: three \/ are needed/],
  ['//b/', /^bad substitution: three \/ are needed/],
  ['/a/b/x', /^bad substitution: unknown flag x/],
  ['/(a/b/', /^bad re "\(a": unmatched \( at 1/],
]

test('bad substitutions are refused', () => {
  for (const [substitution, message] of BAD) assert.throws(() => parseSubstitution(substitution), { message })
})
