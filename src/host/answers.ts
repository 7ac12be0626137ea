// Who answers what endpoints ask on a real host: the name service, the shell, and whoever else was named.

import type { Answer, Question } from '../endpoint.js'
import { Dns } from './dns.js'
import { Exec } from './exec.js'

export interface AnswerOptions {
  readonly dns?: Dns
  readonly exec?: Exec
  /** Answers questions other than `resolve`; default: commands are run, databases are not there. */
  readonly answer?: (question: Question) => Promise<Answer>
}

export class Answers {
  readonly #dns: Dns
  readonly #exec: Exec
  readonly #other: AnswerOptions['answer']

  constructor({ dns = new Dns(), exec = new Exec(), answer }: AnswerOptions) {
    this.#dns = dns
    this.#exec = exec
    this.#other = answer
  }

  /** Never rejects: what goes wrong is a failure. */
  async to(question: Question): Promise<Answer> {
    try {
      if (question.kind === 'resolve') return await this.#dns.answer(question)
      if (this.#other !== undefined) return await this.#other(question)
      if (question.kind === 'exec') return await this.#exec.answer(question)
      return { kind: 'failure', reason: 'there is no database driver here' }
    } catch (error) {
      return { kind: 'failure', reason: error instanceof Error ? error.message : String(error) }
    }
  }

  /** Ends commands and gives up look-ups that are under way. */
  close(): void {
    this.#exec.close()
    this.#dns.close()
  }
}
