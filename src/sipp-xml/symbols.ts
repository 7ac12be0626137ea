// The names of a scenario while it is read: variables (counted, because a variable that stands once is likely a
// misspelling), transactions, labels, response timers and counters.

import type { Findings, Place } from './findings.js'
import type { Scope, VariableSlot } from './program.js'
import { VARIABLES_MAX } from './sizes.js'

interface KnownVariable extends VariableSlot {
  readonly place: Place
  uses: number
}

interface KnownTransaction {
  readonly name: string
  readonly place: Place
  isInvite: boolean
  started: number
  responses: number
  acks: number
}

export class Symbols {
  readonly variables: KnownVariable[] = []
  readonly transactions: KnownTransaction[] = []
  readonly timers: string[] = []
  readonly counters: string[] = []
  readonly #slots = new Map<string, number>()
  readonly #started = new Set<number>()

  constructor(private readonly findings: Findings) {}

  // ---- variables ----

  declare(name: string, scope: Scope, place: Place): void {
    if (!this.#slots.has(name)) this.#newSlot(name, scope, place)
  }

  /** The slot of a variable, made at its first use. */
  slot(name: string, place: Place): number {
    const known = this.#slots.get(name)
    if (known === undefined) return this.#newSlot(name, 'call', place)
    this.variables[known]!.uses++
    return known
  }

  /** The slot of a variable that is used somewhere. */
  find(name: string): number | undefined {
    return this.#slots.get(name)
  }

  #newSlot(name: string, scope: Scope, place: Place): number {
    if (this.variables.length === VARIABLES_MAX)
      this.findings.error('too-large', place, `more than ${VARIABLES_MAX} variables`)
    const slot = Math.min(this.variables.length, VARIABLES_MAX)
    this.#slots.set(name, slot)
    this.variables[slot] = { name, scope, place, uses: 1 }
    return slot
  }

  /** <Reference>: a use that says "I know". */
  reference(name: string, place: Place): void {
    const known = this.#slots.get(name)
    if (known !== undefined) this.variables[known]!.uses++
    else this.findings.error('variable', place, `Reference names ${name}, which is not used before it`)
  }

  // ---- transactions ----

  /** Number of a transaction. */
  transaction(name: string, role: 'started' | 'responses' | 'acks', place: Place): number {
    let number = this.transactions.findIndex((transaction) => transaction.name === name)
    if (number < 0) {
      number = this.transactions.length
      this.transactions.push({ name, place, isInvite: false, started: 0, responses: 0, acks: 0 })
    }
    this.transactions[number]![role]++
    return number
  }

  // ---- timers and counters ----

  /** "true" means timer 1. */
  timer(name: string, starts: boolean): number {
    const known = name === 'true' ? '1' : name
    let number = this.timers.indexOf(known)
    if (number < 0) number = this.timers.push(known) - 1
    if (starts) this.#started.add(number)
    return number
  }

  counter(name: string): number {
    const number = this.counters.indexOf(name)
    return number < 0 ? this.counters.push(name) - 1 : number
  }

  // ---- at the end ----

  judge(): void {
    for (const { name, place, uses } of this.variables)
      if (uses < 2 && name !== '' && !name.startsWith('_unexp.'))
        this.findings.warning(
          'variable',
          place,
          `the variable ${name} stands only once: SIPp refuses that`,
          `a misspelling? Otherwise add <Reference variables="${name}"/>`,
        )
    for (const transaction of this.transactions) this.#judgeTransaction(transaction)
  }

  #judgeTransaction({ name, place, isInvite, started, responses, acks }: KnownTransaction): void {
    const error = (text: string): void =>
      this.findings.error('transaction', place, `transaction ${name} ${text}`)
    if (started === 0) error('is never started')
    else if (responses === 0) error('has no response')
    if (started > 0 && isInvite && acks === 0) error('is an INVITE without an ACK')
    if (started > 0 && !isInvite && acks > 0) error('has an ACK, but is no INVITE')
  }
}
