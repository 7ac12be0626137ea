// Serial lines (modems): opened when first needed, kept open, one exchange at a time each. What comes between two
// exchanges belongs to the next one.
//
// Only terminals are opened, with the speed that the script says; `stty` of the system sets it.

import { execFile } from 'node:child_process'
import { closeSync, constants, openSync, write } from 'node:fs'
import { isatty, ReadStream } from 'node:tty'
import { promisify } from 'node:util'
import type { Answer, Bytes, Question } from '../endpoint.js'

type Exchange = Extract<Question, { kind: 'exchange' }>

const OCTETS_MAX = 64 * 1024
const TIMEOUT_MS_MAX = 120_000
/** Exchanges that wait for one line. */
const WAITING_MAX = 16
const LINES_MAX = 16
const CHANNEL = /^serial:(\/[\w./-]+)(?:\?baud=(\d{2,6}))?$/

const run = promisify(execFile)

export class SerialLines {
  readonly #lines = new Map<string, Promise<SerialLine>>()

  /** Resolves with what came back, or with a failure. */
  async answer(question: Exchange): Promise<Answer> {
    const [, device, baud = '9600'] = CHANNEL.exec(question.channel) ?? []
    if (device === undefined) return failure(question, 'write serial:/dev/ttyS0?baud=9600')
    try {
      const line = await this.#open(device, baud)
      return await line.exchange(question)
    } catch (error) {
      // It may be plugged in again later.
      await this.#forget(device)
      return failure(question, (error as Error).message)
    }
  }

  #open(device: string, baud: string): Promise<SerialLine> {
    const known = this.#lines.get(device)
    if (known !== undefined) return known
    if (this.#lines.size >= LINES_MAX) return Promise.reject(new Error(`more than ${LINES_MAX} serial lines`))
    const opening = openLine(device, baud)
    this.#lines.set(device, opening)
    return opening
  }

  async #forget(device: string): Promise<void> {
    const line = this.#lines.get(device)
    this.#lines.delete(device)
    await line?.then(
      (one) => one.close(),
      () => undefined,
    )
  }

  close(): void {
    for (const device of this.#lines.keys()) void this.#forget(device)
  }
}

async function openLine(device: string, baud: string): Promise<SerialLine> {
  const flags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK
  const descriptor = openSync(device, flags)
  try {
    if (!isatty(descriptor)) throw new Error(`${device} is no serial line`)
    await run('stty', ['-F', device, baud, 'raw', '-echo', 'cs8', '-cstopb', 'clocal'])
    return new SerialLine(descriptor)
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}

class SerialLine {
  readonly #stream: ReadStream
  #received: Bytes = ''
  /** What came before the exchange that is under way. */
  #before = 0
  #notice: () => void = () => undefined
  #broken: Error | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(private readonly descriptor: number) {
    this.#stream = new ReadStream(descriptor)
    this.#stream.on('data', (octets: Buffer) => {
      this.#received = (this.#received + octets.toString('latin1')).slice(-OCTETS_MAX)
      this.#notice()
    })
    const broken = (error?: Error): void => {
      this.#broken ??= error ?? new Error('the line was closed')
      this.#notice()
    }
    this.#stream.on('error', broken)
    this.#stream.on('close', () => broken())
  }

  /** Rejects when the line is broken. */
  exchange(question: Exchange): Promise<Answer> {
    if (this.#waiting >= WAITING_MAX) return Promise.resolve(failure(question, 'too many wait for it'))
    this.#waiting++
    const answer = this.#turn.then(() => this.#exchange(question))
    this.#turn = answer.catch(() => undefined).finally(() => this.#waiting--)
    return answer
  }

  #exchange(question: Exchange): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#before = this.#received.length
      const limitMs = Math.max(1, Math.min(question.timeoutMs, TIMEOUT_MS_MAX))
      const end = (settle: () => void): void => {
        clearTimeout(timer)
        this.#notice = () => undefined
        settle()
      }
      const timer = setTimeout(() => end(() => resolve(failure(question, 'no answer in time'))), limitMs)
      const look = (): void => {
        const broken = this.#broken
        if (broken !== undefined) return end(() => reject(broken))
        const fresh = this.#received.slice(this.#before)
        if (!question.until.some((text) => fresh.includes(text))) return
        const octets = this.#received
        this.#received = ''
        end(() => resolve({ kind: 'octets', octets }))
      }
      this.#notice = look
      look()
      write(this.descriptor, Buffer.from(question.bytes, 'latin1'), (error) => {
        if (error !== null) end(() => reject(error))
      })
    })
  }

  close(): void {
    this.#stream.destroy()
  }
}

function failure({ channel }: Exchange, reason: string): Answer {
  return { kind: 'failure', reason: `${channel}: ${reason}` }
}
