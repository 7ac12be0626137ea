// The control socket of a running engine (a UNIX socket): who may connect may give control commands, so only the user
// that the server runs as may.
//
// A request is a line, {"command": "ul_rm", "args": ["location", "alice"]}, or with "lines" as the FIFO reads them; the
// answer is a line with code and reason, lines with lists of further lines, and {"end": true}. Requests of one connection
// are answered in order.
// Rules kept: mode 0600 from the first moment; sizes and numbers are bounded; who does not read is cut off.

import { chmodSync, existsSync, lstatSync, unlinkSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { ControlAnswer } from '../../endpoint.js'
import { argumentsIn } from '../../proxy/control-lines.js'
import { CONTROL_ARGUMENTS_MAX } from '../../proxy/controls.js'
import type { ControlDesk } from './desk.js'
import { writePieces } from './pieces.js'

const CONNECTIONS_MAX = 32
/** Longer than the longest command with its arguments can be. */
export const REQUEST_LENGTH_MAX = 262_144
/** Requests of one connection that wait for their turn. */
const REQUESTS_MAX = 64
const IDLE_MS_MAX = 600_000
/** Lines of an answer that travel together. */
const LINES_TOGETHER = 500
/** What a UNIX socket's path may have (Linux, less the end). */
const PATH_LENGTH_MAX = 107

export interface SocketRequest {
  readonly command: string
  readonly args?: readonly string[]
  /** Instead of arguments. */
  readonly lines?: readonly string[]
}

export class ControlSocket {
  readonly #connections = new Set<Socket>()

  private constructor(
    readonly path: string,
    private readonly desk: ControlDesk,
    private readonly server: Server,
  ) {
    server.on('connection', (connection) => this.#connected(connection))
  }

  /** Listens at a path. Rejects with an Error that says why that cannot be. */
  static async open(path: string, desk: ControlDesk): Promise<ControlSocket> {
    if (Buffer.byteLength(path) > PATH_LENGTH_MAX)
      throw new Error(`${path} is too long for a socket: at most ${PATH_LENGTH_MAX} octets`)
    await removeStale(path)
    const server = createServer()
    server.maxConnections = CONNECTIONS_MAX
    const socket = new ControlSocket(path, desk, server)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      // Nobody else may connect, not even before the mode is set.
      const mask = process.umask(0o177)
      try {
        server.listen(path, resolve)
      } finally {
        process.umask(mask)
      }
    })
    chmodSync(path, 0o600)
    return socket
  }

  async close(): Promise<void> {
    for (const connection of this.#connections) connection.destroy()
    await new Promise((resolve) => this.server.close(resolve))
  }

  #connected(connection: Socket): void {
    this.#connections.add(connection)
    connection.on('close', () => this.#connections.delete(connection))
    connection.on('error', () => connection.destroy())
    connection.setTimeout(IDLE_MS_MAX, () => connection.destroy())
    let rest = ''
    let waiting = 0
    let turn: Promise<void> = Promise.resolve()
    connection.setEncoding('utf8')
    connection.on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop()!
      if (rest.length > REQUEST_LENGTH_MAX || waiting + lines.length > REQUESTS_MAX)
        return void connection.destroy()
      for (const line of lines) {
        waiting++
        turn = turn.then(() => this.#request(connection, line)).finally(() => waiting--)
      }
    })
  }

  async #request(connection: Socket, line: string): Promise<void> {
    if (connection.destroyed) return
    const request = requestIn(line)
    const answer =
      request === undefined
        ? { code: 400, reason: 'a request is {"command": "...", "args": ["..."]} on one line' }
        : await this.desk.ask(request.command, this.#arguments(request))
    try {
      await writePieces(connection, answerPieces(answer))
    } catch {
      connection.destroy()
    }
    // Whoever asked has it before the end.
    if (answer.stops === true) connection.end(() => this.desk.stop())
  }

  #arguments({ command, args, lines }: SocketRequest): readonly string[] {
    if (lines === undefined) return args ?? []
    return argumentsIn(this.desk.wantedBy(command.toLowerCase()) ?? [], lines)
  }
}

function requestIn(line: string): SocketRequest | undefined {
  try {
    const { command, args, lines } = JSON.parse(line) as Partial<SocketRequest>
    const list = lines ?? args
    const isList = Array.isArray(list) && list.every((one) => typeof one === 'string')
    if (typeof command !== 'string' || !isList) return undefined
    if (lines !== undefined) return { command, lines: list.map(octetsOf) }
    return list.length > CONTROL_ARGUMENTS_MAX ? undefined : { command, args: list.map(octetsOf) }
  } catch {
    return undefined
  }
}

/** Texts are octets inside (latin1), Unicode outside. */
const octetsOf = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')
const textOf = (octets: string): string => Buffer.from(octets, 'latin1').toString('utf8')

/** Octets of JSON lines. */
function* answerPieces({ code, reason, lines = [] }: ControlAnswer): Iterable<string> {
  yield octetsOf(`${JSON.stringify({ code, reason: textOf(reason) })}\n`)
  let together: string[] = []
  for (const line of lines) {
    together.push(textOf(line))
    if (together.length < LINES_TOGETHER) continue
    yield octetsOf(`${JSON.stringify({ lines: together })}\n`)
    together = []
  }
  if (together.length > 0) yield octetsOf(`${JSON.stringify({ lines: together })}\n`)
  yield '{"end":true}\n'
}

/** A socket that nobody listens at is removed. Rejects when somebody does, or it is something else. */
async function removeStale(path: string): Promise<void> {
  if (!existsSync(path) && lstatSync(path, { throwIfNoEntry: false }) === undefined) return
  if (!lstatSync(path).isSocket())
    throw new Error(`${path} is there and is no socket: remove it, or name another`)
  if (await isServed(path)) throw new Error(`another server listens at ${path}`)
  unlinkSync(path)
}

/** Does anybody listen there? */
export function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path)
    const settle = (served: boolean) => (): void => {
      probe.destroy()
      resolve(served)
    }
    probe.once('connect', settle(true))
    probe.once('error', settle(false))
  })
}
