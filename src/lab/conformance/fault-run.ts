// Can the checks fail? Each deliberate fault is put around the engine, and the rows that pass without it are played again.
// A fault that none notices is a gap in the catalogue; a row that notices none is a check that nobody has seen to fail.

import type { Case } from '../../conformance/cases/case.js'
import { FAULTS } from '../../conformance/fault-table.js'
import { Faulty, type Fault } from '../../conformance/faulty.js'
import { VirtualTarget } from './virtual.js'

export interface Caught {
  readonly fault: Fault
  /** Ids of the rows that noticed; none: it went unseen. */
  readonly by: readonly string[]
}

/** The rows that pass on the engine as it is. */
export async function soundRows(folder: string, cases: readonly Case[], seed: number): Promise<Case[]> {
  const target = new VirtualTarget(folder, 'rfc3261', seed)
  const passing: Case[] = []
  for (const one of cases) if ((await target.run(one)).verdict === 'pass') passing.push(one)
  return passing
}

/** The rows that fail with this fault around the engine. */
export async function caughtBy(
  fault: Fault,
  folder: string,
  cases: readonly Case[],
  seed: number,
): Promise<Caught> {
  const target = new VirtualTarget(folder, 'rfc3261', seed, (server) => new Faulty(server, fault))
  const by: string[] = []
  for (const one of cases) if ((await target.run(one)).verdict !== 'pass') by.push(one.id)
  return { fault, by }
}

/** Every fault in turn over rows that are sound; `told` hears each as it is done. */
export async function faultRun(
  folder: string,
  sound: readonly Case[],
  seed: number,
  told: (caught: Caught, done: number, all: number) => void,
): Promise<Caught[]> {
  const results: Caught[] = []
  for (const fault of FAULTS) {
    results.push(await caughtBy(fault, folder, sound, seed))
    told(results.at(-1)!, results.length, FAULTS.length)
  }
  return results
}
