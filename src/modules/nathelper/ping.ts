// Keep-alives: four octets 0 to each registered contact now and then, so that its NAT keeps the way open
// (SER module nathelper, natping_interval).

import type { Address, Milliseconds } from '../../endpoint.js'
import { Malformed } from '../../errors.js'
import type { Engine } from '../../proxy/engine.js'
import { locate } from '../../proxy/locate.js'
import { uriTarget } from '../../proxy/resolve.js'
import { parseUri } from '../../sip/uri.js'
import { CONTACT_NATED, isUsable, usrloc, type Contact } from '../usrloc.js'

const PING = '\0\0\0\0'

export class Pinger {
  #next: Milliseconds

  constructor(
    private readonly engine: Engine,
    private readonly intervalMs: Milliseconds,
    private readonly onlyNated: boolean,
  ) {
    this.#next = engine.now + intervalMs
  }

  /** Asleep while nobody is registered. */
  get deadline(): Milliseconds | undefined {
    for (const { size } of this.engine.use(usrloc).tables) if (size > 0) return this.#next
    return undefined
  }

  wake(now: Milliseconds): void {
    this.#next = now + this.intervalMs
    for (const table of this.engine.use(usrloc).tables)
      for (const [, contacts] of table.all())
        for (const contact of contacts) if (isUsable(contact, now)) this.#ping(contact)
  }

  #ping({ uri, received, flags }: Contact): void {
    if (this.onlyNated && (flags & CONTACT_NATED) === 0) return
    const parsed = parseUri(received ?? uri)
    const target = parsed instanceof Malformed ? undefined : uriTarget(parsed)
    if (target?.transport !== 'udp') return
    const result = locate(target, (found) => {
      const [remote] = found?.addresses ?? []
      if (remote !== undefined) this.#send(remote)
      return 1
    })
    this.engine.settle(result, () => undefined)
  }

  #send(remote: Address): void {
    const { sockets } = this.engine
    const isSix = remote.address.includes(':')
    const local = sockets.find(
      (socket) => socket.transport === 'udp' && socket.address.includes(':') === isSix,
    )
    if (local !== undefined) this.engine.send({ transport: 'udp', local }, remote, PING)
  }
}
