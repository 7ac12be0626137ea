// Patterns as regcomp of GNU libc reads them with REG_EXTENDED|REG_ICASE; the expectations were taken from it.

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { compileRegex, PATTERN_LENGTH_MAX, regexNotes } from './regex.js'

/** Where the first match begins and ends. */
function extent(pattern: RegExp, text: string): string {
  const match = pattern.exec(text)
  return match === null ? '-' : `${match.index}..${match.index + match[0].length}`
}

const CORE: readonly (readonly [pattern: string, text: string, extent: string])[] = [
  ['b', 'abc', '1..2'],
  ['B', 'abc', '1..2'],
  ['^sip:(.+@)?(192\\.168\\.0\\.10|(sip\\.)?foo\\.bar)([:;\\?].*)?$', 'sip:joe@SIP.foo.bar;x=1', '0..23'],
  ['^sip:(.+@)?(192\\.168\\.0\\.10|(sip\\.)?foo\\.bar)([:;\\?].*)?$', 'sip:192.168.0.101', '-'],
  ['^sip:[0-79][0-9]*@', 'sip:912@x', '0..8'],
  ['^sip:[0-79][0-9]*@', 'sip:812@x', '-'],
  ['a.c', 'a\nc', '0..3'],
  ['[^x]c', 'a\nc', '1..3'],
  ['^c', 'a\nc', '-'],
  ['a$', 'a\nc', '-'],
  ['[[:alpha:]]+', '12ab3', '2..4'],
  ['[[:digit:][:space:]_]+', 'ab1 _c', '2..5'],
  ['[^[:alnum:]]', 'a1-', '2..3'],
  ['[[:upper:]]', 'a', '0..1'],
  ['[[:punct:]]+', 'a!~b', '1..3'],
  ['[[:xdigit:]]{2}', 'xAf', '1..3'],
  ['[[:blank:]][[:cntrl:]]', 'a \tb', '1..3'],
  ['[[:graph:]][[:print:]]', 'ab', '0..2'],
  ['[]a]+', 'x]a', '1..3'],
  ['[^]a]', ']ab', '2..3'],
  ['[\\.]', '\\', '0..1'],
  ['[\\n]', 'n', '0..1'],
  ['[+-]', 'a-', '1..2'],
  ['[-+]', 'a-', '1..2'],
  ['[%--]', 'a-', '1..2'],
  ['[[.-.]]', 'a-', '1..2'],
  ['[[=a=]b]', 'xb', '1..2'],
  ['[a^[]+', '[^a', '0..3'],
  ['[a-Z]', 'm', '0..1'],
  ['[A-z]', '_', '-'],
  ['x{2}', 'xxx', '0..2'],
  ['x{,2}', 'xxx', '0..2'],
  ['x{2,}', 'xxx', '0..3'],
  ['x{1}{2}', 'xxx', '0..2'],
  ['x+?', 'xxx', '0..3'],
  ['x**', 'xxx', '0..3'],
  ['a)', 'a)', '0..2'],
  ['a}', 'a}', '0..2'],
  ['a]', 'a]', '0..2'],
  ['\\{a\\}', '{a}', '0..3'],
  ['(|b)', 'b', '0..0'],
  ['a|', 'b', '0..0'],
  ['(a)\\1', 'aa', '0..2'],
  ['\\+4', 'x+4', '1..3'],
  ['\\/', 'a/', '1..2'],
  ['a/b', 'a/b', '0..3'],
  ['\\w+', '-a_1-', '1..4'],
  ['\\W', 'a-', '1..2'],
  ['\\s\\S', 'a b', '1..3'],
  ['\\<b', 'a b', '2..3'],
  ['a\\>', 'ab a', '3..4'],
  ['\\bb', 'ab b', '3..4'],
  ['\\Bb', 'b ab', '3..4'],
  ["\\`a\\'", 'a', '0..1'],
  ['', 'a', '0..0'],
]

test('patterns of conditions match what they match for SER', () => {
  for (const [pattern, text, expected] of CORE)
    assert.equal(extent(compileRegex(pattern), text), expected, `${pattern} in ${text}`)
})

const LINES: readonly (readonly [pattern: string, text: string, extent: string])[] = [
  ['a.c', 'a\nc', '-'],
  ['[^x]c', 'a\nc', '-'],
  ['[\nx]c', 'a\nc', '1..3'],
  ['^c', 'a\nc', '2..3'],
  ['a$', 'a\nc', '0..1'],
  ['^max-forwards: 70$', 'Via: x\r\nMax-Forwards: 70\r\nTo: y', '-'],
  ['^max-forwards: 70\r$', 'Via: x\r\nMax-Forwards: 70\r\nTo: y', '8..25'],
  ['^(Contact|m): .*@(192\\.168\\.|10\\.|172\\.16)', 'From: x\nm: <sip:a@10.0.0.1>', '8..21'],
]

test('patterns of functions work line by line', () => {
  for (const [pattern, text, expected] of LINES)
    assert.equal(
      extent(compileRegex(pattern, { newlineAware: true }), text),
      expected,
      `${pattern} in ${text}`,
    )
})

test('a pattern can be case-sensitive', () => {
  assert.equal(extent(compileRegex('[a-c]', { caseSensitive: true }), 'Bb'), '1..2')
  assert.throws(() => compileRegex('[a-Z]', { caseSensitive: true }), /invalid range end: a-Z at 2/)
})

const BAD: readonly (readonly [pattern: string, reason: string])[] = [
  ['*a', 'nothing to repeat before * at 1'],
  ['a|+b', 'nothing to repeat before + at 3'],
  ['(?:a)', 'nothing to repeat before ? at 2'],
  ['{1}', 'nothing to repeat before { at 1'],
  ['^*', 'nothing to repeat before * at 2'],
  ['\\<*', 'nothing to repeat before * at 3'],
  ['a{', 'unmatched { (write \\{ for the character) at 2'],
  ['a{x}', 'unmatched { (write \\{ for the character) at 2'],
  ['a{}', 'unmatched { (write \\{ for the character) at 2'],
  ['a{2,1}', 'invalid content of {} at 2'],
  ['a{40000}', 'regular expression too big at 2'],
  ['a(b', 'unmatched ( at 2'],
  ['sip:[', '[ at 5 has no ]'],
  ['[a-', '[ at 1 has no ]'],
  ['[z-a]', 'invalid range end: z-a at 2'],
  ['[a-c-e]', 'invalid range end: a-c at 2'],
  ['[+\\-0-9]', 'invalid range end: \\-0 at 3'],
  ['[a-[:digit:]]', 'invalid range end: a class at 4'],
  ['[[:foo:]]', 'invalid character class name [:foo:] at 2'],
  ['[[.hyphen.]]', 'invalid collation character [.hyphen.] at 2'],
  ['a\\', 'trailing backslash at 2'],
  ['(a)\\2', 'invalid back reference \\2 at 4'],
]

test('a bad pattern is refused with its place', () => {
  for (const [pattern, reason] of BAD)
    assert.throws(() => compileRegex(pattern), { message: `bad re "${pattern}": ${reason}` })
})

test('patterns have a length and a depth', () => {
  assert.throws(() => compileRegex('a'.repeat(PATTERN_LENGTH_MAX + 1)), /longer than 4096 characters/)
  assert.throws(
    () => compileRegex(`${'('.repeat(101)}a${')'.repeat(101)}`),
    /groups nested too deeply at 101/,
  )
  assert.throws(() => compileRegex('((a{99}){99}){99}'), /regular expression too big at 1/)
})

test('what loads but is hardly meant is noted', () => {
  assert.deepEqual(regexNotes('^sip:(.+@)?foo\\.bar([:;].*)?$'), [])
  assert.deepEqual(regexNotes('\\d+'), ['\\d is no escape in a pattern: it stands for d'])
  for (const slow of ['(a+)+', '(a*b*)*', '((x|y)*)+', '(.*,)+', '(a|b+)*', '(a{2,}){3,}', '(a+)*?'])
    assert.match(regexNotes(slow)[0] ?? '', /repeats a repetition/, slow)
  for (const fine of ['([0-9]+\\.)+', '(,[a-z]*)*', '(a+)?', '(a?)*', 'a*b*', '(ab)+', '(a{2}){3}'])
    assert.deepEqual(regexNotes(fine), [], fine)
})
