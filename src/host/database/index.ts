// The kinds of databases by the first word of their URLs; a kind's driver is loaded when the first URL asks for it.

import type { Opener } from './database.js'

export const OPENERS: Readonly<Record<string, Opener>> = {
  memory: async () => (await import('./memory.js')).openMemory(),
}
