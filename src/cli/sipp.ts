// `sipwright sipp`: plays SIPp scenarios, in process, with SIPp's own switches; reads scenario files critically (--lint)
// and writes features out of them (--convert).

import { UsageError } from '../errors.js'
import { EMBEDDED, OUT_OF_CALL } from '../sipp-xml/embedded.js'
import { convertFiles } from './sipp-convert.js'
import { lintCorpus, lintFiles } from './sipp-lint.js'
import { sippArguments, switchList, type SippArguments } from '../lab/sipp/options.js'
import { playSipp } from './sipp-play.js'
import { Settings } from '../lab/sipp/settings.js'
import type { Terminal } from './terminal.js'

/** Own options, besides SIPp's switches. */
export interface OwnOptions {
  readonly engine: string
  readonly lint: boolean
  readonly convert: boolean
  readonly corpus: string | undefined
  readonly json: boolean
  readonly allowExec: boolean
  readonly seed: number | undefined
  readonly log: string | undefined
}

/** Who plays. Another engine is a line here and a file that it is loaded from. */
export interface SippEngine {
  readonly about: string
  readonly load: () => Promise<EnginePlay>
}
export type EnginePlay = (args: SippArguments, own: OwnOptions, terminal: Terminal) => Promise<number>

export const ENGINES: Readonly<Record<string, SippEngine>> = {
  inproc: {
    about: 'in this process (default)',
    load: () => Promise.resolve((args, own, terminal) => playSipp(args, own, terminal)),
  },
  local: {
    about: 'the sipp of this machine',
    load: async () => (await import('./sipp-program.js')).playProgram,
  },
  docker: {
    about: 'sipp in a container, on the network of this machine',
    load: async () => (await import('./sipp-program.js')).playProgram,
  },
}

export const help = `sipwright sipp SCENARIO.xml|-sn NAME [HOST[:PORT]] [SIPp's switches]

Plays a SIPp scenario as SIPp does, with SIPp's own switches, log files and exit codes, without SIPp: a client makes
calls to HOST at its rate, a server waits for them. Files that are no well-formed XML are repaired, with a warning.

  --lint FILE...     read scenario files and say every mistake as file:line:column with what to do; play nothing
  --corpus FOLDER    read every scenario in a folder; print how many can be played, and why the others cannot
  --convert FILE...  write the feature that says the same, and mark what cannot be said
  --engine NAME      who plays:
${Object.entries(ENGINES)
  .map(([name, { about }]) => `                       ${name.padEnd(8)}${about}`)
  .join('\n')}
  --allow-exec       carry out <exec command="..."> (a shell); refused otherwise
  --seed N           what is left to chance, the same each time
  --log FILE         write every packet, one JSON object a line (see "sipwright ladder")
  --json             the result as JSON

Embedded scenarios (-sn): ${Object.keys(EMBEDDED).join(' ')}
For requests outside of calls (-oocsn): ${Object.keys(OUT_OF_CALL).join(' ')}

SIPp's switches:
${switchList()}
On a terminal: + - * / change the rate, p pauses, q ends after the last call (twice: at once).
Exit codes, as SIPp's: 0 no call failed, 1 a call failed (or the scenario cannot be read), 97 stopped by the scenario
or timed out without success, 254 an address is in use, 255 a fatal mistake; 2 asked in a way that cannot work.

Example: sipwright sipp -sn uac 192.0.2.1:5060 -s bob -m 100 -r 10
`

const FLAGS: Readonly<Record<string, 'lint' | 'convert' | 'json' | 'allowExec'>> = {
  '--lint': 'lint',
  '--convert': 'convert',
  '--json': 'json',
  '--allow-exec': 'allowExec',
}
const VALUES: Readonly<Record<string, 'engine' | 'corpus' | 'seed' | 'log'>> = {
  '--engine': 'engine',
  '--corpus': 'corpus',
  '--seed': 'seed',
  '--log': 'log',
}

export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { own, rest } = ownOptions(argv)
  if (own.corpus !== undefined) return lintCorpus(own.corpus, own.json, terminal)
  if (own.lint) return lintFiles(rest, own.json, terminal)
  if (own.convert) return convertFiles(rest, terminal)
  const args = sippArguments(rest, own.engine !== 'inproc')
  const printed = new Settings(args.given).text('sd')
  if (printed !== undefined) return printEmbedded(printed, terminal)
  const engine = Object.hasOwn(ENGINES, own.engine) ? ENGINES[own.engine] : undefined
  if (engine === undefined)
    throw new UsageError(`sipp: --engine ${own.engine}: choose one of ${Object.keys(ENGINES).join(', ')}.`)
  return (await engine.load())(args, own, terminal)
}

/** Takes our own options out of the command line. Throws a UsageError. */
export function ownOptions(argv: readonly string[]): { own: OwnOptions; rest: string[] } {
  const flags = { lint: false, convert: false, json: false, allowExec: false }
  const values: Partial<Record<'engine' | 'corpus' | 'seed' | 'log', string>> = {}
  const rest: string[] = []
  for (let at = 0; at < argv.length; at++) {
    const [word = '', equals] = argv[at]!.startsWith('--') ? argv[at]!.split(/=(.*)/s) : [argv[at]!]
    const flag = FLAGS[word]
    const value = VALUES[word]
    if (flag !== undefined) flags[flag] = true
    else if (value !== undefined) values[value] = equals ?? needed(word, argv[++at])
    else if (word.startsWith('--') && word.length > 2)
      throw new UsageError(`sipp: there is no option ${word}. "sipwright sipp --help" lists them.`)
    else rest.push(argv[at]!)
  }
  const { engine = 'inproc', corpus, seed, log } = values
  if (seed !== undefined && !/^\d{1,15}$/.test(seed))
    throw new UsageError(`sipp: --seed ${seed}: give a number.`)
  return { own: { ...flags, engine, corpus, log, seed: seed === undefined ? undefined : Number(seed) }, rest }
}

function needed(word: string, value: string | undefined): string {
  if (value === undefined) throw new UsageError(`sipp: ${word} needs a value behind it.`)
  return value
}

function printEmbedded(name: string, terminal: Terminal): number {
  const found = Object.hasOwn(EMBEDDED, name)
    ? EMBEDDED[name]
    : Object.hasOwn(OUT_OF_CALL, name)
      ? OUT_OF_CALL[name]
      : undefined
  if (found === undefined)
    throw new UsageError(
      `sipp: there is no embedded scenario ${name}. There are: ${Object.keys(EMBEDDED).join(', ')}.`,
    )
  terminal.out(found.text)
  return 0
}
