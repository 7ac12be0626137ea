// SER's text files: read, written, and refused with the line that is wrong.

import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { formatTextTable, parseTextTable } from './text-table.js'

const SUBSCRIBER = `username(str) rpid(str,null) q(double,null) id(int,auto) flags(int)
alice:sip\\:+49\\\\7@example.com:0.5:1:2
b\\tob\\n::::
`

describe('a table in a text file', () => {
  it('is read: types, NULLs, escapes', () => {
    const { rows } = parseTextTable('own', SUBSCRIBER)
    assert.deepEqual(rows, [
      { username: 'alice', rpid: 'sip:+49\\7@example.com', q: 0.5, id: 1, flags: 2 },
      { username: 'b\tob\n', rpid: null, q: null, id: null, flags: 0 },
    ])
  })

  it('is written as it was read', () => {
    const text = SUBSCRIBER.replace('b\\tob\\n::::', 'b\\tob\\n::::0')
    assert.equal(formatTextTable(parseTextTable('own', text)), text)
  })

  it('may come from a system with other line ends, and without a last one', () => {
    const { rows } = parseTextTable('grp', 'username(str) grp(str)\r\nalice:ld\r\nbob:int')
    assert.deepEqual(rows, [
      { username: 'alice', grp: 'ld' },
      { username: 'bob', grp: 'int' },
    ])
  })

  it('holds any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (one, other) => {
        const { schema } = parseTextTable('own', 'a(str) b(str)')
        const rows = [
          { a: one, b: other },
          { a: other, b: one },
        ].filter(({ a, b }) => a !== '' || b !== '')
        assert.deepEqual(parseTextTable('own', formatTextTable({ schema, rows })).rows, rows)
      }),
    )
  })

  const mistakes: readonly (readonly [string, string, RegExp])[] = [
    ['no columns', '', /line 1 names no columns/],
    ['a column without a type', 'username grp(str)', /line 1: "username" is no column/],
    ['an unknown type', 'username(text)', /line 1: "username\(text\)" is no column/],
    ['an unknown attribute', 'username(str,key)', /line 1: key is neither null nor auto/],
    ['too few fields', 'a(str) b(str)\nx:y\nx', /line 3 has 1 fields, the table has 2 columns/],
    ['a number that is none', 'a(str) b(int)\nx:7\nx:seven', /line 3: b is no number: "seven"/],
  ]
  for (const [what, text, complaint] of mistakes)
    it(`is refused with its line: ${what}`, () => {
      assert.throws(() => parseTextTable('own', text), complaint)
    })
})
