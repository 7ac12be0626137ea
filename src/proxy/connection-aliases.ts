// Connections under another port (the SER core's force_tcp_alias, RFC 5923): a phone opens a connection from a port of the
// moment, and its Via says where it listens. What goes there then takes the connection that is open. The address is
// always the one that the connection comes from: nobody draws another host's messages to himself.

import type { Address, Transport } from '../endpoint.js'
import { Malformed } from '../errors.js'
import type { Context } from './context.js'
import { SIP_PORT, SIPS_PORT } from './outgoing.js'

/** Beyond these, connections are found by their own ports only. */
const ALIASES_MAX = 100_000
/** Of one connection. */
const PORTS_MAX = 4

export class ConnectionAliases {
  readonly #connections = new Map<string, number>()
  readonly #keys = new Map<number, string[]>()

  /** Notes that `connection`, whose far end is at `address`, is meant by this port, too. False: there are too many. */
  add(transport: Transport, address: string, port: number, connection: number): boolean {
    const key = keyOf(transport, address, port)
    const known = this.#connections.get(key)
    if (known === connection) return true
    const keys = this.#keys.get(connection) ?? []
    if (this.#connections.size >= ALIASES_MAX || keys.length >= PORTS_MAX) return false
    // The newest connection of a phone is the one that lives.
    if (known !== undefined) this.#drop(known, key)
    this.#connections.set(key, connection)
    this.#keys.set(connection, [...keys, key])
    return true
  }

  /** The connection that is meant; undefined: none. */
  find(transport: Transport, { address, port }: Address): number | undefined {
    if (this.#connections.size === 0) return undefined
    return this.#connections.get(keyOf(transport, address, port))
  }

  closed(connection: number): void {
    for (const key of this.#keys.get(connection) ?? []) this.#connections.delete(key)
    this.#keys.delete(connection)
  }

  #drop(connection: number, key: string): void {
    const rest = this.#keys.get(connection)?.filter((one) => one !== key) ?? []
    if (rest.length === 0) this.#keys.delete(connection)
    else this.#keys.set(connection, rest)
  }
}

function keyOf(transport: Transport, address: string, port: number): string {
  return `${transport} ${address} ${port}`
}

/** Notes that the connection of a message is meant by `port`, or by that of its Via. False: it came over none, or there
 * are too many. */
export function aliasConnection({ engine, packet, message }: Context, port?: number): boolean {
  const { connection, transport, remote } = packet
  const via = message.topVia()
  if (connection === undefined || via === undefined || via instanceof Malformed) return false
  const listens = port ?? via.port ?? (transport === 'tls' ? SIPS_PORT : SIP_PORT)
  return engine.aliases.add(transport, remote.address, listens, connection)
}

/** With tcp_accept_aliases: does the Via ask for it (RFC 5923 §4)? */
export function asksForAlias({ message, packet, engine }: Context): boolean {
  if (packet.connection === undefined || !engine.settings.acceptAliases) return false
  const via = message.topVia()
  if (via === undefined || via instanceof Malformed) return false
  return /;\s*alias\s*(?:[;=,]|$)/i.test(message.text.slice(via.paramsStart, via.end))
}
