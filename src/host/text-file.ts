// Text files that a routing script names (rules of the module permissions): read once, when an engine is built.

import { readFileSync } from 'node:fs'
import { UsageError } from '../errors.js'

const FILE_BYTES_MAX = 4 * 1024 * 1024

/** The file's octets; undefined when there is none. Throws a UsageError when it is there and cannot be read. */
export function readTextFile(path: string): string | undefined {
  try {
    const content = readFileSync(path)
    if (content.length <= FILE_BYTES_MAX) return content.toString('latin1')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new UsageError(`${path} cannot be read: ${message}`)
  }
  throw new UsageError(`${path} is larger than ${FILE_BYTES_MAX} octets.`)
}
