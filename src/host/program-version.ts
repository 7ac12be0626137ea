// Asks programs for their version; a program that is missing, fails or takes too long has none.

import { execFile } from 'node:child_process'

const TIMEOUT_MS = 5000
const OUTPUT_BYTES_MAX = 256 * 1024

/** The first line with a digit that one of these command lines prints. */
export async function programVersion(
  asked: readonly (readonly [program: string, ...args: string[]])[],
): Promise<string | undefined> {
  for (const [program, ...args] of asked) {
    const line = await firstLine(program, args)
    if (line !== undefined) return line
  }
  return undefined
}

function firstLine(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const limits = { timeout: TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX }
    execFile(program, args, limits, (error, stdout, stderr) => {
      const line = `${stdout}\n${stderr}`.split('\n').find((text) => /\d/.test(text))
      // SIPp tells its version and ends with a code of its own; a program that is not there has a code in letters.
      const answered = error === null || (typeof error.code === 'number' && stdout !== '')
      resolve(answered ? line?.trim() : undefined)
    })
  })
}
