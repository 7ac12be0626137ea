// A terminal for tests: what was written is kept as text.

import type { Terminal } from './terminal.js'

export interface Captured extends Terminal {
  /** Everything written to standard output so far. */
  readonly output: string
  readonly errors: string
  /** Resolves once standard output or error shows this text. */
  shown(text: string): Promise<void>
}

export function captured(): Captured {
  let output = ''
  let errors = ''
  const waiters = new Map<string, () => void>()
  const look = (): void => {
    for (const [text, done] of waiters) if (output.includes(text) || errors.includes(text)) done()
  }
  return {
    isTerminal: false,
    width: 100,
    out(text) {
      output += text
      look()
    },
    err(text) {
      errors += text
      look()
    },
    get output() {
      return output
    },
    get errors() {
      return errors
    },
    shown: (text) =>
      new Promise((resolve) => {
        waiters.set(text, resolve)
        look()
      }),
  }
}
