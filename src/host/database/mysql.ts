// mysql://USER:PASSWORD@HOST:PORT/DATABASE - MySQL and MariaDB, over TCP. Instants are UTC; a value that does not fit
// its column is refused, not cut.

import { createPool, type PoolConnection, type ResultSetHeader, type RowDataPacket } from 'mysql2/promise'
import type { Database } from './database.js'
import { serverOf } from './place.js'
import { CONNECT_MS_MAX, CONNECTIONS_MAX, ServerDatabase, type Server, type Session } from './server.js'
import { MYSQL } from './sql.js'
import { rowOf } from './values.js'

const USUAL_PORT = 3306
const SESSION = "SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'"
const BROKEN =
  /^(?:PROTOCOL_|ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|ER_SERVER_SHUTDOWN)/

/** Opens a pool; connections are made when they are needed. */
export async function openMysql(url: string): Promise<Database> {
  const { host, port = USUAL_PORT, user = 'root', password = '', database } = serverOf(url)
  const pool = createPool({
    ...{ host, port, user, password, database, charset: 'utf8mb4' },
    ...{ connectionLimit: CONNECTIONS_MAX, connectTimeout: CONNECT_MS_MAX, enableKeepAlive: true },
    ...{ dateStrings: true, decimalNumbers: true, multipleStatements: false },
  })
  // A connection that dies, idle or not, fails what is asked over it, and is replaced when one is needed.
  pool.on('connection', (connection) => connection.on('error', () => undefined))
  const prepared = new WeakSet<object>()
  const server: Server = {
    dialect: MYSQL,
    connect: async () => {
      const connection = await pool.getConnection()
      const { connection: raw } = connection
      if (!prepared.has(raw)) {
        await connection.query(SESSION)
        prepared.add(raw)
      }
      return sessionOf(connection)
    },
    isBroken: (error) => {
      const { code = '', fatal } = error as { code?: string; fatal?: boolean }
      return fatal === true || BROKEN.test(code)
    },
    end: () => pool.end(),
  }
  return new ServerDatabase(server)
}

function sessionOf(connection: PoolConnection): Session {
  return {
    run: async (sql, values) => {
      // Statements without values may be ones that cannot be prepared (BEGIN).
      const [result] =
        values.length === 0
          ? await connection.query<RowDataPacket[] | ResultSetHeader>(sql)
          : await connection.execute<RowDataPacket[] | ResultSetHeader>(sql, [...values])
      if (Array.isArray(result)) return { rows: result.map(rowOf), affected: 0 }
      return { rows: [], affected: result.affectedRows }
    },
    release: (isBroken) => (isBroken ? connection.destroy() : connection.release()),
  }
}
