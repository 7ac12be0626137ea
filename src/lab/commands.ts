// The commands of a scenario's scripts: given by steps, or really run while virtual time stands still. What they were
// asked is kept, so that steps can look at it.

import type { Answer, Question } from '../endpoint.js'
import { ExpectationError } from '../errors.js'
import { Exec } from '../host/exec.js'
import type { ExecReply } from '../sim/questions.js'
import type { Lab } from './lab.js'
import type { Count } from './patterns.js'

type Command = Extract<Question, { kind: 'exec' }>

export class Commands {
  /** What was asked, in order. */
  readonly asked: Command[] = []
  readonly #replies = new Map<string, ExecReply>()
  #host: Exec | undefined

  /** What a command does from now on; with an argument: for that one only. */
  reply(command: string, reply: ExecReply, argument?: string): void {
    this.#replies.set(keyOf(command, argument), reply)
  }

  /** Commands that nobody gave are run by the shell of this machine. */
  runReally(): void {
    this.#host ??= new Exec()
  }

  answer(question: Command): Answer | Promise<Answer> {
    this.asked.push(question)
    const { command, argument } = question
    const reply = this.#replies.get(keyOf(command, argument)) ?? this.#replies.get(keyOf(command))
    if (reply !== undefined) return { kind: 'exit', code: reply.code ?? 0, output: reply.output ?? '' }
    if (this.#host !== undefined) return this.#host.answer(question)
    const hint = `say: Given the command "${command}" prints "..."; or: Given commands are really run`
    return { kind: 'failure', reason: `nobody gave the command "${command}": ${hint}` }
  }

  close(): void {
    this.#host?.close()
  }
}

function keyOf(command: string, argument?: string): string {
  return argument === undefined ? command : `${command}\0${argument}`
}

/** The command was run so often. */
export async function expectCommandRuns(lab: Lab, command: string, count: Count): Promise<void> {
  const runs = (): number => lab.surroundings.commands.asked.filter((one) => one.command === command).length
  const expected = `"${command}" is run ${count.text} times`
  const actual = (): string => `${runs()} times; run were: ${commandsOf(lab)}`
  if (count.least > 0) await lab.until(() => runs() >= count.least, expected, actual)
  await lab.holds(() => runs() >= count.least && runs() <= count.most, expected, actual)
}

/** The last run of the command was given these: "argument", "standard input" (contained), or a variable's name. */
export async function expectCommandGiven(
  lab: Lab,
  command: string,
  wanted: Readonly<Record<string, string>>,
): Promise<void> {
  const last = (): Command | undefined =>
    lab.surroundings.commands.asked.findLast((one) => one.command === command)
  await lab.until(
    () => last() !== undefined,
    `"${command}" is run`,
    () => `run were: ${commandsOf(lab)}`,
  )
  const { argument, input, environment } = last()!
  for (const [name, value] of Object.entries(wanted)) {
    const given = name === 'argument' ? argument : name === 'standard input' ? input : environment[name]
    const fits = name === 'standard input' ? input.includes(value) : given === value
    if (!fits) throw new ExpectationError(`${name} of "${command}"`, value, given ?? '(not given)')
  }
}

function commandsOf(lab: Lab): string {
  return lab.surroundings.commands.asked.map(({ command }) => `"${command}"`).join(', ') || 'none'
}
