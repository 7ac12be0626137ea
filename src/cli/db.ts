// `sipwright db create`: makes SER's tables in a database. What is there already stays as it is.

import { nearest, UsageError } from '../errors.js'
import { Databases, reasonOf, redacted, type Created } from '../host/database/database.js'
import { OPENERS } from '../host/database/index.js'
import { SCHEMA, type TableSchema } from '../host/database/schema.js'
import { parsed } from './arguments.js'
import type { Terminal } from './terminal.js'

export const help = `sipwright db create URL

Makes the tables that routing scripts use (subscriber, location, acc ...) where they are not there yet; tables that are
there are not touched. URLs are those of db_url parameters:

  sqlite:ser.db                              a file, made if need be
  dbtext:/var/lib/ser                        a folder of text files, one a table
  mysql://USER:PASSWORD@HOST:PORT/DATABASE   MySQL or MariaDB; the database must be there
  postgres://USER:PASSWORD@HOST:PORT/DATABASE

  --tables A,B   only these
  --json         what was made, as JSON

Example: sipwright db create sqlite:ser.db
`

export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { positionals, values } = parsed('db', argv, {
    allowPositionals: true,
    options: { tables: { type: 'string' }, json: { type: 'boolean' } },
  })
  const [verb, url, ...more] = positionals
  if (verb !== 'create' || url === undefined || more.length > 0)
    throw new UsageError('db: say what to do and where, as in "sipwright db create sqlite:ser.db".')
  const created = await create(url, tablesNamed(values.tables))
  if (values.json) terminal.out(`${JSON.stringify({ database: redacted(url), ...created })}\n`)
  else terminal.out(summary(url, created))
  return 0
}

async function create(url: string, tables: readonly TableSchema[]): Promise<Created> {
  const databases = new Databases(OPENERS)
  try {
    return await (await databases.open(url)).create(tables)
  } catch (error) {
    throw new UsageError(`db: ${reasonOf(error, url)}`)
  } finally {
    await databases.close()
  }
}

/** "version" is always among them: there it says which layout a table has. */
function tablesNamed(list: string | undefined): readonly TableSchema[] {
  if (list === undefined) return SCHEMA
  const names = list.split(',').map((name) => name.trim())
  const known = SCHEMA.map(({ name }) => name)
  const wrong = names.find((name) => !known.includes(name))
  if (wrong !== undefined) {
    const near = nearest(wrong, known)
    throw new UsageError(
      `--tables: there is no table ${wrong}${near ? `, did you mean ${near}?` : '.'} Tables: ${known.join(', ')}`,
    )
  }
  return SCHEMA.filter(({ name }) => name === 'version' || names.includes(name))
}

function summary(url: string, { created, existing }: Created): string {
  const made = created.length > 0 ? `made ${created.join(', ')}` : 'nothing was to be made'
  const kept = existing.length > 0 ? `; there already: ${existing.join(', ')}` : ''
  return `${redacted(url)}: ${made}${kept}\n`
}
