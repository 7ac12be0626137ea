// `sipwright conformance --faults`: have the checks been seen to fail?

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Case } from '../conformance/cases/case.js'
import { faultRun, soundRows } from '../lab/conformance/fault-run.js'
import { faultListMarkdown } from '../report/fault-list.js'
import type { Terminal } from './terminal.js'

/** Share of the faults that must be noticed. */
const NOTICED_MIN = 0.95

/** Exit code 1 when too many faults go unnoticed. */
export async function faults(
  folder: string,
  cases: readonly Case[],
  seed: number,
  out: string,
  { out: write, isTerminal }: Terminal,
): Promise<number> {
  const sound = await soundRows(folder, cases, seed)
  const results = await faultRun(folder, sound, seed, ({ fault, by }, done, all) => {
    if (isTerminal) write(`\r\x1b[2K${done} of ${all} faults`)
    if (by.length === 0)
      write(`${isTerminal ? '\r\x1b[2K' : ''}${fault.id}: no row notices that ${fault.about}\n`)
  })
  const list = results.map(({ fault: { id, about }, by }) => ({ id, about, by }))
  const file = join(out, 'conformance-faults.md')
  mkdirSync(out, { recursive: true })
  writeFileSync(
    file,
    faultListMarkdown(
      list,
      sound.map(({ id }) => id),
    ),
  )
  const seen = list.filter(({ by }) => by.length > 0).length
  write(`${isTerminal ? '\r\x1b[2K' : ''}${seen} of ${list.length} faults are noticed. List: ${file}\n`)
  return seen >= NOTICED_MIN * list.length ? 0 : 1
}
