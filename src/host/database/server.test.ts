// Servers behind the interface, tried with connections by hand: what is tried again, alone, or never.

import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import type { TableQuery } from '../../database.js'
import type { Rows } from './database.js'
import { ServerDatabase, type Server } from './server.js'
import { MYSQL } from './sql.js'

const BROKEN = Object.assign(new Error('it is gone'), { code: 'ECONNRESET' })

const put = (username: string): TableQuery => ({ operation: 'insert', table: 'grp', row: { username } })

/** A server whose every statement is answered so; what was run is noted as "connection: statement". */
function serverThat(answer: (sql: string, value: unknown, connection: number) => Promise<Rows>) {
  const run: string[] = []
  const released: string[] = []
  let connections = 0
  const server: Server = {
    dialect: MYSQL,
    connect: async () => {
      const connection = ++connections
      return {
        run: (sql, [value]) => {
          run.push(`${connection}: ${sql.split(' ', 1)[0]!}${value === undefined ? '' : ` ${value}`}`)
          return answer(sql, value, connection)
        },
        release: (isBroken) => released.push(`${connection}${isBroken ? ' broken' : ''}`),
      }
    },
    isBroken: (error) => /^(?:ECONN|ETIMEDOUT)/.test((error as NodeJS.ErrnoException).code ?? ''),
    end: async () => undefined,
  }
  return { run, released, server }
}

const done = async (): Promise<Rows> => ({ rows: [], affected: 1 })

describe('a server', () => {
  it('carries out what comes together in one transaction', async () => {
    const { run, released, server } = serverThat(done)
    const database = new ServerDatabase(server)
    await Promise.all(['a', 'b'].map((name) => database.run([put(name)])))
    assert.deepEqual(run, ['1: BEGIN', '1: INSERT a', '1: INSERT b', '1: COMMIT'])
    assert.deepEqual(released, ['1'])
  })

  it('lets a wrong statement fail alone', async () => {
    const { run, server } = serverThat(async (_sql, value) => {
      if (value === 'wrong') throw new Error('too long')
      return done()
    })
    const database = new ServerDatabase(server)
    const outcomes = await Promise.allSettled(['a', 'wrong', 'b'].map((name) => database.run([put(name)])))
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    )
    assert.deepEqual(
      run.map((line) => line.slice(3)),
      [
        ...['BEGIN', 'INSERT a', 'INSERT wrong', 'ROLLBACK'],
        ...['BEGIN', 'INSERT a', 'COMMIT'],
        ...['BEGIN', 'INSERT wrong', 'ROLLBACK'],
        ...['BEGIN', 'INSERT b', 'COMMIT'],
      ],
    )
  })

  it('takes another connection when one has died, once', async () => {
    const { run, released, server } = serverThat(async (_sql, _value, connection) => {
      if (connection === 1) throw BROKEN
      return done()
    })
    await new ServerDatabase(server).run([put('a')])
    assert.deepEqual(run, ['1: BEGIN', '2: BEGIN', '2: INSERT a', '2: COMMIT'])
    assert.deepEqual(released, ['1 broken', '2'])
  })

  it('does not guess whether a commit has arrived', async () => {
    const { run, server } = serverThat(async (sql) => {
      if (sql === 'COMMIT') throw BROKEN
      return done()
    })
    await assert.rejects(new ServerDatabase(server).run([put('a')]), /it is gone/)
    assert.deepEqual(run, ['1: BEGIN', '1: INSERT a', '1: COMMIT'])
  })

  it('fails all at once when there is no server', async () => {
    const { run, server } = serverThat(async () => {
      throw BROKEN
    })
    const database = new ServerDatabase(server)
    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((name) => database.run([put(name)])))
    assert.ok(outcomes.every(({ status }) => status === 'rejected'))
    assert.deepEqual(run, ['1: BEGIN', '2: BEGIN'])
  })

  it('gives up a connection that says nothing, and those behind it are served', async () => {
    const { released, server } = serverThat((_sql, _value, connection) =>
      connection <= 2 ? new Promise(() => undefined) : done(),
    )
    const database = new ServerDatabase(server, 5)
    await assert.rejects(database.run([put('a')]), /no answer within 0.005 s/)
    assert.equal((await database.run([put('b')])).affected, 1)
    assert.deepEqual(released, ['1 broken', '2 broken', '3'])
  })

  it('reads beside what is written', async () => {
    const { run, server } = serverThat(async (sql) =>
      sql === 'COMMIT' ? new Promise(() => undefined) : done(),
    )
    const database = new ServerDatabase(server, 5)
    void database.run([put('a')]).catch(() => undefined)
    await new Promise(setImmediate)
    await database.run([{ operation: 'select', table: 'grp', columns: ['grp'], where: [], limit: 1 }])
    assert.equal(run.at(-1), '2: SELECT')
  })
})
