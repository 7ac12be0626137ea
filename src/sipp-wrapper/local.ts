// The sipp binary on this machine. It is started without a shell, in the folder of the run, and ended by its pid.

import { spawn } from 'node:child_process'
import { UsageError } from '../errors.js'
import { FINISH_SIGNAL, type Backend, type End, type RunningSipp, type StartOptions } from './backend.js'
import { holderOf } from './bound.js'
import { sweepLocal } from './run-folder.js'

const STOP_MS_MAX = 2000

/** The program called `binary` on the PATH, or at that path. */
export function local(binary = 'sipp'): Backend {
  return { name: 'local', start: (options) => start(binary, options), sweep: async () => sweepLocal() }
}

async function start(binary: string, { args, folder, port, heard }: StartOptions): Promise<RunningSipp> {
  const child = spawn(binary, args, {
    cwd: folder.path,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TERM: 'dumb' },
  })
  child.stdout.on('data', (chunk: Buffer) => heard(chunk.toString('latin1'), 'out'))
  child.stderr.on('data', (chunk: Buffer) => heard(chunk.toString('latin1'), 'err'))
  const ended = new Promise<End>((resolve) => {
    child.on('close', (code, signal) => resolve({ exitCode: code ?? undefined, signal: signal ?? undefined }))
  })
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new UsageError(
          error.code === 'ENOENT'
            ? `${binary} is not installed: apt-get install sip-tester, or use the docker back-end.`
            : `${binary}: ${error.message}`,
        ),
      ),
    )
  })
  const pid = child.pid!
  folder.started(pid)
  const atExit = (): void => void child.kill('SIGKILL')
  process.once('exit', atExit)
  void ended.then(() => process.off('exit', atExit))
  return {
    address: undefined,
    ended,
    bound: () => (port === undefined ? 'own' : holderOf(port, pid)),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      // SIPp waits for its calls at the first one, and quits at the second.
      child.kill(FINISH_SIGNAL)
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS_MAX)
      await ended
      clearTimeout(timer)
    },
    finish: async () => {
      if (child.exitCode === null && child.signalCode === null) child.kill(FINISH_SIGNAL)
      await ended
    },
  }
}
