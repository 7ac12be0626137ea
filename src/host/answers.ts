// Who answers what endpoints ask on a real host: the name service, the shell, databases, and whoever else was named.

import type { Answer, Question } from '../endpoint.js'
import { Databases } from './database/database.js'
import { OPENERS } from './database/index.js'
import { Dns } from './dns.js'
import { Exchanges } from './exchange.js'
import { Exec } from './exec.js'

export interface AnswerOptions {
  readonly dns?: Dns
  readonly exec?: Exec
  readonly databases?: Databases
  /** Answers questions other than `resolve`; default: commands are run, databases asked. */
  readonly answer?: (question: Question) => Promise<Answer>
}

export class Answers {
  readonly #dns: Dns
  readonly #exec: Exec
  readonly #exchanges = new Exchanges()
  readonly #databases: Databases
  readonly #other: AnswerOptions['answer']

  constructor(options: AnswerOptions) {
    this.#dns = options.dns ?? new Dns()
    this.#exec = options.exec ?? new Exec()
    this.#databases = options.databases ?? new Databases(OPENERS)
    this.#other = options.answer
  }

  /** Never rejects: what goes wrong is a failure. */
  async to(question: Question): Promise<Answer> {
    try {
      if (question.kind === 'resolve') return await this.#dns.answer(question)
      if (this.#other !== undefined) return await this.#other(question)
      if (question.kind === 'exec') return await this.#exec.answer(question)
      if (question.kind === 'exchange') return await this.#exchanges.answer(question)
      return await this.#databases.answer(question)
    } catch (error) {
      return { kind: 'failure', reason: error instanceof Error ? error.message : String(error) }
    }
  }

  /** Ends commands, gives up look-ups, and lets databases finish what they were asked. */
  async close(): Promise<void> {
    this.#exec.close()
    this.#exchanges.close()
    this.#dns.close()
    await this.#databases.close()
  }
}
