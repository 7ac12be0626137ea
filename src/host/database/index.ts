// The kinds of databases by the first word of their URLs; a kind's driver is loaded when the first URL asks for it.

import type { Opener } from './database.js'

export const OPENERS: Readonly<Record<string, Opener>> = {
  memory: async () => (await import('./memory.js')).openMemory(),
  sqlite: async (url, options) => (await import('./sqlite.js')).openSqlite(url, options),
  dbtext: async (url, options) => (await import('./dbtext.js')).openDbtext(url, options),
  mysql: async (url) => (await import('./mysql.js')).openMysql(url),
  postgres: async (url) => (await import('./postgres.js')).openPostgres(url),
  postgresql: async (url) => (await import('./postgres.js')).openPostgres(url),
}
