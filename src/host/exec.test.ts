// Commands of a routing script: how they get what comes from the network, and what ends them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer } from '../endpoint.js'
import { Exec } from './exec.js'

const LIMIT_MS = 10_000

function run(command: string, more: Partial<Parameters<Exec['answer']>[0]> = {}): Promise<Answer> {
  const question = { kind: 'exec', command, argument: undefined, environment: {}, input: '' } as const
  return new Exec().answer({ ...question, timeoutMs: LIMIT_MS, ...more })
}

test('output and exit code come back', async () => {
  assert.deepEqual(await run('echo hello; exit 3'), { kind: 'exit', code: 3, output: 'hello\n' })
})

test('the argument is one word to the shell, whatever is in it', async () => {
  const argument = `"; touch /tmp/$(id) \`id\` 'x' $HOME \n*`
  assert.deepEqual(await run('printf %s', { argument }), { kind: 'exit', code: 0, output: argument })
})

test('environment and standard input are handed over octet by octet', async () => {
  const environment = { SIP_HF_FROM: 'sip:a@b; $(id)' }
  const answer = await run('printf "%s|" "$SIP_HF_FROM"; cat', { environment, input: '\xff\0\r\n' })
  assert.deepEqual(answer, { kind: 'exit', code: 0, output: 'sip:a@b; $(id)|\xff\0\r\n' })
})

test('a command that does not read its input does no harm', async () => {
  const answer = await run('exit 0', { input: 'x'.repeat(1_000_000) })
  assert.deepEqual(answer, { kind: 'exit', code: 0, output: '' })
})

test('what runs too long is ended with everything that it started', async () => {
  const started = performance.now()
  const answer = await run('sleep 60 | sleep 60', { timeoutMs: 50 })
  assert.deepEqual(answer, { kind: 'failure', reason: 'sleep 60 | sleep 60 ran longer than 50 ms' })
  assert.ok(performance.now() - started < LIMIT_MS)
})

test('what writes too much is ended', async () => {
  assert.deepEqual(await run('yes'), { kind: 'failure', reason: 'yes wrote more than 65536 octets' })
})

test('what a signal ended is a failure', async () => {
  assert.deepEqual(await run('kill -TERM $$'), {
    kind: 'failure',
    reason: 'kill -TERM $$ was ended by SIGTERM',
  })
})

test('what the system cannot take is a failure', async () => {
  for (const [more, reason] of [
    [{ argument: 'a\0b' }, 'cat: an octet 0 is in its argument or environment'],
    [{ environment: { 'A=B': '' } }, 'cat: "A=B" is no name of an environment variable'],
  ] as const)
    assert.deepEqual(await run('cat', more), { kind: 'failure', reason })
})

test('closing ends what still runs, and there is a limit to how much does', async () => {
  const exec = new Exec()
  const question = { kind: 'exec', command: 'sleep 60', argument: undefined, environment: {} } as const
  const all = Array.from({ length: 65 }, () => exec.answer({ ...question, input: '', timeoutMs: LIMIT_MS }))
  assert.deepEqual(await all.at(-1), {
    kind: 'failure',
    reason: '64 commands run already: sleep 60 was not started',
  })
  exec.close()
  assert.deepEqual(await all[0], { kind: 'failure', reason: 'sleep 60 was ended by SIGKILL' })
  await Promise.all(all)
})
