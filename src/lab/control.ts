// Control commands of a scenario's proxy, as its operator would give them, and what they answer.

import type { LogEntry } from '../driver.js'
import type { ControlAnswer } from '../endpoint.js'
import { ExpectationError, UsageError } from '../errors.js'
import { answerText, argumentsIn } from '../proxy/control-lines.js'
import type { ControlOrder } from '../proxy/controls.js'
import type { Lab } from './lab.js'

/** Answers stand in the log by their token: the last one belongs to the last command. */
const lastToken = new WeakMap<Lab, number>()

/** Gives a command, its arguments behind it ("ul_rm location alice"). */
export async function giveControl(lab: Lab, words: string): Promise<void> {
  const [name = '', ...args] = words.trim().split(/ +/)
  await give(lab, name, args)
}

/** Gives a command whose arguments stand on lines of their own, as SER's FIFO reads them. */
export async function giveControlLines(lab: Lab, name: string, lines: string): Promise<void> {
  const proxy = lab.proxy()
  await lab.ready()
  const wanted = proxy.engine.controls.get(name)?.args
  if (wanted === undefined) throw new UsageError(`there is no control command ${name} under this script`)
  await give(lab, name, argumentsIn(wanted, lines.split('\n')))
}

async function give(lab: Lab, name: string, args: readonly string[]): Promise<void> {
  const proxy = lab.inside('control commands', lab.proxy())
  await lab.ready()
  const token = (lastToken.get(lab) ?? 0) + 1
  lastToken.set(lab, token)
  const command: ControlOrder = { verb: 'control', token, name, args }
  lab.driver.give(proxy.name, { type: 'command', command })
}

/** The last command has answered exactly this; blanks at the ends of lines do not count. */
export async function expectControlAnswer(lab: Lab, text: string): Promise<void> {
  const actual = await answerOf(lab)
  if (trimmed(actual) !== trimmed(text)) throw new ExpectationError('another answer', text, actual)
}

/** The answer of the last command contains a text, or (a pattern) looks so. */
export async function expectControlAnswerHas(lab: Lab, wanted: string | RegExp): Promise<void> {
  const actual = await answerOf(lab)
  const fits = typeof wanted === 'string' ? actual.includes(wanted) : wanted.test(actual)
  if (!fits) throw new ExpectationError('another answer', String(wanted), actual)
}

async function answerOf(lab: Lab): Promise<string> {
  const token = lastToken.get(lab)
  if (token === undefined) throw new UsageError('no control command has been given in this scenario')
  const answer = (): ControlAnswer | undefined => lab.log.map((entry) => answerIn(entry, token)).find(Boolean)
  await lab.until(
    () => answer() !== undefined,
    'the control command is answered',
    () => 'no answer',
  )
  return textOf(answer()!)
}

/** Its lines can be read once only. */
const texts = new WeakMap<ControlAnswer, string>()

function textOf(answer: ControlAnswer): string {
  const text = texts.get(answer) ?? answerText(answer)
  texts.set(answer, text)
  return text
}

function answerIn(entry: LogEntry, token: number): ControlAnswer | undefined {
  if (entry.kind !== 'event' || entry.event.kind !== 'control') return undefined
  return entry.event.token === token ? entry.event.answer : undefined
}

function trimmed(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trimEnd()
}
