// Registrations that were confirmed last: the server is killed, the database goes and comes back, the end is orderly.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { trial, type Trial } from '../host/database/trial-servers.js'
import { Random } from '../random.js'
import { LastingLoad } from './lasting-load.js'
import { createTables, killRounds, LastingServer } from './lasting-server.js'

const folder = mkdtempSync(join(tmpdir(), 'sipwright-lasting-'))
// Not `after`: at the root it runs as soon as the tests known so far are done.
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
/** How long the load runs before something happens to it. */
const WHILE_MS = 300

for (const kind of ['sqlite', 'dbtext'] as const)
  test(`${kind}: a killed registrar has every binding that it confirmed`, async () => {
    const made = await trial(kind)
    assert.ok(typeof made !== 'string')
    const plan = { folder, database: made.url, rounds: 3, phones: 40, random: new Random(7) }
    const { lost, counts } = await killRounds(plan)
    await made.end()
    assert.deepEqual(lost, [])
    assert.ok(counts.confirmed > 0, 'something was confirmed')
    assert.equal(counts.refused, 0)
  })

test('what is only written back does not survive: the rounds would tell', async () => {
  const made = await trial('sqlite')
  assert.ok(typeof made !== 'string')
  const plan = { folder, database: made.url, rounds: 3, phones: 40, random: new Random(7), mode: 2 } as const
  const { lost } = await killRounds(plan)
  await made.end()
  assert.ok(lost.length > 0)
})

test('written back, an orderly end writes everything', async (t) => {
  const made = await trial('sqlite')
  assert.ok(typeof made !== 'string')
  const { server, load } = await running(t, made, 2)
  // The load ends before the server: every request has its answer.
  await load.run(server.port, delay(WHILE_MS))
  await load.verify(server.port)
  assert.equal(await server.end('SIGTERM'), 0)
  await server.start()
  assert.deepEqual(await load.verify(server.port), [])
})

test('a registrar whose table cannot be read does not start, and says why', async () => {
  const server = new LastingServer(folder, `sqlite:${folder}/nowhere.db`, 1)
  await assert.rejects(server.start(), /serve ended with 2/)
  assert.match(server.log, /usrloc: table location cannot be read: .*nowhere\.db.* sipwright db create/)
  assert.match(server.log, /not started, because a table could not be read/)
})

for (const kind of ['mysql', 'postgres'] as const) {
  const made = await trial(kind)
  const skip = typeof made === 'string' ? made : made.server ? false : 'the server is not ours to stop'
  const name = `${kind}: without it registrations are refused and told of, with it again they are taken`
  test(name, { skip }, async (t) => {
    assert.ok(typeof made !== 'string' && made.server !== undefined)
    const database = made.server
    const { server, load } = await running(t, made, 1)
    const gone = delay(WHILE_MS).then(() => database.kill())
    await load.run(
      server.port,
      gone.then(() => delay(WHILE_MS)),
    )
    assert.ok(load.counts.confirmed > 0)
    assert.ok(load.counts.refused > 0, 'refused while the database is gone')
    assert.match(server.log, /ERROR: usrloc: table location cannot be written: /)
    assert.equal(server.isRunning, true)
    await database.start()
    await load.verify(server.port)
    const { confirmed } = load.counts
    await load.run(server.port, delay(WHILE_MS))
    assert.ok(load.counts.confirmed > confirmed, 'taken again')
    // What was refused and yet carried out is put right at the end.
    await load.verify(server.port)
    assert.equal(await server.end('SIGTERM'), 0)
    await server.start()
    assert.deepEqual(await load.verify(server.port), [])
  })
}

/** A registrar over this database and phones that use it; all of it ends with the test. */
async function running(t: TestContext, { url, end }: Trial, mode: 1 | 2) {
  await createTables(url)
  const server = new LastingServer(folder, url, mode)
  const load = new LastingLoad(40, new Random(8))
  t.after(async () => {
    load.close()
    await server.end('SIGKILL')
    await end()
  })
  await load.open()
  await server.start()
  return { server, load }
}
