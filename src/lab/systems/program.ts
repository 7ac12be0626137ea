// A server program that is started for a run: it has opened its port when it is handed over, its end is told, and it is
// ended with all that it has started.

import { spawn, type ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { Listen } from '../../driver.js'
import { UsageError } from '../../errors.js'
import { atTearDown } from '../../sipp-wrapper/tear-down.js'

/** How long a program may take to open its port. */
const START_MS_MAX = 10_000
const STOP_MS_MAX = 3000
const LOOK_EVERY_MS = 20
const SAID_CHARACTERS_MAX = 4000
const LINES_TOLD = 3

/** A server that runs. */
export interface RunningSystem {
  /** How it ended by itself; undefined while all is well. */
  readonly died: string | undefined
  stop(): Promise<void>
}

/** Started, and perhaps not up yet. */
export interface Started {
  readonly said: LastWords
  /** How it ended. */
  readonly ended: Promise<string>
  stop(): Promise<void>
}

/** The end of what a program says. */
export class LastWords {
  #heard = ''

  hear(chunk: Buffer): void {
    this.#heard = (this.#heard + chunk.toString('latin1')).slice(-SAID_CHARACTERS_MAX)
  }

  get text(): string {
    return this.#heard.trim().split('\n').slice(-LINES_TOLD).join(' | ')
  }
}

/**
 * Starts a server; resolves when its port is open. `name` is what errors call it.
 * Rejects with a UsageError, with the program's last words, when it does not.
 */
export async function startServer(
  start: () => Promise<Started>,
  name: string,
  at: Listen,
): Promise<RunningSystem> {
  // An interruption waits for what is just being started, and ends it.
  let starting: Promise<Started> | undefined
  const forget = atTearDown(() => Promise.resolve(starting?.then((started) => started.stop())))
  try {
    const { said, ended, stop } = await (starting = start())
    let died: string | undefined
    let isStopping = false
    void ended.then((how) => {
      if (!isStopping) died = `${name} ${how}: ${said.text}`
    })
    const end = async (): Promise<void> => {
      isStopping = true
      await stop().finally(forget)
    }
    if (await isUp(at, () => died !== undefined))
      return {
        get died() {
          return died
        },
        stop: end,
      }
    await end()
    throw new UsageError(
      died ?? `${name} opens no port at ${at.transport}:${at.address}:${at.port}: ${said.text}`,
    )
  } catch (error) {
    forget()
    throw error
  }
}

/** Starts a program of this machine. */
export async function startProgram([program = '', ...args]: readonly string[]): Promise<Started> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const said = new LastWords()
  child.stdout.on('data', (chunk: Buffer) => said.hear(chunk))
  child.stderr.on('data', (chunk: Buffer) => said.hear(chunk))
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) => resolve(`ended with ${signal ?? code}`))
  })
  return { said, ended, stop: () => end(child) }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const gone = new Promise((resolve) => child.once('exit', resolve))
  const late = new AbortController()
  void setTimeout(STOP_MS_MAX, undefined, { signal: late.signal })
    .then(() => kill(child, 'SIGKILL'))
    .catch(() => undefined)
  kill(child, 'SIGTERM')
  await gone
  late.abort()
}

/** With all that it has started. */
function kill({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid!, signal)
  } catch {
    // It has ended already.
  }
}

/** Is its port open? Servers open UDP before TCP, or at the same time. */
async function isUp(at: Listen, hasEnded: () => boolean): Promise<boolean> {
  const isOpen = at.transport === 'udp' ? hearsDatagrams : takesConnections
  for (const until = Date.now() + START_MS_MAX; Date.now() < until && !hasEnded();) {
    if (await isOpen(at)) return true
    await setTimeout(LOOK_EVERY_MS)
  }
  return false
}

function takesConnections({ address: host, port }: Listen): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port }, () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

/** A datagram to a closed port of this machine is refused at once; an empty line means nothing to a server. */
async function hearsDatagrams({ address, port }: Listen): Promise<boolean> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  let isRefused = false
  socket.on('error', () => (isRefused = true))
  await new Promise<void>((resolve) => socket.connect(port, address, resolve))
  socket.send('\r\n\r\n')
  await setTimeout(LOOK_EVERY_MS)
  socket.close()
  return !isRefused
}
