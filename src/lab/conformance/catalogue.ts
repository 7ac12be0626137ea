// The catalogue on disk: the case files, and the routing scripts that put a server into the roles they need.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Case } from '../../conformance/cases/case.js'
import { readCases } from '../../conformance/cases/case-file.js'
import type { Bytes } from '../../endpoint.js'
import { UsageError } from '../../errors.js'
import type { Purpose } from '../../report/scorecard.js'

/** Folder of the catalogue, inside the package. */
export const CATALOGUE = 'features/conformance'

/** Every row, in the order of its id. Throws a ScriptError where a file cannot be read, a UsageError for an id given twice. */
export function readCatalogue(folder: string): Case[] {
  const cases: Case[] = []
  for (const name of readdirSync(join(folder, 'cases')).sort()) {
    if (!name.endsWith('.md')) continue
    const file = join(folder, 'cases', name)
    cases.push(...readCases(readFileSync(file, 'utf8'), file))
  }
  const seen = new Map<string, Case>()
  for (const one of cases) {
    const former = seen.get(one.id)
    if (former !== undefined)
      throw new UsageError(
        `${one.file}:${one.line}: ${one.id} stands in ${former.file}:${former.line} already`,
      )
    seen.set(one.id, one)
  }
  return cases
}

/** Reads the files of `data/`. The reader throws a UsageError for a name that is none of theirs. */
export function dataReader(folder: string): (name: string) => Bytes {
  const known = new Map<string, Bytes>()
  return (name) => {
    let octets = known.get(name)
    if (octets === undefined) {
      const file = join(folder, 'data', name)
      if (!/^(?:[a-z0-9-]+\/)*[a-z0-9.-]+$/.test(name) || !existsSync(file))
        throw new UsageError(`there is no ${file}`)
      known.set(name, (octets = readFileSync(file, 'latin1')))
    }
    return octets
  }
}

/** A configuration's text; {folder} in it is where it stands. */
export function roleText(file: string): string {
  return readFileSync(file, 'utf8').replaceAll('{folder}', () => dirname(file))
}

/** The configuration of a server of this make for a role; undefined when it has none. */
export function roleFile(folder: string, make: string, role: string): string | undefined {
  return ['cfg', 'json']
    .map((ending) => join(folder, 'servers', make, `${role}.${ending}`))
    .find((file) => existsSync(file))
}

/** The test purposes of ETSI TS 102 027-2 by the clauses they cite. */
export function readPurposes(folder: string): Purpose[] {
  const [, ...lines] = readFileSync(join(folder, 'etsi.csv'), 'utf8').trim().split('\n')
  return lines.map((line) => {
    const [id = '', section = '', groups = ''] = line.split(',')
    return { id, section, groups: groups.split(' ') }
  })
}
