// `sipwright serve`: the engine as a proxy on real sockets, with SER's own switches and signals.

import { resolve } from 'node:path'
import { ScriptErrors, UsageError, type ScriptError } from '../errors.js'
import type { Context } from '../proxy/context.js'
import { listenSockets, type ListenSocket } from '../proxy/listens.js'
import type { Program } from '../script/bind.js'
import { oneOf } from './arguments.js'
import { PROFILES, run as check } from './check.js'
import { placeText, printComplaints } from './complaints.js'
import { entriesOf } from './entries.js'
import { removePidFile, writePidFile } from './pid-file.js'
import { startProxy, type Proxy } from './proxy.js'
import { checkScript } from './script-file.js'
import { surroundingsOf } from './surroundings.js'
import { hostEntry, switchesOf, type Switches } from './switches.js'
import type { Terminal } from './terminal.js'
import { version } from './version.js'

export const help = `sipwright serve SCRIPT

Runs a SER routing script as a proxy. Log lines go to standard error. SIGINT and SIGTERM stop it in order, SIGUSR1
prints statistics. Options in the script have the last word over the switches, which are SER's own:

  -f FILE    the script, if not named without a switch     -c         check the script and end
  -l [udp:|tcp:]ADDRESS[:PORT]   listen there; may stand several times. Also names and interfaces
  -p PORT    default port, and that of the -l before it; 0: any free one
  -T         no TCP                                        -d         more log lines; -dd even more
  -r         dns                -R   rev_dns               -v         check_via
  -P FILE    write the process id                          -w FOLDER  working directory
  -i FILE    fifo               -s FILE  statistics        -D -E      foreground, standard error (always so)
  -n -N -b -m -t -u -g           taken as SER takes them; what happens instead is said at the start
  -h -V      this text, the version

  --profile ser|rfc3261   behave as SER does, or as RFC 3261 says where SER differs (default ser)
  --alias NAME            a further name that counts as myself; may stand several times
  --log FILE              write every input and packet, one JSON object a line (see "sipwright ladder")

Example: sipwright serve ser.cfg -l 127.0.0.1 -p 5070
`

export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const switches = switchesOf(argv)
  const profile = oneOf('profile', switches.profile, PROFILES)
  if (switches.help) return (terminal.out(help), 0)
  if (switches.version) return (terminal.out(`sipwright ${version()}\n`), 0)
  const { file } = switches
  if (file === undefined)
    throw new UsageError('serve: name a routing script, as in "sipwright serve ser.cfg".')
  if (switches.check) return check([file, '--profile', profile], terminal)
  const checked = checkScript(file, profile)
  printComplaints(checked, terminal)
  if (checked.program === undefined) return 1
  for (const warning of switches.warnings) terminal.err(`warning: ${warning}\n`)
  const program = withSwitches(checked.program, switches)
  const sockets = await socketsOf(program)
  return serve({ program, sockets, switches, profile }, terminal)
}

interface Service {
  readonly program: Program<Context>
  readonly sockets: readonly ListenSocket[]
  readonly switches: Switches
  readonly profile: (typeof PROFILES)[number]
}

/** Serves until a signal, or until the engine fails. */
async function serve({ switches, ...service }: Service, terminal: Terminal): Promise<number> {
  const pidFile = switches.pidFile && resolve(switches.pidFile)
  let end: (code: number) => void = () => undefined
  const ended = new Promise<number>((resolve) => (end = resolve))
  const proxy = await startProxy({
    ...service,
    aliases: switches.aliases.map((text) => hostEntry('--alias', text)),
    signature: `Sipwright (${version()} (${process.arch}/${process.platform}))`,
    logFile: switches.log,
    say: (line) => terminal.err(line),
    crashed: (report) => {
      terminal.err(`sipwright: the engine failed, please report it with this text:\n${report}`)
      end(1)
    },
  })
  const forget = onSignals(end, () => terminal.err(`statistics: ${proxy.statistics()}\n`))
  try {
    if (pidFile) writePidFile(pidFile)
    changeFolder(service.program)
    terminal.out(greeting(proxy, service))
    return await ended
  } finally {
    forget()
    await proxy.stop()
    if (pidFile) removePidFile(pidFile)
  }
}

function withSwitches(program: Program<Context>, { assignments }: Switches): Program<Context> {
  const given = assignments.map(({ name, value }) => [name, value] as const)
  return {
    ...program,
    options: new Map([...given, ...program.options]),
    assignments: [...assignments, ...program.assignments],
  }
}

async function socketsOf(program: Program<Context>): Promise<ListenSocket[]> {
  const { assignments } = program
  try {
    const sockets = listenSockets(assignments, await surroundingsOf(assignments))
    if (sockets.length > 0) return sockets
  } catch (error) {
    if (error instanceof ScriptErrors) throw new UsageError(error.errors.map(listenMistake).join('\n'))
    throw error
  }
  throw new UsageError('there is nothing to listen at: name an address with -l, or take disable_tcp out.')
}

/** A place in the script, or the switch it came from. */
function listenMistake({ position, reason, hint }: ScriptError): string {
  const place = position.file.startsWith('-') ? position.file : placeText(position)
  return `${place}: ${reason} (${hint})`
}

/** Returns what takes the handlers away again. */
function onSignals(end: (code: number) => void, statistics: () => void): () => void {
  const stop = (): void => end(0)
  const handlers = [
    ['SIGINT', stop],
    ['SIGTERM', stop],
    ['SIGUSR1', statistics],
    // As SER does.
    ['SIGHUP', () => undefined],
  ] as const
  for (const [signal, handler] of handlers) process.on(signal, handler)
  return () => {
    for (const [signal, handler] of handlers) process.off(signal, handler)
  }
}

function changeFolder({ options }: Program<Context>): void {
  const folder = options.get('workdir')
  if (typeof folder !== 'string') return
  try {
    process.chdir(folder)
  } catch (error) {
    throw new UsageError(`workdir ${folder}: ${(error as Error).message}`)
  }
}

/** The lines that SER prints when it starts. */
function greeting(proxy: Proxy, { program, sockets }: Pick<Service, 'program' | 'sockets'>): string {
  const hosts = sockets.flatMap(({ name, transports }) => transports.map(() => name))
  const listening = proxy.bound.map(
    ({ transport, address, port }, index) =>
      `             ${transport}: ${hosts[index]} [${address}]:${port}\n`,
  )
  const names = [...proxy.aliases, ...entriesOf(program.options.get('alias'))]
  const aliases = new Set(names.map(({ host, port }) => `${host}:${port ?? '*'}`))
  return `Listening on\n${listening.join('')}Aliases: ${[...aliases].join(' ')}\n`
}
