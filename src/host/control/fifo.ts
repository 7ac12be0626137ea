// SER's control FIFO: commands are read from it, answers go to FIFOs that clients name (reply-fifo.ts). The protocol is
// src/proxy/control-lines.ts.
//
// Rules kept: one reader; nothing blocks; an old FIFO is replaced, any other file is not touched; when the last writer
// has gone a half command ends; at the end the FIFO is removed, if it is still ours.

import { execFile } from 'node:child_process'
import { closeSync, constants, fstatSync, lstatSync, openSync, unlinkSync } from 'node:fs'
import { Socket } from 'node:net'
import type { ControlAnswer, Milliseconds } from '../../endpoint.js'
import {
  answerLines,
  ControlReader,
  LineCutter,
  LINE_LENGTH_MAX,
  type ControlLine,
  type ControlRequest,
} from '../../proxy/control-lines.js'
import type { ControlDesk } from './desk.js'
import { replyOver } from './reply-fifo.js'

export interface FifoOptions {
  readonly path: string
  /** Permission bits. */
  readonly mode: number
  /** The folder of reply files. */
  readonly folder: string
  /** "USER", "USER:GROUP" or ":GROUP", as chown takes it. */
  readonly owner?: string | undefined
}

/** Commands that are carried out before others have their turn. */
const COMMANDS_A_TURN = 4
/** A command that is not written on for so long has ended. */
const HALF_MS_MAX: Milliseconds = 60_000
const PROGRAM_MS_MAX = 5000
/** Clients that wait for their answers, or do not read them; more get none. */
const REPLIES_MAX = 200
/** Complaints a second; more are counted. */
const COMPLAINTS_MAX = 10
const COMPLAINTS_MS: Milliseconds = 1000

export class ControlFifo {
  readonly #reader: ControlReader
  readonly #cutter = new LineCutter(LINE_LENGTH_MAX)
  #socket: Socket
  #lines: string[] = []
  #isTurning = false
  #half: NodeJS.Timeout | undefined
  #isClosed = false
  #replies = 0
  #complaints = 0

  private constructor(
    private readonly options: FifoOptions,
    private readonly desk: ControlDesk,
    /** Told of what goes wrong, a line each. */
    private readonly say: (text: string) => void,
    private readonly inode: number,
    descriptor: number,
  ) {
    this.#reader = new ControlReader((name) => desk.wantedBy(name))
    this.#socket = this.#listen(descriptor)
  }

  /** Makes the FIFO and reads from it. Rejects with an Error that says why it cannot be. */
  static async open(
    options: FifoOptions,
    desk: ControlDesk,
    say: (text: string) => void,
  ): Promise<ControlFifo> {
    const { path, mode, owner } = options
    removeOld(path)
    await run('mkfifo', ['-m', mode.toString(8), '--', path])
    try {
      if (owner !== undefined) await run('chown', ['--', owner, path])
      const descriptor = openSync(path, READ)
      const status = fstatSync(descriptor)
      if (status.isFIFO()) return new ControlFifo(options, desk, say, status.ino, descriptor)
      closeSync(descriptor)
      throw new Error(`${path} has been replaced`)
    } catch (error) {
      unlinkSync(path)
      throw error
    }
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#half)
    this.#socket.destroy()
    try {
      if (lstatSync(this.options.path).ino === this.inode) unlinkSync(this.options.path)
    } catch {
      // Somebody else has removed it.
    }
  }

  #listen(descriptor: number): Socket {
    const socket = new Socket({ fd: descriptor, readable: true, writable: false })
    socket.on('data', (octets: Buffer) => this.#received(octets.toString('latin1')))
    socket.on('end', () => this.#ended())
    socket.on('error', (error) => this.#broken(error))
    return socket
  }

  /** The last writer has gone. The FIFO is opened anew before the old end is closed: what comes between is kept. */
  #ended(): void {
    const rest = this.#cutter.end()
    this.#lines.push(...(rest === '' ? [] : [rest]), END)
    this.#turn()
    if (this.#isClosed) return
    try {
      const descriptor = openSync(this.options.path, READ)
      const { ino } = fstatSync(descriptor)
      const former = this.#socket
      if (ino === this.inode) this.#socket = this.#listen(descriptor)
      else closeSync(descriptor)
      former.destroy()
      if (ino !== this.inode) this.#broken(new Error('it has been replaced'))
    } catch (error) {
      this.#broken(error as Error)
    }
  }

  #broken({ message }: Error): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#socket.destroy()
    this.say(`ERROR: the control FIFO ${this.options.path} is not read any more: ${message}`)
  }

  #received(octets: string): void {
    this.#lines.push(...this.#cutter.push(octets))
    clearTimeout(this.#half)
    this.#half = setTimeout(() => this.#took(this.#reader.end()), HALF_MS_MAX).unref()
    this.#turn()
  }

  /** Some of the lines now, the others when whoever else waits has had a turn; no more is read until then. */
  #turn(): void {
    if (this.#isTurning) return
    const lines = this.#lines
    let commands = 0
    let at = 0
    while (at < lines.length && commands < COMMANDS_A_TURN) {
      const line = lines[at++]!
      if (this.#took(line === END ? this.#reader.end() : this.#reader.push(line))) commands++
    }
    lines.splice(0, at)
    if (lines.length === 0) return
    this.#isTurning = true
    const socket = this.#socket.pause()
    setImmediate(() => {
      this.#isTurning = false
      socket.resume()
      this.#turn()
    })
  }

  /** Carries out what a line led to; true when that was something. */
  #took(line: ControlLine | undefined): boolean {
    if (line === undefined) return false
    if ('request' in line) void this.#command(line.request)
    else this.#complain(line.complaint)
    return true
  }

  async #command({ name, args, replyTo }: ControlRequest): Promise<void> {
    const answer = await this.desk.ask(name, args)
    if (replyTo !== '') await this.#reply(replyTo, answer)
    if (answer.stops) this.desk.stop()
  }

  async #reply(replyTo: string, answer: ControlAnswer): Promise<void> {
    if (this.#replies >= REPLIES_MAX) return this.#complain(`more than ${REPLIES_MAX} clients wait`)
    this.#replies++
    try {
      await replyOver(this.options.folder, replyTo, answerLines(answer))
    } catch (error) {
      this.#complain(`no answer to ${JSON.stringify(replyTo)}: ${(error as Error).message}`)
    } finally {
      this.#replies--
    }
  }

  /** A client that floods does not flood the log. */
  #complain(text: string): void {
    if (this.#complaints++ === 0)
      setTimeout(() => {
        const untold = this.#complaints - COMPLAINTS_MAX
        this.#complaints = 0
        if (untold > 0) this.say(`ERROR: control FIFO: ${untold} complaints more`)
      }, COMPLAINTS_MS).unref()
    if (this.#complaints <= COMPLAINTS_MAX) this.say(`ERROR: control FIFO: ${text}`)
  }
}

const READ = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW
/** Stands for the end among the lines: no line holds a line feed. */
const END = '\n'

/** Runs a program of the system. Rejects with what it complains of. */
function run(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: PROGRAM_MS_MAX }, (error, _output, complaint) => {
      if (error === null) resolve()
      else reject(new Error(complaint.trim() || error.message, { cause: error }))
    })
  })
}

/** Throws an Error when what is there is no FIFO, or one that somebody reads. */
function removeOld(path: string): void {
  const status = lstatSync(path, { throwIfNoEntry: false })
  if (status === undefined) return
  if (!status.isFIFO()) throw new Error(`${path} is there and is no FIFO: remove it, or name another`)
  if (isRead(path)) throw new Error(`another server reads ${path}`)
  unlinkSync(path)
}

function isRead(path: string): boolean {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW))
    return true
  } catch (error) {
    // Nobody reads.
    if ((error as NodeJS.ErrnoException).code === 'ENXIO') return false
    throw error
  }
}
