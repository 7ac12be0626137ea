// Tokens: what each form of word, number, string and comment becomes, and where it stands.

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { ScriptError } from '../errors.js'
import { tokenize } from './lexer.js'

function tokens(text: string): string[] {
  const errors: ScriptError[] = []
  const found = tokenize(text, 'a.cfg', errors)
  assert.deepEqual(
    errors.map(({ message }) => message),
    [],
  )
  assert.equal(found.at(-1)?.kind, 'end')
  return found
    .slice(0, -1)
    .map(({ kind, text, value }) => (kind === 'number' ? `${value}` : `${kind} ${text}`))
}

const TABLE: readonly (readonly [what: string, text: string, tokens: readonly string[]])[] = [
  ['numbers are decimal, hexadecimal or octal', '10 0x1F 010 0', ['10', '31', '8', '0']],
  ['switch words are numbers', 'yes true on enable no false off disable', [...'11110000']],
  ['protocols and families are numbers', 'udp UDP tcp TLS inet INET6', ['1', '1', '2', '3', '2', '10']],
  ['the largest message is a number', 'msg:len>max_len', ['word msg:len', 'symbol >', '65535']],
  ['switch words count in lower case only', 'Yes YES', ['word Yes', 'word YES']],
  [
    'the longest symbol wins',
    '==!==~<=>=&&||!',
    ['==', '!=', '=~', '<=', '>=', '&&', '||', '!'].map((s) => `symbol ${s}`),
  ],
  [
    'a longer word is no keyword',
    'uri:port uri:portal',
    ['word uri:port', 'word uri', 'symbol :', 'word portal'],
  ],
  ['double quotes know five escapes', '"a\\n\\r\\t\\a\\\\b"', ['string a\n\r\t\x07\\b']],
  ['other backslashes stay', '"\\.\\d\\/"', ['string \\.\\d\\/']],
  ['a quote cannot be escaped', '"a\\" b', ['string a\\', 'word b']],
  ['single quotes are raw', "'a\\n\"'", ['string a\\n"']],
  ['strings run over lines', '"a\nb"', ['string a\nb']],
  [
    'IPv6 addresses are one token',
    '::1 fe80::1:2 1:2:3:4:5:6:7:8 ::',
    ['::1', 'fe80::1:2', '1:2:3:4:5:6:7:8', '::'].map((s) => `ipv6 ${s}`),
  ],
  ['IPv6 brackets are taken off', 'tcp:[::1]:5060', ['2', 'symbol :', 'ipv6 ::1', 'symbol :', '5060']],
  [
    'IPv4 addresses are numbers and dots',
    '10.0.0.1',
    ['10', 'symbol .', '0', 'symbol .', '0', 'symbol .', '1'],
  ],
  ['# runs to the end of the line', 'a # b\nc', ['word a', 'word c']],
  ['# needs no newline behind the last line', 'a # b', ['word a']],
  ['comments nest', 'a /* b /* c */ d */ e', ['word a', 'word e']],
  ['a backslash joins lines', 'a \\\n b \\\r\n c', ['word a', 'word b', 'word c']],
  ['backspace, CR, tab and a byte order mark are blank', '\xef\xbb\xbfa\b\r\t\nb', ['word a', 'word b']],
  ['words that objects know are words', 'constructor toString', ['word constructor', 'word toString']],
]

for (const [what, text, expected] of TABLE)
  test(`lexer: ${what}`, () => assert.deepEqual(tokens(text), expected))

test('lexer: a token knows its line, column and length', () => {
  const found = tokenize('a\n  "b\nc" d', 'a.cfg', [])
  assert.deepEqual(
    found.map(({ line, column, start, end }) => [line, column, end - start]),
    [
      [1, 1, 1],
      [2, 3, 5],
      [3, 4, 1],
      [3, 5, 0],
    ],
  )
})
