// Text files as a database: what happens to the files.

import { strict as assert } from 'node:assert'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import type { Row, TableQuery } from '../../database.js'
import type { Database } from './database.js'
import { openDbtext } from './dbtext.js'

const grant = (username: string): TableQuery => ({
  ...{ operation: 'insert', table: 'grp' },
  row: { username, grp: 'ld' },
})
const NAMES: TableQuery = { operation: 'select', table: 'grp', columns: ['username'], where: [] }
const named = (...names: readonly string[]): Row[] => names.map((username) => ({ username }))

describe('dbtext', () => {
  let folder: string
  let database: Database
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sipwright-dbtext-'))
    writeFileSync(join(folder, 'grp'), 'username(str) grp(str)\nalice:int\n')
    database = await openDbtext(`dbtext:${folder}`, {})
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('writes the file before it answers, and leaves nothing beside it', async () => {
    await database.run([grant('bob')])
    assert.equal(readFileSync(join(folder, 'grp'), 'utf8'), 'username(str) grp(str)\nalice:int\nbob:ld\n')
    assert.deepEqual(readdirSync(folder), ['grp'])
  })

  it('reads a file again when somebody has edited it', async () => {
    assert.deepEqual((await database.run([NAMES])).rows, named('alice'))
    writeFileSync(join(folder, 'grp'), 'username(str) grp(str)\ncarol:int\n')
    utimesSync(join(folder, 'grp'), 1, 1)
    assert.deepEqual((await database.run([NAMES])).rows, named('carol'))
    await database.run([grant('bob')])
    assert.deepEqual((await database.run([NAMES])).rows, named('carol', 'bob'))
  })

  it('keeps what the file says when it cannot be written', async () => {
    await database.run([NAMES])
    const inTheWay = join(folder, `.grp.${process.pid}.new`)
    mkdirSync(inTheWay)
    await assert.rejects(database.run([grant('bob')]), /EISDIR/)
    rmdirSync(inTheWay)
    assert.deepEqual((await database.run([NAMES])).rows, named('alice'))
  })

  it('says which file is wrong, and goes on once it is right', async () => {
    writeFileSync(join(folder, 'grp'), 'username(str) grp(str)\nalice\n')
    await assert.rejects(database.run([NAMES]), /grp: line 2 has 1 fields/)
    writeFileSync(join(folder, 'grp'), 'username(str) grp(str)\nalice:ld\n')
    assert.deepEqual((await database.run([NAMES])).rows, named('alice'))
  })

  it('keeps instants as seconds in columns of numbers', async () => {
    writeFileSync(join(folder, 'own'), 'at(int) n(int)\n')
    const at = '2026-02-03 04:05:06'
    await database.run([{ operation: 'insert', table: 'own', row: { at, n: '7' } }])
    assert.equal(readFileSync(join(folder, 'own'), 'utf8'), 'at(int) n(int)\n1770091506:7\n')
    const bad: TableQuery = { operation: 'insert', table: 'own', row: { at: 'noon' } }
    await assert.rejects(database.run([bad]), /at takes numbers, not "noon"/)
    const where = [{ column: 'at', operator: '<=', value: at }] as const
    const select = { operation: 'select', table: 'own', columns: ['n'], where } as const
    assert.deepEqual((await database.run([select])).rows, [{ n: 7 }])
  })

  it('does not touch a file over a question that changes nothing', async () => {
    writeFileSync(join(folder, 'grp'), 'username(str) grp(str)\nalice:int')
    await database.run([
      { operation: 'delete', table: 'grp', where: [{ column: 'grp', operator: '=', value: 'x' }] },
    ])
    assert.equal(readFileSync(join(folder, 'grp'), 'utf8'), 'username(str) grp(str)\nalice:int')
  })
})
