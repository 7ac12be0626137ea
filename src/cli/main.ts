// The command line: finds the command, hands it its arguments, and turns what goes wrong into words and an exit code.
// 0 pass, 1 fail (or our own mistake), 2 asked in a way that cannot work.

import { nearest, UsageError } from '../errors.js'
import { COMMANDS, type CommandFile } from './commands.js'
import { processTerminal, type Terminal } from './terminal.js'
import { version } from './version.js'

/** Runs a command line (without node and the program's name); returns the exit code. */
export async function main(argv: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  const [first, ...rest] = argv
  try {
    if (first === undefined) return usage(terminal.err, 2)
    if (first === '--help' || first === '-h') return usage(terminal.out, 0)
    if (first === 'help') return await main(rest.length > 0 ? [rest[0]!, '--help'] : ['--help'], terminal)
    if (first === '--version' || first === '-V') {
      terminal.out(`sipwright ${version()}\n`)
      return 0
    }
    return await command(first, rest, terminal)
  } catch (error) {
    return complain(error, terminal)
  }
}

async function command(name: string, argv: readonly string[], terminal: Terminal): Promise<number> {
  if (COMMANDS[name] === undefined) {
    const near = nearest(name, Object.keys(COMMANDS))
    const hint = near === undefined ? '' : ` Did you mean "${near}"?`
    throw new UsageError(`there is no command "${name}".${hint} "sipwright --help" lists all.`)
  }
  const file = (await import(`./${name}.js`)) as CommandFile
  if (file.help !== undefined && (argv.includes('--help') || argv.includes('-h'))) {
    terminal.out(file.help)
    return 0
  }
  return file.run(argv, terminal)
}

function complain(error: unknown, terminal: Terminal): number {
  if (error instanceof UsageError) {
    terminal.err(`sipwright: ${error.message}\n`)
    return 2
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  terminal.err(`sipwright: a mistake of sipwright's own, please report it with this text:\n${text}\n`)
  return 1
}

function usage(print: (text: string) => void, code: number): number {
  const rows = Object.entries(COMMANDS).map(([name, about]) => `  ${name.padEnd(10)}${about}\n`)
  print(
    `sipwright COMMAND ...\n\n${rows.join('')}\n` +
      'sipwright COMMAND --help says more, with an example. sipwright --version tells the version.\n' +
      'Exit codes: 0 pass, 1 fail, 2 asked in a way that cannot work.\n' +
      '\nExample: sipwright check ser.cfg\n',
  )
  return code
}
