// The FIFO that a client of SER's FIFO reads its answer from.
//
// Rules kept: its name comes from the client and is hostile: a bare name in one folder, without dots and slashes; what
// it names must be a FIFO, neither a link nor linked elsewhere, that somebody reads. Opening it never blocks.

import { close, constants, fstat, open } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { writePieces } from './pieces.js'

const NAME_LENGTH_MAX = 128
/** A client may open it a little later (SER: 4 times, 80 ms). */
const TRIES = 4
const TRY_MS = 80
/** What has been written is read until then. */
const READ_MS_MAX = 10_000

const opened = promisify(open)
const stated = promisify(fstat)
const closed = promisify(close)

/** Writes an answer. Rejects with an Error that says why it cannot be. */
export async function replyOver(folder: string, name: string, texts: Iterable<string>): Promise<void> {
  if (!/^[^./\\\p{Cc}]+$/u.test(name) || name.length > NAME_LENGTH_MAX)
    throw new Error('a reply file is a bare name, without dots and slashes')
  const path = join(folder, name)
  const descriptor = await openReply(path)
  const stream = new Socket({ fd: descriptor, readable: false, writable: true })
  // What goes wrong is seen where it is written.
  stream.on('error', () => undefined)
  try {
    await writePieces(stream, texts)
    const ended = new Promise<void>((resolve) => stream.once('close', () => resolve()))
    stream.end()
    stream.setTimeout(READ_MS_MAX, () => stream.destroy())
    await ended
  } finally {
    stream.destroy()
  }
}

async function openReply(path: string): Promise<number> {
  const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW
  const descriptor = await tried(() => opened(path, flags))
  const { nlink, ...status } = await stated(descriptor)
  if (isFifo(status) && nlink === 1) return descriptor
  await closed(descriptor)
  throw new Error(`${path} is no FIFO, or is linked to`)
}

const isFifo = ({ mode }: { readonly mode: number }): boolean =>
  (mode & constants.S_IFMT) === constants.S_IFIFO

/** Again, as long as nobody reads. */
async function tried(act: () => Promise<number>): Promise<number> {
  for (let left = TRIES; ; left--)
    try {
      return await act()
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      if (code !== 'ENXIO') throw new Error(message, { cause: error })
      if (left <= 1) throw new Error('nobody reads it', { cause: error })
      await delay(TRY_MS)
    }
}
