// A port that cannot be bound: which, who has it (where Linux tells), and what to do.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { Listen } from '../driver.js'
import { UsageError } from '../errors.js'

/** The error a user can act on. */
export function bindError(error: NodeJS.ErrnoException, { transport, address, port }: Listen): Error {
  const place = `${transport}:${address}:${port}`
  if (error.code === 'EADDRINUSE') {
    const owner = ownerOf(transport, port)
    const who = owner === undefined ? 'another process' : owner
    return new UsageError(
      `${place} is in use by ${who}. Choose another port (serve: -p PORT or -l ADDRESS), or stop it.`,
    )
  }
  if (error.code === 'EADDRNOTAVAIL')
    return new UsageError(
      `${address} is no address of this machine. Listen at one that "sipwright doctor" lists.`,
    )
  if (error.code === 'EACCES')
    return new UsageError(`${place} may not be bound: ports below 1024 need rights. Choose a higher port.`)
  return error
}

/** "process 123 (name)"; undefined where it cannot be told. */
function ownerOf(transport: string, port: number): string | undefined {
  try {
    const inodes = [`/proc/net/${transport}`, `/proc/net/${transport}6`].flatMap((table) =>
      inodesAt(table, port),
    )
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
      if (holds(pid, inodes)) return `process ${pid} (${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()})`
  } catch {
    // Not Linux, or not ours to read.
  }
  return undefined
}

function inodesAt(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  return (
    readFileSync(table, 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      // A TCP port is taken by who listens (state 0A), not by who talks from it.
      .filter((fields) => fields[1]?.endsWith(`:${wanted}`) && (table.includes('udp') || fields[3] === '0A'))
      .map((fields) => fields[9]!)
  )
}

function holds(pid: string, inodes: readonly string[]): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((fd) => {
      const link = readlinkSync(`/proc/${pid}/fd/${fd}`)
      return inodes.some((inode) => link === `socket:[${inode}]`)
    })
  } catch {
    return false
  }
}
