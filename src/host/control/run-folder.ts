// Where the control sockets of this user's servers are unless a path is given: one folder that nobody else can look
// into, one socket a process.

import { lstatSync, mkdirSync, readdirSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isServed } from './socket.js'

/** The user's run folder of the system, else one in the folder of temporary files. */
export function runFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const { XDG_RUNTIME_DIR: given } = environment
  return given ? join(given, 'sipwright') : join(tmpdir(), `sipwright-${process.getuid?.() ?? 0}`)
}

/** Makes the folder. Throws an Error when it is somebody else's, or open to others. */
export function makeRunFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const status = lstatSync(folder)
  const isOurs = process.getuid === undefined || status.uid === process.getuid()
  if (!status.isDirectory() || !isOurs || (status.mode & 0o077) !== 0)
    throw new Error(`${folder} is not a folder that only this user can use: name a socket with --control`)
}

/** The socket of this process: number 1, or a later one when it serves more than once. */
export function ownSocket(folder: string, number = 1): string {
  return join(folder, `${process.pid}${number === 1 ? '' : `-${number}`}.sock`)
}

/** Sockets that somebody listens at; those of servers that were killed are removed. */
export async function servedSockets(folder: string): Promise<string[]> {
  const served: string[] = []
  for (const name of namesIn(folder)) {
    const pid = /^(\d+)(?:-\d+)?\.sock$/.exec(name)?.[1]
    if (pid === undefined) continue
    const path = join(folder, name)
    if (await isServed(path)) served.push(path)
    else if (!isAlive(Number(pid))) remove(path)
  }
  return served
}

/** A socket of a process that lives may be about to be served. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Somebody else may be as tidy. */
function remove(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // It is gone already, or not ours.
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}
