// SER module exec: external commands that look at messages and choose destinations (SER's modules).
//
// The command line is the script author's. What comes from the network is standard input, environment values, or one
// argument: never a part of the text that a shell reads (SER pasted the URI into it).

import type { Answer, Milliseconds } from '../endpoint.js'
import type { Context } from '../proxy/context.js'
import type { ModuleRecord, Parameters } from '../proxy/module.js'
import { URI_LENGTH_MAX } from '../proxy/rewrite.js'
import type { Result, RouteKind } from '../script/contract.js'
import { printable } from '../sip/printable.js'
import { environmentOf } from './exec/environment.js'

const REQUEST_FAILURE: readonly RouteKind[] = ['request', 'failure']

class Exec {
  readonly timeoutMs: Milliseconds
  readonly setsVariables: boolean

  constructor(params: Parameters) {
    this.timeoutMs = Number(params.time_to_kill) * 1000
    this.setsVariables = params.setvars !== 0
  }

  run(
    context: Context,
    command: string,
    more: { readonly argument?: string; readonly input?: string },
    then: (output: string) => boolean,
  ): Result {
    const { timeoutMs } = this
    const environment = this.setsVariables ? environmentOf(context) : {}
    const { argument, input = '' } = more
    return {
      question: { kind: 'exec', command, argument, environment, input, timeoutMs },
      resume: (answer) => {
        if (answer.kind !== 'exit') return failed(context, command, answer)
        const done = then(answer.output)
        if (answer.code !== 0) context.log(2, `exec: "${command}" ended with exit code ${answer.code}`)
        return done && answer.code === 0 ? 1 : -1
      },
    }
  }
}

function failed(context: Context, command: string, answer: Answer): -1 {
  const reason = answer.kind === 'failure' ? answer.reason : `an answer of the kind ${answer.kind}`
  context.log(-1, `ERROR: exec: "${command}" failed: ${printable(reason)}`)
  return -1
}

/** The first line of output becomes the Request-URI, the others the rest of the destination set. */
function replaceDestinations(context: Context, output: string): boolean {
  const uris = linesOf(context, output)
  const [first, ...others] = uris
  if (first === undefined) return false
  context.setUri(first)
  context.branches = []
  for (const uri of others) if (!context.appendBranch({ uri })) return false
  return true
}

/** SER asks nothing of a line but that it is not empty; one that would break the message it is put into is left out. */
function linesOf(context: Context, output: string): string[] {
  const lines = output.split('\n').map((line) => line.replace(/[ \t\r]+$/, ''))
  return lines.filter((line) => {
    if (line === '') return false
    if (line.length <= URI_LENGTH_MAX && !/[\x00-\x1f\x7f]/.test(line)) return true
    context.log(-1, `ERROR: exec_dset: this line cannot be a URI: ${printable(line.slice(0, 100))}`)
    return false
  })
}

export const exec: ModuleRecord<Exec> = {
  name: 'exec',
  file: 'exec',
  about: 'external commands that look at messages and choose destinations',
  params: {
    setvars: { kind: 'integer', initial: 1, about: 'commands learn the message from SIP_ variables' },
    time_to_kill: { kind: 'integer', initial: 0, about: 'seconds a command may run (0: 10)' },
  },
  start: (_engine, params) => new Exec(params),
  functions: {
    exec_msg: {
      args: ['string'],
      routes: REQUEST_FAILURE,
      about: 'runs a shell command with the message on its standard input; true when it exits with 0',
      call: (context: Context, command: string) =>
        context.engine.use(exec).run(context, command, { input: context.message.text }, () => true),
    },
    exec_dset: {
      args: ['string'],
      routes: REQUEST_FAILURE,
      about: 'runs a shell command with the Request-URI as argument; its lines become the destination set',
      call: (context: Context, command: string) =>
        context.engine
          .use(exec)
          .run(context, command, { argument: context.uri }, (output) => replaceDestinations(context, output)),
    },
  },
}
