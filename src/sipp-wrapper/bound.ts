// Is a port bound, and by whom?

import { canTell, holdsOne, inodesAt } from '../host/bound-sockets.js'

/** 'own': this process has it. 'stranger': only others have. 'free': nobody. undefined: cannot be told here. */
export function holderOf(port: number, pid: number): 'own' | 'stranger' | 'free' | undefined {
  if (!canTell()) return undefined
  const inodes = inodesAt(port, ['udp', 'tcp'], String(pid))
  if (inodes.length === 0) return 'free'
  return holdsOne(String(pid), inodes) ? 'own' : 'stranger'
}
