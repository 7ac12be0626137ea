// A response whose connection is gone: it goes to where the Via says that its sender listens, and where nobody takes it
// there, to the servers that DNS names for the Via's host (RFC 3261 §18.2.2, RFC 3263 §5).

import type { Address } from '../../endpoint.js'
import { Malformed } from '../../errors.js'
import { locate, type Found } from '../../proxy/locate.js'
import { DEFAULT_PORTS, isIp } from '../../proxy/resolve.js'
import type { Result } from '../../script/contract.js'
import type { Transaction } from './cell.js'
import type { Tm } from './tm.js'

/** Where a response has been sent instead, and how to find the next place when it is not taken there. */
export interface Elsewhere {
  readonly remote: Address
  readonly next: (() => void) | undefined
}

/** Did the request come over a connection that has ended? */
export function hasNoConnection({ engine }: Tm, { context }: Transaction): boolean {
  const { connection } = context.packet
  return connection !== undefined && engine.rules.responsesReconnect && !engine.isOpen(connection)
}

/** Sends the last response over a connection of our own. */
export function sendElsewhere(tm: Tm, transaction: Transaction): void {
  const { packet, message } = transaction.context
  const via = message.topVia()
  if (via === undefined || via instanceof Malformed) return
  const port = via.port ?? DEFAULT_PORTS[packet.transport]
  const target = { host: via.host, port: undefined, transport: packet.transport }
  const isNamed = via.port === undefined && !isIp(via.host)
  const byName = (): void =>
    tm.engine.settle(
      locate(target, (found) => sendTo(tm, transaction, found)),
      () => undefined,
    )
  send(tm, transaction, { address: packet.remote.address, port }, isNamed ? byName : undefined)
}

/** Nobody took the response there: the next place, if there is one. */
export function notTaken({ elsewhere }: Transaction, transport: string, address: string, port: number): void {
  if (elsewhere?.remote.address === address && elsewhere.remote.port === port && transport !== 'udp')
    elsewhere.next?.()
}

function sendTo(tm: Tm, transaction: Transaction, found: Found | undefined): Result {
  const [remote, ...addresses] = found?.addresses ?? []
  if (found === undefined || remote === undefined) return -1
  const rest = addresses.length > 0 ? { ...found, addresses } : undefined
  const further = (): void => {
    const result =
      rest === undefined
        ? found.more?.((more) => sendTo(tm, transaction, more))
        : sendTo(tm, transaction, rest)
    if (result !== undefined) tm.engine.settle(result, () => undefined)
  }
  send(tm, transaction, remote, further)
  return 1
}

function send(tm: Tm, transaction: Transaction, remote: Address, next: (() => void) | undefined): void {
  const { context, lastReply } = transaction
  const { transport, local } = context.packet
  transaction.elsewhere = { remote, next }
  if (lastReply !== undefined) tm.engine.send({ transport, local }, remote, lastReply)
}
