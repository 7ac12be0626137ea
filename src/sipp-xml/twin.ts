// Commands between players (3PCC): texts over a TCP connection, each ended by an escape character, as SIPp sends them.
// The player whose scenario begins with recvCmd listens, the other one calls; in extended mode everybody listens.

import type { Address, Bytes, Output, Packet } from '../endpoint.js'
import type { TwinOptions } from './options.js'
import { MESSAGE_LENGTH_MAX } from './sizes.js'

const DELIMITER = '\x1b'
const CONNECTIONS_MAX = 1000

export class Twins {
  /** What has come over a connection and is not ended yet. */
  readonly #pending = new Map<number, string>()
  /** Where the other player can be answered. */
  #connection: number | undefined
  #peer: Address | undefined

  constructor(
    private readonly options: TwinOptions,
    /** We listen for the other player, and do not call it. */
    private readonly listens: boolean,
  ) {}

  /** Own address: where we listen. */
  get local(): Address {
    const { extended, address } = this.options
    return extended?.peers.get(extended.name) ?? address
  }

  get isListening(): boolean {
    return this.listens || this.options.extended !== undefined
  }

  /** Does a packet come from another player? */
  owns({ transport, local, remote, connection }: Packet): boolean {
    if (transport !== 'tcp') return false
    if (connection !== undefined && this.#pending.has(connection)) return true
    if (this.isListening && sameAddress(local, this.local)) return true
    return this.#others().some((address) => sameAddress(address, remote))
  }

  #others(): readonly Address[] {
    const { extended, address } = this.options
    return extended === undefined ? [address] : [...extended.peers.values()]
  }

  /** The commands that a chunk completes. */
  receive({ bytes, connection = -1, remote }: Packet): Bytes[] {
    if (!this.#pending.has(connection) && this.#pending.size >= CONNECTIONS_MAX) return []
    const parts = ((this.#pending.get(connection) ?? '') + bytes).split(DELIMITER)
    const rest = parts.pop()!
    this.#pending.set(connection, rest.length > MESSAGE_LENGTH_MAX ? '' : rest)
    if (this.options.extended === undefined) [this.#connection, this.#peer] = [connection, remote]
    return parts
  }

  closed(connection: number): boolean {
    if (this.#connection === connection) this.#connection = undefined
    return this.#pending.delete(connection)
  }

  /** The output that sends a command; undefined when there is nobody to send it to. */
  send(bytes: Bytes, dest: string | undefined, own: Address): Output | undefined {
    const { extended, address } = this.options
    const text = bytes + DELIMITER
    if (extended !== undefined) {
      const remote = dest === undefined ? undefined : extended.peers.get(dest)
      return remote && { type: 'send', transport: 'tcp', local: own, remote, bytes: text }
    }
    if (!this.listens) return { type: 'send', transport: 'tcp', local: own, remote: address, bytes: text }
    if (this.#connection === undefined || this.#peer === undefined) return undefined
    const back = { connection: this.#connection, remote: this.#peer }
    return { type: 'send', transport: 'tcp', local: this.local, bytes: text, ...back }
  }
}

function sameAddress(one: Address, two: Address): boolean {
  return one.port === two.port && one.address === two.address
}

/** The Call-ID of a command, in any case. */
export function commandCallId(text: Bytes): string {
  return /(?:^|\n)[ \t]*call-id[ \t]*:[ \t]*([^\s]+)/i.exec(text)?.[1] ?? ''
}

/** The word behind "internal-cmd:". */
export function internalCommand(text: Bytes): string | undefined {
  return /internal-cmd:[ \t]*([^ \t\r\n]+)/.exec(text)?.[1]
}

/** Who sent a command, as extended mode has it. */
export function commandSender(text: Bytes): string | undefined {
  return /From:[ \t]*([^ \t\r\n]+)[ \t\r\n]/.exec(text)?.[1]
}
