// Is a port bound, and by whom? /proc tells (Linux): a socket has an inode, and a process shows its open inodes.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Inodes of UDP sockets bound, and TCP sockets listening, at this port in a network namespace ("self", or a pid). */
function inodesAt(port: number, of: string): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes: string[] = []
  for (const table of ['udp', 'udp6', 'tcp', 'tcp6']) {
    for (const line of read(`/proc/${of}/net/${table}`).split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/)
      if (local.endsWith(`:${wanted}`) && (table.startsWith('udp') || state === '0A') && inode !== undefined)
        inodes.push(inode)
    }
  }
  return inodes
}

/** 'own': this process has it. 'stranger': only others have. 'free': nobody. undefined: cannot be told here. */
export function holderOf(port: number, pid: number): 'own' | 'stranger' | 'free' | undefined {
  if (read('/proc/self/net/udp') === '') return undefined
  const inodes = inodesAt(port, String(pid))
  if (inodes.length === 0) return 'free'
  return inodesOf(pid).some((inode) => inodes.includes(inode)) ? 'own' : 'stranger'
}

function inodesOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
      } catch {
        return []
      }
    })
  } catch {
    return []
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}
