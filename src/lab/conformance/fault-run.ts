// Can the checks fail? Each deliberate fault is put around the engine, and the rows that pass without it are played until
// one of them notices. A fault that none notices is a gap in the catalogue.

import type { Case } from '../../conformance/cases/case.js'
import { FAULTS } from '../../conformance/fault-table.js'
import { Faulty, type Fault } from '../../conformance/faulty.js'
import { VirtualTarget } from './virtual.js'

export interface Caught {
  readonly fault: Fault
  /** Rows that noticed, the first ones; none: it went unseen. */
  readonly by: readonly string[]
}

export interface FaultRunOptions {
  readonly folder: string
  readonly cases: readonly Case[]
  readonly seed: number
  /** Rows to find for each fault before the next one's turn; Infinity plays all of them. */
  readonly enough: number
  readonly told: (caught: Caught, done: number, all: number) => void
}

/** Plays the faults in turn; the rows that fail without any are left out. */
export async function faultRun({ folder, cases, seed, enough, told }: FaultRunOptions): Promise<Caught[]> {
  const sound = new VirtualTarget(folder, 'rfc3261', seed)
  const passing: Case[] = []
  for (const one of cases) if ((await sound.run(one)).verdict === 'pass') passing.push(one)
  const results: Caught[] = []
  for (const fault of FAULTS) {
    const target = new VirtualTarget(folder, 'rfc3261', seed, (server) => new Faulty(server, fault))
    const by: string[] = []
    for (const one of passing) {
      if ((await target.run(one)).verdict !== 'pass') by.push(one.id)
      if (by.length >= enough) break
    }
    const caught = { fault, by }
    results.push(caught)
    told(caught, results.length, FAULTS.length)
  }
  return results
}
