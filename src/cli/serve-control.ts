// The doors through which a running `serve` takes control commands: SER's FIFO when the script names one, and a socket
// for "sipwright ctl"; and the one through which numbers are read.

import { resolve } from 'node:path'
import type { Address } from '../endpoint.js'
import { UsageError } from '../errors.js'
import type { ControlDesk } from '../host/control/desk.js'
import { ControlFifo } from '../host/control/fifo.js'
import { makeRunFolder, ownSocket, runFolder, servedSockets } from '../host/control/run-folder.js'
import { ControlSocket } from '../host/control/socket.js'
import { Metrics } from '../host/metrics.js'
import type { EngineOptions } from '../proxy/engine.js'

/** SER's source; its folder of reply files. */
const FIFO_MODE = 0o660
const FIFO_MODE_BITS = 0o777
const REPLY_FOLDER = '/tmp'
/** Servers of one process that have a socket of their own. */
const SERVERS_MAX = 16

type Options = EngineOptions['program']['options']

export interface Doors {
  readonly desk: ControlDesk
  /** The script's. */
  readonly options: Options
  /** Path of the socket; "none"; undefined: one of ours in the run folder. */
  readonly control: string | undefined
  /** Where metrics are served, and what they are. */
  readonly metrics: Address | undefined
  readonly numbers: () => string
  /** A log line, ended by a line feed. */
  readonly say: (line: string) => void
}

type Closer = () => void | Promise<void>

/** Opens them; resolves with what closes them. Rejects with a UsageError when one that was named cannot be. */
export async function openControls(doors: Doors): Promise<() => Promise<void>> {
  const closers: Closer[] = []
  const close = async (): Promise<void> => {
    for (const one of closers.splice(0).reverse()) await one()
  }
  try {
    for (const open of [openSocket, openFifo, openMetrics]) {
      const opened = await open(doors)
      if (opened !== undefined) closers.push(() => opened.close())
    }
    return close
  } catch (error) {
    await close()
    throw error
  }
}

async function openMetrics({ metrics, numbers, say }: Doors): Promise<Metrics | undefined> {
  if (metrics === undefined) return undefined
  const { address, port } = metrics
  try {
    const opened = await Metrics.open(metrics, numbers)
    const host = address.includes(':') ? `[${address}]` : address
    say(`metrics at http://${host}:${opened.bound.port}/metrics\n`)
    return opened
  } catch (error) {
    throw new UsageError(`--metrics ${address}:${port}: ${(error as Error).message}`)
  }
}

async function openSocket({ desk, control, say }: Doors): Promise<ControlSocket | undefined> {
  if (control === 'none') return undefined
  if (control !== undefined)
    return ControlSocket.open(control, desk).catch((error: unknown) => {
      throw new UsageError(`--control: ${(error as Error).message}`)
    })
  try {
    const folder = runFolder()
    makeRunFolder(folder)
    // Those of servers that were killed are removed.
    await servedSockets(folder)
    return await firstFree(folder, desk)
  } catch (error) {
    say(`WARNING: no control socket: ${(error as Error).message}\n`)
    return undefined
  }
}

/** A process that serves more than once has a socket for each. */
async function firstFree(folder: string, desk: ControlDesk): Promise<ControlSocket> {
  for (let number = 1; ; number++)
    try {
      return await ControlSocket.open(ownSocket(folder, number), desk)
    } catch (error) {
      if (number >= SERVERS_MAX) throw error
    }
}

async function openFifo({ desk, options, say }: Doors): Promise<ControlFifo | undefined> {
  const path = textOf(options, 'fifo')
  if (path === undefined) return undefined
  const mode = options.get('fifo_mode')
  const fifo = {
    path: resolve(path),
    mode: typeof mode === 'number' ? mode & FIFO_MODE_BITS : FIFO_MODE,
    folder: textOf(options, 'fifo_dir') ?? REPLY_FOLDER,
    owner: ownerOf(textOf(options, 'fifo_user'), textOf(options, 'fifo_group')),
  }
  try {
    return await ControlFifo.open(fifo, desk, (text) => say(`${text}\n`))
  } catch (error) {
    say(`ERROR: the control FIFO ${path} cannot be made: ${(error as Error).message.trim()}\n`)
    return undefined
  }
}

function ownerOf(user: string | undefined, group: string | undefined): string | undefined {
  if (user === undefined && group === undefined) return undefined
  return `${user ?? ''}${group === undefined ? '' : `:${group}`}`
}

function textOf(options: Options, name: string): string | undefined {
  const value = options.get(name)
  return typeof value === 'string' && value !== '' ? value : undefined
}
