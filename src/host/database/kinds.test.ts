// What every kind of database does alike, tried on real ones (trial-servers.ts).

import { strict as assert } from 'node:assert'
import { after, describe, it } from 'node:test'
import type { ColumnValue, Condition, Row, TableQuery } from '../../database.js'
import { Databases, type Database } from './database.js'
import { OPENERS } from './index.js'
import { SCHEMA } from './schema.js'
import { trial } from './trial-servers.js'

const KEYS = ['username', 'domain', 'contact']
/** Everything that could be taken for something else. */
const ODD = `'; DROP TABLE location; -- "\`\\ $1 ? %s :x:\t\r\n é 电`

const binding = (username: string, row: Row = {}): TableQuery => ({
  ...{ operation: 'replace', table: 'location', keys: KEYS },
  row: { username, domain: '', contact: `sip:${username}@10.0.0.1`, ...row },
})
const grant = (username: string, grp: string): TableQuery => ({
  ...{ operation: 'insert', table: 'grp' },
  row: { username, domain: 'example.com', grp },
})

const where = (column: string, operator: Condition['operator'], value: ColumnValue): Condition[] => [
  { column, operator, value },
]

async function names(
  database: Database,
  table: string,
  conditions: readonly Condition[] = [],
  limit?: number,
): Promise<unknown[]> {
  const select = { operation: 'select', table, columns: ['username'], where: conditions } as const
  const query = { ...select, orderBy: 'username', ...(limit === undefined ? {} : { limit }) }
  return (await database.run([query])).rows.map(({ username }) => username)
}

for (const kind of ['sqlite', 'dbtext', 'mysql', 'postgres'] as const) {
  const made = await trial(kind)
  if (typeof made === 'string') {
    it(`${kind} is tried`, { skip: made }, () => undefined)
    continue
  }
  const { url, server, end } = made
  describe(`${kind} database`, () => {
    const databases = new Databases(OPENERS)
    after(async () => {
      await databases.close()
      await end()
    })
    const emptied = async (...tables: readonly string[]): Promise<Database> => {
      const database = await databases.open(url)
      await database.create(SCHEMA)
      await database.run(tables.map((table) => ({ operation: 'delete', table, where: [] })))
      return database
    }

    it('says how its tables are made when there are none', async () => {
      const answer = await databases.answer({ kind: 'query', database: url, queries: [grant('alice', 'ld')] })
      assert.match(answer.kind === 'failure' ? answer.reason : answer.kind, /sipwright db create|^rows$/)
    })

    it('makes the tables once, and notes their layouts', async () => {
      const database = await databases.open(url)
      await database.create(SCHEMA)
      const again = await database.create(SCHEMA)
      assert.deepEqual(again, { created: [], existing: SCHEMA.map(({ name }) => name) })
      const columns = ['table_version']
      const { rows } = await database.run([
        { operation: 'select', table: 'version', columns, where: where('table_name', '=', 'location') },
      ])
      assert.deepEqual(rows, [{ table_version: 3 }])
    })

    it('gives back what was put in, whatever it holds', async () => {
      const database = await emptied('location')
      const row = { expires: '2026-02-03 04:05:06', q: 0.125, cseq: 2 ** 31 + 1, callid: ODD, flags: 128 }
      await database.run([binding('alice', row)])
      const columns = ['username', 'domain', 'q', 'cseq', 'callid', 'flags', 'user_agent', 'state']
      const { rows } = await database.run([{ operation: 'select', table: 'location', columns, where: [] }])
      const { expires: _, ...rest } = row
      assert.deepEqual(rows, [{ username: 'alice', domain: '', user_agent: '', state: null, ...rest }])
      assert.deepEqual(await names(database, 'location', where('callid', '=', ODD)), ['alice'])
      assert.deepEqual(await names(database, 'location', where('expires', '<', '2026-02-03 04:05:07')), [
        'alice',
      ])
      assert.deepEqual(await names(database, 'location', where('expires', '<', '2026-02-03 04:05:06')), [])
    })

    it('replaces the row with the same keys', async () => {
      const database = await emptied('location')
      assert.equal((await database.run([binding('alice', { q: 0.5 })])).affected, 1)
      assert.equal((await database.run([binding('alice', { q: 0.7 })])).affected, 1)
      assert.equal((await database.run([binding('alice', { q: 0.7 })])).affected, 1)
      assert.equal((await database.run([binding('alice', { contact: 'sip:ALICE@10.0.0.1' })])).affected, 1)
      assert.deepEqual(await names(database, 'location'), ['alice', 'alice'])
      assert.deepEqual(await names(database, 'location', where('q', '>', 0.6)), ['alice'])
    })

    it('finds by every kind of condition, in order, and so many', async () => {
      const database = await emptied('location')
      await database.run([
        ...['carol', 'alice', 'bob'].map((name, index) => binding(name, { cseq: index })),
        binding('dave', { cseq: null }),
      ])
      const found = (...condition: readonly Condition[]) => names(database, 'location', condition)
      assert.deepEqual(await found(...where('cseq', '=', 1)), ['alice'])
      assert.deepEqual(await found(...where('cseq', '!=', 1)), ['bob', 'carol'])
      assert.deepEqual(await found(...where('cseq', '<=', 1)), ['alice', 'carol'])
      assert.deepEqual(await found(...where('cseq', '>=', 1)), ['alice', 'bob'])
      assert.deepEqual(await found(...where('cseq', '=', null)), ['dave'])
      assert.deepEqual(await found(...where('cseq', '!=', null)), ['alice', 'bob', 'carol'])
      assert.deepEqual(await found(...where('cseq', '>', 0), ...where('username', '=', 'bob')), ['bob'])
      assert.deepEqual(await names(database, 'location', [], 2), ['alice', 'bob'])
    })

    it('changes and deletes what fits, and says how many', async () => {
      const database = await emptied('grp')
      await database.run([grant('alice', 'ld'), grant('alice', 'int'), grant('bob', 'int')])
      const set = { grp: 'all' }
      const update = { operation: 'update', table: 'grp', set, where: where('username', '=', 'bob') } as const
      assert.equal((await database.run([update])).affected, 1)
      assert.equal((await database.run([update])).affected, 1, 'also when it is so already')
      const gone = { operation: 'delete', table: 'grp', where: where('username', '=', 'alice') } as const
      assert.equal((await database.run([gone])).affected, 2)
      assert.deepEqual(await names(database, 'grp'), ['bob'])
    })

    it('carries out a question whole or not at all, and the others of the same moment', async () => {
      const database = await emptied('grp')
      const outcomes = await Promise.allSettled([
        database.run([grant('alice', 'ld')]),
        database.run([grant('bob', 'ld'), grant('alice', 'ld')]),
        database.run([grant('carol', 'ld')]),
      ])
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      )
      assert.deepEqual(await names(database, 'grp'), ['alice', 'carol'])
    })

    it('answers writings in the order in which they were asked', async () => {
      const database = await emptied('location')
      const order: number[] = []
      await Promise.all(
        Array.from({ length: 300 }, (_, cseq) =>
          database.run([binding('alice', { cseq })]).then(() => order.push(cseq)),
        ),
      )
      assert.deepEqual(
        order,
        Array.from({ length: 300 }, (_, cseq) => cseq),
      )
      assert.deepEqual(await names(database, 'location', where('cseq', '=', 299)), ['alice'])
    })

    it('counts where a table counts', async () => {
      const database = await emptied('silo')
      const store = (body: string): TableQuery => ({ operation: 'insert', table: 'silo', row: { body } })
      await database.run([store('one'), store(ODD)])
      const columns = ['mid', 'body', 'ctype']
      const { rows } = await database.run([
        { operation: 'select', table: 'silo', columns, where: [], orderBy: 'mid' },
      ])
      assert.deepEqual(
        rows.map(({ body, ctype }) => [body, ctype]),
        [
          ['one', 'text/plain'],
          [ODD, 'text/plain'],
        ],
      )
      assert.equal(Number(rows[1]!.mid), Number(rows[0]!.mid) + 1)
    })

    it('takes no name that is none', async () => {
      const database = await emptied()
      const name = 'grp; DROP TABLE grp'
      const none = { operation: 'select', columns: ['grp'], where: [] } as const
      await assert.rejects(database.run([{ ...none, table: name }]), /no name of a table/)
      await assert.rejects(database.run([{ ...none, table: '../grp' }]), /no name of a table/)
      const odd = { ...none, table: 'grp', columns: ['grp" FROM grp'] }
      await assert.rejects(database.run([odd]), /no name of a table or column|has no column/)
    })

    if (kind === 'sqlite' || kind === 'dbtext') return
    const skip = server === undefined && 'its server is not ours to stop'
    it('fails while its server is gone, and answers by itself when it is back', { skip }, async () => {
      await emptied('location')
      const ask = (name: string) =>
        databases.answer({ kind: 'query', database: url, queries: [binding(name)] })
      assert.equal((await ask('alice')).kind, 'rows')
      await server!.kill()
      const during = await Promise.all(['bob', 'carol', 'dave'].map(ask))
      assert.deepEqual(
        during.map((answer) => answer.kind),
        ['failure', 'failure', 'failure'],
      )
      await server!.start()
      assert.equal((await ask('erin')).kind, 'rows')
      assert.deepEqual(await names(await databases.open(url), 'location'), ['alice', 'erin'])
    })
  })
}
