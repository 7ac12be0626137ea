// Runs the commands that a routing script's author wrote (`exec` questions): sh -c 'COMMAND "$1"' sh ARGUMENT.
//
// The command line is the author's; what comes from the network is an argument, an environment value or standard
// input, never a part of the text that the shell reads. Time, output and number are bounded; a command that exceeds
// them is ended with everything it started. Its standard error is ours.

import { spawn, type ChildProcess } from 'node:child_process'
import type { Answer, Question } from '../endpoint.js'

type Command = Extract<Question, { kind: 'exec' }>

/** How long a command may run when the question does not say. */
const TIMEOUT_MS = 10_000
const TIMEOUT_MS_MAX = 600_000
const OUTPUT_BYTES_MAX = 64 * 1024
/** At a time. */
const PROCESSES_MAX = 64

const ENVIRONMENT_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

export class Exec {
  readonly #running = new Set<ChildProcess>()

  /** Commands run in this folder; default: where this process is. */
  constructor(private readonly folder?: string) {}

  /** Runs a command. Resolves with its exit code and output, or with a failure that says why there is none. */
  async answer(question: Command): Promise<Answer> {
    if (this.#running.size >= PROCESSES_MAX)
      return failure(`${PROCESSES_MAX} commands run already: ${question.command} was not started`)
    const wrong = objection(question)
    if (wrong !== undefined) return failure(wrong)
    return new Promise((resolve) => this.#run(question, resolve))
  }

  /** Ends what still runs. */
  close(): void {
    for (const child of this.#running) end(child)
  }

  #run(
    { command, argument, environment, input, timeoutMs }: Command,
    settle: (answer: Answer) => void,
  ): void {
    const child = spawn(
      '/bin/sh',
      argument === undefined ? ['-c', command] : ['-c', `${command} "$1"`, 'sh', argument],
      // A process group of its own: it ends with everything that it started.
      {
        detached: true,
        env: { ...process.env, ...environment },
        stdio: ['pipe', 'pipe', 'inherit'],
        ...(this.folder !== undefined && { cwd: this.folder }),
      },
    )
    this.#running.add(child)
    let excuse: string | undefined
    const stop = (reason: string): void => {
      excuse ??= reason
      end(child)
    }
    const limitMs = Math.min(timeoutMs > 0 ? timeoutMs : TIMEOUT_MS, TIMEOUT_MS_MAX)
    const timer = setTimeout(() => stop(`${command} ran longer than ${limitMs} ms`), limitMs)
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString('latin1')
      if (output.length > OUTPUT_BYTES_MAX) stop(`${command} wrote more than ${OUTPUT_BYTES_MAX} octets`)
    })
    // A command need not read its input.
    child.stdin.on('error', () => undefined)
    child.stdin.end(input, 'latin1')
    child.on('error', (error) => stop(`${command}: ${error.message}`))
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      this.#running.delete(child)
      if (excuse !== undefined) settle(failure(excuse))
      else if (code === null) settle(failure(`${command} was ended by ${signal}`))
      else settle({ kind: 'exit', code, output })
    })
  }
}

/** What the system would not take. */
function objection({ command, argument = '', environment }: Command): string | undefined {
  if ([command, argument, ...Object.values(environment)].some((text) => text.includes('\0')))
    return `${command}: an octet 0 is in its argument or environment`
  const name = Object.keys(environment).find((one) => !ENVIRONMENT_NAME.test(one))
  return name === undefined ? undefined : `${command}: "${name}" is no name of an environment variable`
}

function end({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}

function failure(reason: string): Answer {
  return { kind: 'failure', reason }
}
