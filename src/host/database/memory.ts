// memory:NAME - tables that last as long as the process. For trying scripts out, and for scenarios.

import type { Database } from './database.js'
import { Tables } from './tables.js'

/** Opens tables in memory. */
export async function openMemory(): Promise<Database> {
  const tables = new Tables()
  return {
    run: async (queries) => tables.run(queries),
    create: async (wanted) => ({ created: [], existing: wanted.map(({ name }) => name) }),
    close: async () => undefined,
  }
}
