// Where tm keeps its transactions: slots that our own branch parameter names, and keys that requests are found by.

import { Malformed } from '../../errors.js'
import type { Random } from '../../random.js'
import type { Message } from '../../sip/message.js'
import type { Branch, Place, Transaction } from './cell.js'

/** Transactions alive at once; beyond it new requests are refused, memory stays bounded. */
export const TRANSACTIONS_MAX = 1_000_000

/** Hash entries that SER shows (t_hash). */
export const ENTRIES = 65_536

const COOKIE_LENGTH = 'z9hG4bK'.length

export class Store {
  readonly #slots: (Transaction | undefined)[] = []
  readonly #free: number[] = []
  readonly #keys = new Map<string, Transaction>()
  #count = 0
  /** Ever created. */
  total = 0
  /** The same by slot, modulo SER's number of hash entries. */
  readonly totals = new Uint32Array(ENTRIES)

  constructor(private readonly random: Random) {}

  get count(): number {
    return this.#count
  }

  /** A place for a new transaction; undefined when the store is full. */
  reserve(): Place | undefined {
    if (this.#count >= TRANSACTIONS_MAX) return undefined
    const slot = this.#free.pop() ?? this.#slots.length
    if (slot === this.#slots.length) this.#slots.push(undefined)
    const label = this.random.uint32() >>> 4
    return { slot, label, cookie: `z9hG4bK${slot.toString(16)}.${label.toString(16)}.` }
  }

  add(transaction: Transaction): void {
    this.#slots[transaction.slot] = transaction
    for (const key of transaction.keys) this.#keys.set(key, transaction)
    this.#count++
    this.total++
    this.totals[transaction.slot % ENTRIES]!++
  }

  /** A further key for a transaction that is in the store. */
  addKey(transaction: Transaction, key: string): void {
    transaction.keys.push(key)
    this.#keys.set(key, transaction)
  }

  remove(transaction: Transaction): void {
    if (this.#slots[transaction.slot] !== transaction) return
    this.#slots[transaction.slot] = undefined
    this.#free.push(transaction.slot)
    for (const key of transaction.keys) if (this.#keys.get(key) === transaction) this.#keys.delete(key)
    this.#count--
  }

  byKey(key: string | undefined): Transaction | undefined {
    return key === undefined ? undefined : this.#keys.get(key)
  }

  /** The branch whose parameter a response carries back: slot, label and number must all fit. */
  branchOf(response: Message): Branch | undefined {
    const via = response.topVia()
    if (via === undefined || via instanceof Malformed || via.branch === undefined) return undefined
    const { branch } = via
    const dot = branch.indexOf('.')
    const last = branch.lastIndexOf('.')
    if (dot < 0 || last <= dot) return undefined
    const transaction = this.#slots[parseInt(branch.slice(COOKIE_LENGTH, dot), 16)]
    if (transaction === undefined || !isBegunBy(branch, transaction.cookie)) return undefined
    return transaction.branches[parseInt(branch.slice(last + 1), 16)]
  }

  /** May the branch of this response be that of a stateless forward (32 digits), which nobody keeps? */
  static isStateless(response: Message): boolean {
    const via = response.topVia()
    if (via === undefined || via instanceof Malformed) return false
    return via.branch === '0' || /^z9hG4bK[0-9a-f]{32}$/i.test(via.branch ?? '')
  }

  *all(): Iterable<Transaction> {
    for (const transaction of this.#slots) if (transaction !== undefined) yield transaction
  }
}

/** Branches are compared without regard to case (RFC 3261 §7.3.1). */
function isBegunBy(branch: string, cookie: string): boolean {
  return branch.startsWith(cookie) || branch.slice(0, cookie.length).toLowerCase() === cookie.toLowerCase()
}
