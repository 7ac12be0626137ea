// The client of a server's control socket (src/host/control/socket.ts): one connection, one request after the other.

import { connect, type Socket } from 'node:net'
import { createInterface, type Interface } from 'node:readline'
import { UsageError } from '../errors.js'
import { runFolder, servedSockets } from '../host/control/run-folder.js'
import type { SocketRequest } from '../host/control/socket.js'

export interface ControlReply {
  readonly code: number
  readonly reason: string
  readonly lines: readonly string[]
}

export interface Listener {
  begun(code: number, reason: string): void
  heard(lines: readonly string[]): void
}

/** A piece of an answer, as it travels. */
interface Piece {
  readonly code?: number
  readonly reason?: string
  readonly lines?: readonly string[]
  readonly end?: boolean
}

/** The socket of the only server of this user, or the one that was named. Rejects with a UsageError. */
export async function controlPath(named: string | undefined): Promise<string> {
  if (named !== undefined) return named
  const folder = runFolder()
  const [first, ...more] = await servedSockets(folder)
  if (first === undefined)
    throw new UsageError(
      `ctl: no server of yours is running (looked in ${folder}). Start one with "sipwright serve", or name its socket with --control.`,
    )
  if (more.length === 0) return first
  const list = [first, ...more].map((path) => `\n  --control ${path}`).join('')
  throw new UsageError(`ctl: more than one server is running, say which one:${list}`)
}

export class ControlClient {
  readonly #socket: Socket
  readonly #pieces: AsyncIterator<string>
  readonly #reader: Interface

  private constructor(socket: Socket) {
    this.#socket = socket
    // Seen by whoever waits for an answer.
    socket.on('error', () => undefined)
    this.#reader = createInterface({ input: socket, crlfDelay: Infinity })
    this.#pieces = this.#reader[Symbol.asyncIterator]()
  }

  /** Rejects with a UsageError when nobody listens. */
  static async connect(path: string): Promise<ControlClient> {
    const socket = connect(path)
    return new Promise((resolve, reject) => {
      socket.once('connect', () => resolve(new ControlClient(socket)))
      socket.once('error', ({ message }) =>
        reject(new UsageError(`ctl: no server listens at ${path} (${message}).`)),
      )
    })
  }

  /** Gives a command; with a listener, lines are told as they come. Rejects when the server goes away. */
  async ask(request: SocketRequest, listener?: Listener): Promise<ControlReply> {
    this.#socket.write(`${JSON.stringify(request)}\n`)
    const { code = 0, reason = '' } = await this.#next()
    listener?.begun(code, reason)
    const lines: string[] = []
    for (;;) {
      const piece = await this.#next()
      if (piece.end) return { code, reason, lines }
      if (listener === undefined) lines.push(...(piece.lines ?? []))
      else listener.heard(piece.lines ?? [])
    }
  }

  close(): void {
    this.#reader.close()
    this.#socket.destroy()
  }

  async #next(): Promise<Piece> {
    const next = await this.#pieces.next()
    if (next.done === true) throw new UsageError('ctl: the server has closed the connection.')
    try {
      return JSON.parse(next.value) as Piece
    } catch (error) {
      throw new UsageError('ctl: whoever listens there is no server of sipwright.', { cause: error })
    }
  }
}
