// Test support: `sipwright serve` in this process, until the test ends it.

import { captured, type Captured } from './captured.js'
import { main } from './main.js'

const MODULES = ['sl', 'tm', 'usrloc', 'registrar'].map((module) => `loadmodule "${module}.so"\n`)
/** Begins a script: a registrar's modules, on loopback. */
export const REGISTRAR = `\nlisten=127.0.0.1\n${MODULES.join('')}`

export interface Serving {
  readonly terminal: Captured
  /** Its exit code. */
  readonly ended: Promise<number>
  readonly isOver: () => boolean
  /** Where it listens over this transport; NaN where it does not. */
  readonly portOf: (transport: string) => number
}

/** Serves once it says where it listens; what it says is in `terminal`. Resolves, too, when it ends before. */
export async function serving(words: readonly string[]): Promise<Serving> {
  const terminal = captured()
  let over = false
  const ended = main(['serve', ...words], terminal).finally(() => (over = true))
  await Promise.race([terminal.shown('Aliases'), ended])
  const place = (transport: string): RegExp =>
    new RegExp(`${transport}: 127\\.0\\.0\\.1 \\[127\\.0\\.0\\.1\\]:(\\d+)`)
  return {
    ...{ terminal, ended, isOver: () => over },
    portOf: (transport) => Number(place(transport).exec(terminal.output)?.[1]),
  }
}
