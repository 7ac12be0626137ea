// Answers what endpoints ask in the simulated world: names from the scenario's records, commands from scripted
// replies, the rest by a handler. A handler that needs real time (a database, a program) makes virtual time stand
// still; however fast the answers come, they are given in the order of the questions, so that the run stays the same.

import type { Answer, Milliseconds, Question } from '../endpoint.js'
import { answerFrom, type DnsRecord } from './dns.js'
import type { Party, World } from './world.js'

/** What a scripted command does: its standard output and exit code (0 when not given). */
export interface ExecReply {
  readonly output?: string
  readonly code?: number
}

/** Answers now, or in real time while virtual time stands still; undefined: it does not know. */
export type Answerer = (question: Question) => Answer | Promise<Answer> | undefined

export interface QuestionOptions {
  readonly dns?: readonly DnsRecord[]
  /** How long the name service takes. */
  readonly dnsDelayMs?: Milliseconds
  /** Scripted commands: by "COMMAND ARGUMENT", else by "COMMAND". */
  readonly exec?: ReadonlyMap<string, ExecReply>
  readonly answer?: Answerer
}

interface Open {
  readonly party: Party
  readonly id: number
  readonly answer: Promise<Answer>
}

export class Questions {
  readonly #world: World
  readonly #options: QuestionOptions
  readonly #open: Open[] = []

  constructor(world: World, options: QuestionOptions) {
    this.#world = world
    this.#options = options
  }

  /** Does an answer take real time now? */
  get isOpen(): boolean {
    return this.#open.length > 0
  }

  ask(party: Party, id: number, question: Question): void {
    const answer = this.#answerTo(question)
    if (answer instanceof Promise) this.#open.push({ party, id, answer: answer.catch(failure) })
    else this.#settle(party, id, answer, question.kind === 'resolve' ? (this.#options.dnsDelayMs ?? 0) : 0)
  }

  /** Waits, in real time, until every open question has its answer. */
  async settled(): Promise<void> {
    for (let next = this.#open.shift(); next !== undefined; next = this.#open.shift())
      this.#settle(next.party, next.id, await next.answer, 0)
  }

  #answerTo(question: Question): Answer | Promise<Answer> {
    if (question.kind === 'resolve') return answerFrom(this.#options.dns ?? [], question)
    if (question.kind === 'exec') {
      const { command, argument = '' } = question
      const { exec } = this.#options
      const reply = exec?.get(`${command} ${argument}`) ?? exec?.get(command)
      if (reply !== undefined) return { kind: 'exit', code: reply.code ?? 0, output: reply.output ?? '' }
    }
    try {
      return this.#options.answer?.(question) ?? nobodyAnswers(question)
    } catch (error) {
      return failure(error)
    }
  }

  #settle(party: Party, id: number, answer: Answer, delayMs: Milliseconds): void {
    const { agenda, now } = this.#world
    agenda.plan(now + delayMs, () => this.#world.step(party, { type: 'answer', id, answer }))
  }
}

function nobodyAnswers(question: Question): Answer {
  const what = question.kind === 'exec' ? `the command "${question.command}"` : `a ${question.kind} question`
  return { kind: 'failure', reason: `nobody answers ${what} in this run` }
}

function failure(error: unknown): Answer {
  return { kind: 'failure', reason: error instanceof Error ? error.message : String(error) }
}
