// Long answers leave piece by piece, as fast as who reads them: nothing is made before it can be sent, and who does not
// read is not waited for.

import { once } from 'node:events'
import type { Writable } from 'node:stream'

const PIECE_LENGTH = 32_768
/** Nobody reads for so long: it is given up. */
const STALLED_MS_MAX = 10_000

/** Writes texts of octets. Rejects when the reader has gone, or does not read. */
export async function writePieces(stream: Writable, texts: Iterable<string>): Promise<void> {
  let piece = ''
  for (const text of texts) {
    piece += text
    if (piece.length < PIECE_LENGTH) continue
    await write(stream, piece)
    piece = ''
  }
  if (piece !== '') await write(stream, piece)
}

async function write(stream: Writable, piece: string): Promise<void> {
  if (stream.destroyed) throw new Error('the reader has gone')
  if (stream.write(Buffer.from(piece, 'latin1'))) return await new Promise((resolve) => setImmediate(resolve))
  const gone = once(stream, 'close').then(() => {
    throw new Error('the reader has gone')
  })
  gone.catch(() => undefined)
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(new Error('nobody reads')), STALLED_MS_MAX)
  try {
    await Promise.race([once(stream, 'drain', { signal: controller.signal }), gone])
  } finally {
    clearTimeout(timer)
  }
}
