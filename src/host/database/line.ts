// Questions in line: those that come while others are carried out are carried out together, in one transaction, so
// that one wait for the disk serves them all. Answered in the order in which they came.

import type { TableQuery } from '../../database.js'
import type { Rows } from './database.js'

/** Questions of one transaction. */
const BATCH_MAX = 1000

export type Queries = readonly TableQuery[]
export type Outcome = Rows | Error
/** Carries out several questions; each has its own outcome, durable when it is told. */
export type CarryOut = (questions: readonly Queries[]) => Promise<readonly Outcome[]>

interface Asked {
  readonly queries: Queries
  settle(outcome: Outcome): void
}

export class Line {
  #waiting: Asked[] = []
  #running: Promise<void> | undefined

  constructor(private readonly carryOut: CarryOut) {}

  /** Rejects with an Error when it could not be carried out. */
  ask(queries: Queries): Promise<Rows> {
    return new Promise((resolve, reject) => {
      const settle = (outcome: Outcome): void =>
        outcome instanceof Error ? reject(outcome) : resolve(outcome)
      this.#waiting.push({ queries, settle })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when everything asked so far has been answered. */
  async empty(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #run(): Promise<void> {
    // The other questions of this tick come along.
    await new Promise(setImmediate)
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, BATCH_MAX)
      const outcomes = await this.#outcomes(batch)
      for (const [index, { settle }] of batch.entries())
        settle(outcomes[index] ?? new Error('the database did not answer'))
    }
    this.#running = undefined
  }

  async #outcomes(batch: readonly Asked[]): Promise<readonly Outcome[]> {
    try {
      return await this.carryOut(batch.map(({ queries }) => queries))
    } catch (error) {
      return batch.map(() => error as Error)
    }
  }
}
