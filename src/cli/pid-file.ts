// The file that says which process serves. One whose process is gone is replaced.

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { UsageError } from '../errors.js'

/** Writes our process id. Throws a UsageError when another process holds the file, or it cannot be written. */
export function writePidFile(file: string): void {
  const other = pidIn(file)
  if (other !== undefined && other !== process.pid && isAlive(other))
    throw new UsageError(`${file} says that process ${other} serves already. Stop it, or name another file.`)
  try {
    writeFileSync(file, `${process.pid}\n`)
  } catch (error) {
    throw new UsageError(`-P ${file} cannot be written: ${(error as Error).message}`)
  }
}

/** Removes the file if it is ours. */
export function removePidFile(file: string): void {
  if (pidIn(file) === process.pid) rmSync(file, { force: true })
}

function pidIn(file: string): number | undefined {
  try {
    const text = readFileSync(file, 'utf8').trim()
    return /^[1-9]\d{0,9}$/.test(text) ? Number(text) : undefined
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It lives but is not ours to signal.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
