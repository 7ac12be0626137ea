// What an engine holds right now, for SIGUSR1.

import { tm } from '../modules/tm/index.js'
import { usrloc } from '../modules/usrloc.js'
import type { Engine } from '../proxy/engine.js'
import type { ModuleRecord } from '../proxy/module.js'

/** "3 transactions alive (120 since the start), 5 contacts of 4 addresses, 61 MiB of memory" */
export function engineStatistics(engine: Engine): string {
  const parts: string[] = []
  if (engine.has(tm as ModuleRecord<never>)) {
    const { store } = engine.use(tm)
    parts.push(`${store.count} transactions alive (${store.total} since the start)`)
  }
  if (engine.has(usrloc as ModuleRecord<never>)) parts.push(contactsText(engine))
  const mebibytes = Math.round(process.memoryUsage().rss / 2 ** 20)
  return [...parts, `${mebibytes} MiB of memory`].join(', ')
}

function contactsText(engine: Engine): string {
  let contacts = 0
  let addresses = 0
  for (const table of engine.use(usrloc).tables)
    for (const [, bindings] of table.all()) {
      addresses++
      contacts += bindings.length
    }
  return `${contacts} contacts of ${addresses} addresses`
}
