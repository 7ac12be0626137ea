// Where control commands from outside (FIFO, socket, metrics) meet the engine: each gets a token, and the answer that
// comes back with it goes to whoever asked.

import type { ControlAnswer, Milliseconds } from '../../endpoint.js'
import type { ControlOrder } from '../../proxy/controls.js'

/** Commands that wait for their answers; more are refused. */
export const COMMANDS_MAX = 1000
/** An INVITE may ring for minutes; then nobody waits any more. */
const ANSWER_MS_MAX: Milliseconds = 600_000

interface Open {
  readonly answer: (answer: ControlAnswer) => void
  readonly timer: NodeJS.Timeout
}

export interface DeskOptions {
  /** Gives an order to the engine. */
  readonly give: (order: ControlOrder) => void
  /** Names of the lines that a command reads; undefined: there is no such command. */
  readonly wantedBy: (name: string) => readonly string[] | undefined
}

export class ControlDesk {
  readonly wantedBy: DeskOptions['wantedBy']
  /** Called when a command has said that the engine is to be stopped, and its answer is out. */
  stop: () => void = () => undefined
  readonly #give: DeskOptions['give']
  readonly #open = new Map<number, Open>()
  #nextToken = 1
  #isClosed = false

  constructor({ give, wantedBy }: DeskOptions) {
    this.#give = give
    this.wantedBy = wantedBy
  }

  /** Resolves with the answer, whatever becomes of the command. */
  ask(name: string, args: readonly string[]): Promise<ControlAnswer> {
    if (this.#isClosed) return Promise.resolve({ code: 500, reason: 'the server is being stopped' })
    if (this.#open.size >= COMMANDS_MAX)
      return Promise.resolve({ code: 500, reason: `${COMMANDS_MAX} commands wait already` })
    return new Promise((resolve) => {
      const token = this.#nextToken++
      const timer = setTimeout(() => this.answered(token, { code: 500, reason: 'no answer' }), ANSWER_MS_MAX)
      timer.unref()
      this.#open.set(token, { answer: resolve, timer })
      this.#give({ verb: 'control', token, name, args })
    })
  }

  /** The engine has answered. */
  answered(token: number, answer: ControlAnswer): void {
    const open = this.#open.get(token)
    if (open === undefined) return
    this.#open.delete(token)
    clearTimeout(open.timer)
    open.answer(answer)
  }

  /** Whoever still waits is told that nothing comes. */
  close(): void {
    this.#isClosed = true
    for (const token of [...this.#open.keys()])
      this.answered(token, { code: 500, reason: 'the server is being stopped' })
  }
}
