// Where control sockets are, who may be there, and what killed servers leave behind.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ControlDesk } from './desk.js'
import { makeRunFolder, ownSocket, runFolder, servedSockets } from './run-folder.js'
import { ControlSocket } from './socket.js'

const folder = mkdtempSync(join(tmpdir(), 'sipwright-run-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

const desk = (): ControlDesk => new ControlDesk({ give: () => undefined, wantedBy: () => undefined })

/** A socket file whose process is gone. */
function orphan(path: string): void {
  const code = `require('net').createServer().listen(process.argv[1], () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', code, path])
  assert.ok(statSync(path).isSocket())
}

test('the folder is that of the system for this user, or one of our own', () => {
  assert.equal(runFolder({ XDG_RUNTIME_DIR: '/run/user/7' }), '/run/user/7/sipwright')
  assert.match(runFolder({}), /\/sipwright-\d+$/)
})

test('the folder is for this user only, and no link to another one', () => {
  const own = join(folder, 'own')
  makeRunFolder(own)
  assert.equal(statSync(own).mode & 0o777, 0o700)
  const open = join(folder, 'open')
  mkdirSync(open)
  chmodSync(open, 0o755)
  assert.throws(() => makeRunFolder(open), /is not a folder that only this user can use/)
  symlinkSync(own, join(folder, 'link'))
  assert.throws(() => makeRunFolder(join(folder, 'link')), /is not a folder that only this user can use/)
})

test('sockets of killed servers are removed, those that are served are found', async () => {
  const own = join(folder, 'found')
  makeRunFolder(own)
  const [killed, alive] = [join(own, '4194999.sock'), join(own, '1.sock')]
  orphan(killed)
  orphan(alive)
  const socket = await ControlSocket.open(ownSocket(own), desk())
  assert.deepEqual(await servedSockets(own), [ownSocket(own)])
  assert.equal(existsSync(killed), false)
  // Its process lives: it may be about to be served.
  assert.equal(existsSync(alive), true)
  await socket.close()
  assert.deepEqual(await servedSockets(own), [])
  assert.deepEqual(await servedSockets(join(folder, 'nowhere')), [])
})

test('a socket takes the place of one whose server was killed, and no other', async () => {
  const path = join(folder, 'again.sock')
  orphan(path)
  const socket = await ControlSocket.open(path, desk())
  assert.equal(statSync(path).mode & 0o777, 0o600)
  await assert.rejects(ControlSocket.open(path, desk()), /another server listens at/)
  await socket.close()
  assert.equal(existsSync(path), false)
  await assert.rejects(ControlSocket.open(folder, desk()), /is there and is no socket/)
  await assert.rejects(ControlSocket.open(`/tmp/${'x'.repeat(200)}`, desk()), /too long for a socket/)
})
