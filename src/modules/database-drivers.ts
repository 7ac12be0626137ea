// SER modules mysql, dbtext and postgres: loading one allows database URLs that begin with its name (SER's modules).
// Who talks to databases is outside of the engine; modules with a URL check here that its driver is loaded.

import type { Engine } from '../proxy/engine.js'
import type { ModuleRecord } from '../proxy/module.js'

function driver(file: string, about: string): ModuleRecord {
  return { name: file, file, about, params: {}, start: () => ({}), functions: {} }
}

export const DRIVERS = [
  driver('mysql', 'allows database URLs that begin with mysql:'),
  driver('dbtext', 'allows database URLs that begin with dbtext: and name a folder of text files'),
  driver('postgres', 'allows database URLs that begin with postgres:'),
] as const

/** Throws an Error with SER's wording when the driver that a database URL names is not loaded. */
export function bindDatabase({ program }: Engine, module: string, url: string): void {
  const scheme = url.split(':', 1)[0]!.toLowerCase()
  if (!DRIVERS.some(({ file }) => file === scheme) || program.modules.includes(scheme)) return
  throw new Error(
    `${module}: Unable to bind database module: put loadmodule "${scheme}.so" before it, for ${scheme}: URLs`,
  )
}
