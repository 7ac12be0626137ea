// Tables in memory: each operation, and all or none.

import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import type { TableQuery } from '../../database.js'
import { Tables } from './tables.js'

const GRANT = (username: string, grp: string): TableQuery => ({
  operation: 'insert',
  table: 'grp',
  row: { username, domain: 'example.com', grp },
})

const GRANTS: TableQuery = {
  ...{ operation: 'select', table: 'grp', columns: ['username', 'grp'], where: [] },
  orderBy: 'username',
}

describe('tables in memory', () => {
  it('give what was put in, in order, so many as are wanted', () => {
    const tables = new Tables()
    tables.run([GRANT('carol', 'int'), GRANT('alice', 'ld'), GRANT('bob', 'int')])
    const { rows } = tables.run([{ ...GRANTS, limit: 2 }])
    assert.deepEqual(rows, [
      { username: 'alice', grp: 'ld' },
      { username: 'bob', grp: 'int' },
    ])
  })

  it('carry out a question whole or not at all', () => {
    const tables = new Tables()
    tables.run([GRANT('alice', 'ld')])
    assert.throws(() => tables.run([GRANT('bob', 'ld'), GRANT('alice', 'ld')]), /same username, domain, grp/)
    assert.equal(tables.run([GRANTS]).rows.length, 1)
  })

  it('know the defaults and counters of the usual tables', () => {
    const tables = new Tables()
    const message = { src_addr: 'sip:a@example.com', inc_time: '7' }
    tables.run([1, 2].map(() => ({ operation: 'insert', table: 'silo', row: message })))
    const columns = ['mid', 'src_addr', 'inc_time', 'ctype', 'body']
    const { rows } = tables.run([{ operation: 'select', table: 'silo', columns, where: [] }])
    const stored = { src_addr: 'sip:a@example.com', inc_time: 7, ctype: 'text/plain', body: null }
    assert.deepEqual(rows, [
      { mid: 1, ...stored },
      { mid: 2, ...stored },
    ])
  })

  it('refuse columns that a usual table has not', () => {
    const wrong: TableQuery = { operation: 'select', table: 'grp', columns: ['group'], where: [] }
    assert.throws(() => new Tables().run([wrong]), /table grp has no column group/)
  })

  it('compare numbers as numbers, texts as texts, and NULL with nothing', () => {
    const tables = new Tables()
    tables.run(
      [9, 10, null].map((n) => ({ operation: 'insert', table: 'own', row: { n, at: `2026-01-${n}` } })),
    )
    const count = (
      column: string,
      operator: '<' | '=' | '!=' | '>=',
      value: number | string | null,
    ): number =>
      tables.run([
        { operation: 'select', table: 'own', columns: ['n'], where: [{ column, operator, value }] },
      ]).rows.length
    assert.equal(count('n', '<', 10), 1)
    assert.equal(count('n', '=', '10'), 1)
    assert.equal(count('n', '=', null), 1)
    assert.equal(count('n', '!=', null), 2)
    assert.equal(count('n', '!=', 9), 1)
    assert.equal(count('at', '>=', '2026-01-9'), 2)
    assert.equal(count('absent', '=', null), 3)
  })

  it('replace a row by its keys, or add it', () => {
    const tables = new Tables()
    const put = (q: number): TableQuery => ({
      ...{ operation: 'replace', table: 'location', keys: ['username', 'contact'] },
      row: { username: 'alice', contact: 'sip:a@10.0.0.1', q },
    })
    assert.equal(tables.run([put(0.5)]).affected, 1)
    assert.equal(tables.run([put(0.7)]).affected, 1)
    const columns = ['username', 'domain', 'q']
    const { rows } = tables.run([{ operation: 'select', table: 'location', columns, where: [] }])
    assert.deepEqual(rows, [{ username: 'alice', domain: '', q: 0.7 }])
  })

  it('change and delete the rows that fit all conditions', () => {
    const tables = new Tables()
    tables.run([GRANT('alice', 'ld'), GRANT('alice', 'int'), GRANT('bob', 'int')])
    const where = [
      { column: 'username', operator: '=', value: 'alice' },
      { column: 'grp', operator: '=', value: 'int' },
    ] as const
    assert.equal(tables.run([{ operation: 'update', table: 'grp', set: { grp: 'all' }, where }]).affected, 1)
    assert.equal(tables.run([{ operation: 'delete', table: 'grp', where: [where[0]] }]).affected, 2)
    assert.deepEqual(tables.run([GRANTS]).rows, [{ username: 'bob', grp: 'int' }])
  })
})
