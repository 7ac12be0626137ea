// `sipwright check`: all mistakes of routing scripts at once, each with its place and what to do.

import { UsageError } from '../errors.js'
import type { Context } from '../proxy/context.js'
import type { Program } from '../script/bind.js'
import { oneOf, parsed } from './arguments.js'
import { place, printComplaints, warningData } from './complaints.js'
import { checkScript, type Checked } from './script-file.js'
import type { Terminal } from './terminal.js'

export const PROFILES = ['ser', 'rfc3261'] as const

export const help = `sipwright check SCRIPT...

Reads routing scripts and says every mistake as file:line:column with what to do about it: syntax, unknown options,
commands and functions, wrong arguments, routes that are not there, regular expressions, module parameters, and
modules that refuse to start. Warnings say where the engine does something else than SER.

  --profile ser|rfc3261   rules to start the modules with (default ser)
  --all-modules           a script without any loadmodule line gets all modules, as in features
  --json                  the result as JSON

Exit code 1 when a script has an error.

Example: sipwright check ser.cfg
`

export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parsed('check', argv, {
    allowPositionals: true,
    options: {
      json: { type: 'boolean' },
      profile: { type: 'string', default: 'ser' },
      'all-modules': { type: 'boolean' },
    },
  })
  if (positionals.length === 0)
    throw new UsageError('check: name a routing script, as in "sipwright check ser.cfg".')
  const profile = oneOf('profile', values.profile, PROFILES)
  const results = positionals.map((file) => checkScript(file, profile, values['all-modules']))
  if (values.json) terminal.out(JSON.stringify(results.map(resultData), undefined, 2) + '\n')
  else for (const checked of results) printResult(checked, terminal)
  return results.some(({ program }) => program === undefined) ? 1 : 0
}

function printResult(checked: Checked, terminal: Terminal): void {
  printComplaints(checked, terminal)
  const { file, program, errors } = checked
  if (program === undefined)
    terminal.err(
      `${file}: bad config file (${errors.length} error${errors.length === 1 ? '' : 's'})\n${advice(checked)}`,
    )
  else terminal.out(`${file}: config file ok\n${summary(program)}`)
}

/** Scripts of features need not load their modules; one that is served must. */
function advice({ text, errors }: Checked): string {
  const missing = errors.some(({ reason }) => reason.includes('missing loadmodule'))
  return missing && !/^\s*loadmodule\b/m.test(text)
    ? 'It loads no modules: --all-modules takes it as features do.\n'
    : ''
}

function summary({ modules, routes, options }: Program<Context>): string {
  const rows = [
    ['modules', modules.join(' ')],
    ['routes', routes.join(' ')],
    ['options', [...options.keys()].join(' ')],
  ] as const
  return rows.map(([name, text]) => `  ${name.padEnd(8)}${text === '' ? '-' : text}\n`).join('')
}

function resultData({ file, program, errors, warnings }: Checked): object {
  return {
    file,
    ok: program !== undefined,
    errors: errors.map(({ position, reason, hint }) => ({ ...place(position), reason, hint })),
    warnings: warnings.map(warningData),
    ...(program && {
      modules: program.modules,
      routes: program.routes,
      options: Object.fromEntries([...program.options.keys()].map((name) => [name, plain(program, name)])),
    }),
  }
}

function plain({ options }: Program<Context>, name: string): unknown {
  const value = options.get(name)
  if (typeof value !== 'object') return value
  return value.map(({ proto, host, port }) => ({ proto, host, port }))
}
