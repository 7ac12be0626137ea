// The registry of databases, tried with databases by hand.

import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import type { Answer } from '../../endpoint.js'
import { Databases, QUESTIONS_MAX, redacted, type Database, type DatabaseOptions } from './database.js'
import { OPENERS } from './index.js'

const ask = (databases: Databases, database: string): Promise<Answer> =>
  databases.answer({
    ...{ kind: 'query', database },
    queries: [{ operation: 'select', table: 'grp', columns: ['grp'], where: [], limit: 1 }],
  })

/** Databases whose only kind, "test", runs like this. */
function databasesThat(run: Database['run'], options?: DatabaseOptions): Databases {
  const create = async () => ({ created: [], existing: [] })
  return new Databases({ test: async () => ({ run, create, close: async () => undefined }) }, options)
}

describe('the databases of a run', () => {
  it('open each URL once', async () => {
    let opened = 0
    const database = {
      run: async () => ({ rows: [], affected: 0 }),
      create: async () => ({ created: [], existing: [] }),
      close: async () => undefined,
    }
    const databases = new Databases({ test: async () => (opened++, database) })
    await Promise.all(['test:a', 'test:b', 'TEST:a', 'test:a'].map((url) => ask(databases, url)))
    assert.equal(opened, 3)
  })

  it('say which kinds there are when a URL names none', async () => {
    const answer = await ask(new Databases(OPENERS), 'sql://ser:heslo@localhost/ser')
    assert.equal(answer.kind, 'failure')
    const { reason } = answer as Extract<Answer, { kind: 'failure' }>
    assert.match(
      reason,
      /^sql:\/\/ser:\*\*\*@localhost\/ser names no database; an URL begins with one of memory/,
    )
  })

  it('never say a password', async () => {
    const fails = databasesThat(async () => {
      throw new Error('access denied for ser with heslo:)@2')
    })
    const answer = await ask(fails, 'test://ser:heslo:)@2@db.example.com/ser')
    assert.deepEqual(answer, {
      kind: 'failure',
      reason: 'test://ser:***@db.example.com/ser: access denied for ser with ***',
    })
    assert.equal(redacted('mysql://ser:a@b/c@host:3306/ser'), 'mysql://ser:***@host:3306/ser')
    assert.equal(redacted('dbtext:/var/db'), 'dbtext:/var/db')
  })

  it('wait for an answer only so long', async () => {
    const silent = databasesThat(() => new Promise(() => undefined), { timeoutMs: 1 })
    assert.deepEqual(await ask(silent, 'test:x'), {
      kind: 'failure',
      reason: 'test:x: no answer within 0.001 s',
    })
  })

  it('refuse questions when too many wait', async () => {
    let release: () => void = () => undefined
    const released = new Promise<void>((resolve) => (release = resolve))
    const slow = databasesThat(async () => (await released, { rows: [], affected: 0 }))
    const answers = Array.from({ length: QUESTIONS_MAX }, () => ask(slow, 'test:x'))
    const refused = await ask(slow, 'test:x')
    assert.match(refused.kind === 'failure' ? refused.reason : '', /10000 questions wait for it already/)
    release()
    assert.ok((await Promise.all(answers)).every(({ kind }) => kind === 'rows'))
    assert.equal((await ask(slow, 'test:x')).kind, 'rows')
  })

  it('are opened anew after they could not be opened', async () => {
    let tries = 0
    const databases = new Databases({
      test: async () => {
        if (tries++ === 0) throw new Error('not yet')
        return (await OPENERS.memory!('memory:', {})) as Database
      },
    })
    assert.equal((await ask(databases, 'test:x')).kind, 'failure')
    assert.equal((await ask(databases, 'test:x')).kind, 'rows')
  })
})
