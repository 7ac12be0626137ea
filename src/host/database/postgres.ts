// postgres://USER:PASSWORD@HOST:PORT/DATABASE - PostgreSQL, over TCP. Instants are UTC.

import { Pool, types, type PoolClient } from 'pg'
import type { Database } from './database.js'
import { serverOf } from './place.js'
import { CONNECT_MS_MAX, CONNECTIONS_MAX, ServerDatabase, type Server, type Session } from './server.js'
import { POSTGRES } from './sql.js'
import { rowOf } from './values.js'

const USUAL_PORT = 5432
/** SQLSTATE: connection exceptions, and a server that shuts down; and what sockets say. */
const BROKEN = /^(?:08...|57P0.|ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN)/
const BROKEN_TEXT =
  /Connection terminated|timeout exceeded when trying to connect|not queryable|Client was closed/i

/** OIDs of types that the driver would make something else of. */
const READERS: Readonly<Record<number, (text: string) => unknown>> = {
  16: (text) => (text === 't' ? 1 : 0),
  20: Number,
  1700: Number,
  // Instants with parts of a second, and perhaps a zone (which is UTC).
  1082: (text) => text,
  1114: (text) => text.slice(0, 19),
  1184: (text) => text.slice(0, 19),
}

/** Opens a pool; connections are made when they are needed. */
export async function openPostgres(url: string): Promise<Database> {
  const { host, port = USUAL_PORT, user, password, database } = serverOf(url)
  const pool = new Pool({
    ...{ host, port, database, user: user ?? 'postgres', password: password ?? '' },
    ...{ max: CONNECTIONS_MAX, connectionTimeoutMillis: CONNECT_MS_MAX, keepAlive: true },
    ...{ options: '-c TimeZone=UTC -c DateStyle=ISO', application_name: 'sipwright' },
    types: {
      getTypeParser: (oid) => READERS[oid] ?? (types.getTypeParser(oid) as (text: string) => unknown),
    },
  })
  // A connection that dies, idle or not, fails what is asked over it, and is replaced when one is needed.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  const server: Server = {
    dialect: POSTGRES,
    connect: async () => sessionOf(await pool.connect()),
    isBroken: (error) => {
      const { code = '', message = '' } = error as NodeJS.ErrnoException
      return BROKEN.test(code) || BROKEN_TEXT.test(message)
    },
    end: () => pool.end(),
  }
  return new ServerDatabase(server)
}

function sessionOf(client: PoolClient): Session {
  return {
    run: async (text, values) => {
      const { rows, rowCount, command } = await client.query<Record<string, unknown>>(text, [...values])
      return { rows: rows.map(rowOf), affected: command === 'SELECT' ? 0 : (rowCount ?? 0) }
    },
    release: (isBroken) => client.release(isBroken),
  }
}
