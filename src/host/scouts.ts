// Is anybody there at all? A UDP socket that serves everybody does not hear of closed ports; one that is connected to a
// single address does (RFC 3261 §18.4). Where a request has to be repeated, such a socket sends an empty datagram, which
// means nothing to a SIP server, and listens for the refusal.

import { createSocket } from 'node:dgram'
import type { Address, Milliseconds } from '../endpoint.js'

/** A refusal that takes longer counts as silence. */
const WAIT_MS: Milliseconds = 1000
/** Addresses looked at at a time; further ones are not. */
const SCOUTS_MAX = 64

export class Scouts {
  /** What ends each, by address. */
  readonly #underWay = new Map<string, () => void>()

  /** `refused` is called when nobody listens there. */
  look({ address, port }: Address, refused: () => void): void {
    const key = `${address} ${port}`
    if (this.#underWay.has(key) || this.#underWay.size >= SCOUTS_MAX) return
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    const end = (): void => {
      clearTimeout(timer)
      if (this.#underWay.delete(key)) socket.close()
    }
    const timer = setTimeout(end, WAIT_MS)
    this.#underWay.set(key, end)
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const isAwaited = this.#underWay.has(key)
      end()
      if (isAwaited && error.code === 'ECONNREFUSED') refused()
    })
    socket.connect(port, address, () => {
      if (this.#underWay.has(key)) socket.send('')
    })
  }

  close(): void {
    for (const end of this.#underWay.values()) end()
  }
}
