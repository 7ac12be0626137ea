// Who has a port? /proc tells (Linux): a socket has an inode, and a process shows the inodes that it holds open.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Inodes of sockets that take a port: UDP sockets bound at it, TCP sockets that listen there (state 0A), not those that
 * talk from it. `of`: whose network namespace, "self" or a pid. */
export function inodesAt(port: number, transports: readonly string[], of: string): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes: string[] = []
  for (const table of transports.flatMap((transport) => [transport, `${transport}6`]))
    for (const line of read(`/proc/${of}/net/${table}`).split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
      if (local.endsWith(`:${wanted}`) && (table.startsWith('udp') || state === '0A') && inode !== undefined)
        inodes.push(inode)
    }
  return inodes
}

/** Does this process hold one of these sockets? False too when it may not be looked at. */
export function holdsOne(pid: string, inodes: readonly string[]): boolean {
  return names(`/proc/${pid}/fd`).some((fd) => {
    const inode = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`))?.[1]
    return inode !== undefined && inodes.includes(inode)
  })
}

/** "process 123 (name)" that holds one of these sockets; undefined where it cannot be told. */
export function processWith(inodes: readonly string[]): string | undefined {
  const pid = names('/proc').find((name) => /^\d+$/.test(name) && holdsOne(name, inodes))
  return pid === undefined ? undefined : `process ${pid} (${read(`/proc/${pid}/comm`).trim()})`
}

/** Can sockets be looked up here at all? */
export function canTell(): boolean {
  return read('/proc/self/net/udp') !== ''
}

function names(folder: string): string[] {
  return orElse(() => readdirSync(folder), [])
}

function read(file: string): string {
  return orElse(() => readFileSync(file, 'latin1'), '')
}

function linkOf(file: string): string {
  return orElse(() => readlinkSync(file), '')
}

/** Not Linux, not ours to read, or gone meanwhile. */
function orElse<T>(look: () => T, otherwise: T): T {
  try {
    return look()
  } catch {
    return otherwise
  }
}
