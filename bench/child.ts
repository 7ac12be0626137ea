// A program under measurement: started, waited for, its CPU read over all its processes and threads, ended by its own id.

import { spawn, type ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

const END_MS_MAX = 5000

/** CPU time of a process, its threads and its children, in microseconds (run time of the scheduler, not sampled). */
export function cpuMicroseconds(pid: number): number {
  let total = 0
  for (const one of familyOf(pid))
    for (const thread of read(() => readdirSync(`/proc/${one}/task`), []))
      total += Number(
        read(() => readFileSync(`/proc/${one}/task/${thread}/schedstat`, 'latin1'), '0').split(' ')[0],
      )
  return total / 1000
}

/** The process and all that descend from it. */
function familyOf(pid: number): number[] {
  const children = read(() => readdirSync(`/proc/${pid}/task`), []).flatMap((thread) =>
    read(() => readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1'), '')
      .split(' ')
      .filter((text) => text.trim() !== '')
      .map(Number),
  )
  return [pid, ...children.flatMap(familyOf)]
}

/** What a process that has just ended leaves unread. */
function read<T>(from: () => T, otherwise: T): T {
  try {
    return from()
  } catch {
    return otherwise
  }
}

/** Resident memory in octets. */
export function residentBytes(pid: number): number {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')[1])
  return pages * 4096
}

/** A UDP port of loopback that nobody has, so that two measurements do not meet. */
export async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  const { port } = socket.address()
  await new Promise<void>((resolve) => socket.close(resolve))
  return port
}

const running = new Set<Child>()

/** Ends whatever still runs, at an interruption: nothing is left behind. */
export async function endAll(): Promise<void> {
  await Promise.all([...running].map((child) => child.end()))
}

export class Child {
  readonly #process: ChildProcess
  readonly #ended: Promise<number>
  #output = ''

  constructor(command: string, args: readonly string[], folder?: string) {
    this.#process = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(folder !== undefined && { cwd: folder }),
    })
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-20_000)
    }
    this.#process.stdout?.on('data', keep)
    this.#process.stderr?.on('data', keep)
    running.add(this)
    this.#ended = new Promise<number>((resolve) => {
      this.#process.once('error', () => resolve(127))
      this.#process.once('exit', (code) => resolve(code ?? 128))
    }).finally(() => running.delete(this))
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error('the program could not be started')
    return this.#process.pid
  }

  /** It and all that it started. */
  family(): number[] {
    return familyOf(this.pid)
  }

  get output(): string {
    return this.#output
  }

  get running(): boolean {
    return (
      this.#process.exitCode === null && this.#process.signalCode === null && this.#process.pid !== undefined
    )
  }

  /** Its exit code; after `limitMs` it is ended. */
  async finished(limitMs: number): Promise<number> {
    const late = new AbortController()
    const first = await Promise.race([
      this.#ended,
      pause(limitMs, 'late' as const, { signal: late.signal, ref: false }),
    ])
    late.abort()
    if (first !== 'late') return first
    await this.end()
    return 124
  }

  async end(): Promise<void> {
    if (!this.running) return
    this.#process.kill('SIGTERM')
    const late = setTimeout(() => this.#process.kill('SIGKILL'), END_MS_MAX)
    await this.#ended
    clearTimeout(late)
  }
}
