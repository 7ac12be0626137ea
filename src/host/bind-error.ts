// A port that cannot be bound: which, who has it (where Linux tells), and what to do.

import type { Listen } from '../driver.js'
import { UsageError } from '../errors.js'
import { inodesAt, processWith } from './bound-sockets.js'

/** The error a user can act on. */
export function bindError(error: NodeJS.ErrnoException, { transport, address, port }: Listen): Error {
  const place = `${transport}:${address}:${port}`
  if (error.code === 'EADDRINUSE') {
    const who = processWith(inodesAt(port, [transport], 'self')) ?? 'another process'
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
