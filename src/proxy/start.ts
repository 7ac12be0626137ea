// The time between an engine's start and its first message: modules ask what they must know (SER loads its tables
// before its children read from sockets), and what arrives meanwhile waits its turn.

import type { Input } from '../endpoint.js'
import type { Result, Value } from '../script/contract.js'

/** Inputs that wait; more are lost, as in a full socket buffer. */
export const WAITING_INPUTS_MAX = 10_000

export class Start {
  /** Something that must be known is not to be had; its module has said why. */
  hasFailed = false
  readonly #waiting: Input[] = []
  #open: number
  #isAsked = false

  /** `questions`: what the modules ask; a negative value says that one must not be served without it. */
  constructor(private readonly questions: readonly Result[]) {
    this.#open = questions.length
  }

  get isAsked(): boolean {
    return this.#isAsked
  }

  get isOver(): boolean {
    return this.#open === 0
  }

  ask(settle: (question: Result, done: (value: Value) => void) => void): void {
    this.#isAsked = true
    for (const question of this.questions)
      settle(question, (value) => {
        this.#open--
        if (value < 0) this.hasFailed = true
      })
  }

  /** Keeps an input for later; false: it is one of those that the start needs. */
  keeps(input: Input): boolean {
    if (input.type === 'answer' || input.type === 'wake') return false
    if (this.#waiting.length < WAITING_INPUTS_MAX) this.#waiting.push(input)
    return true
  }

  /** What arrived meanwhile, in order. */
  waiting(): Input[] {
    return this.#waiting.splice(0)
  }
}
