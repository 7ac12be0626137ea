// `sipwright serve`: the engine as a proxy on real sockets, with SER's own switches and signals.

import { resolve } from 'node:path'
import { UsageError } from '../errors.js'
import { oneOf } from './arguments.js'
import { PROFILES, run as check } from './check.js'
import { printComplaints } from './complaints.js'
import { greeting, socketsOf } from './listening.js'
import { removePidFile, writePidFile } from './pid-file.js'
import { startProxy, type ProxyOptions } from './proxy.js'
import { openControls } from './serve-control.js'
import { checkScript } from './script-file.js'
import { onSignals } from './signals.js'
import { hostEntry, switchesOf, type Switches } from './switches.js'
import type { Terminal } from './terminal.js'
import { version } from './version.js'

export const help = `sipwright serve SCRIPT

Runs a SER routing script as a proxy. Log lines go to standard error. SIGINT and SIGTERM stop it in order, SIGUSR1
prints statistics. Options in the script have the last word over the switches, which are SER's own:

  -f FILE    the script, if not named without a switch     -c         check the script and end
  -l [udp:|tcp:|tls:|ws:|wss:]ADDRESS[:PORT]   listen there; may stand several times. Also names and interfaces
  -p PORT    default port, and that of the -l before it; 0: any free one
  -T         no TCP                                        -d         more log lines; -dd even more
  -r         dns                -R   rev_dns               -v         check_via
  -P FILE    write the process id                          -w FOLDER  working directory
  -i FILE    fifo               -s FILE  statistics        -D -E      foreground, standard error (always so)
  -n -N -b -m -t -u -g           taken as SER takes them; what happens instead is said at the start
  -h -V      this text, the version

  --profile ser|rfc3261   behave as SER does, or as RFC 3261 says where SER differs (default ser)
  --alias NAME            a further name that counts as myself; may stand several times
  --control PATH          the control socket (else in the run folder of the user); none: there is none
  --metrics ADDRESS:PORT  numbers for Prometheus: GET /metrics
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

interface Service extends Pick<ProxyOptions, 'program' | 'profile' | 'sockets'> {
  readonly switches: Switches
}

/** Serves until a signal, or until the engine fails. */
async function serve({ switches, ...service }: Service, terminal: Terminal): Promise<number> {
  const pidFile = switches.pidFile && resolve(switches.pidFile)
  const logFile = switches.log && resolve(switches.log)
  const control =
    switches.control === undefined || switches.control === 'none'
      ? switches.control
      : resolve(switches.control)
  // Before anything is opened: the script's own paths are relative to it.
  changeFolder(service.program)
  let end: (code: number) => void = () => undefined
  const ended = new Promise<number>((resolve) => (end = resolve))
  const proxy = await startProxy({
    ...service,
    aliases: switches.aliases.map((text) => hostEntry('--alias', text)),
    signature: `Sipwright (${version()} (${process.arch}/${process.platform}))`,
    logFile,
    say: (line) => terminal.err(line),
    crashed: (report) => {
      terminal.err(`sipwright: the engine failed, please report it with this text:\n${report}`)
      end(1)
    },
  })
  const forget = onSignals(end, () => terminal.err(`statistics: ${proxy.statistics()}\n`))
  proxy.desk.stop = () => end(0)
  let closeControls = async (): Promise<void> => undefined
  try {
    if (pidFile) writePidFile(pidFile)
    const { options } = service.program
    closeControls = await openControls({
      desk: proxy.desk,
      options,
      control,
      metrics: switches.metrics,
      numbers: () => proxy.metrics(),
      say: (line) => terminal.err(line),
    })
    terminal.out(greeting(proxy, service))
    return await ended
  } finally {
    forget()
    await closeControls()
    await proxy.stop()
    if (pidFile) removePidFile(pidFile)
  }
}

function withSwitches(program: ProxyOptions['program'], { assignments }: Switches): ProxyOptions['program'] {
  const given = assignments.map(({ name, value }) => [name, value] as const)
  return {
    ...program,
    options: new Map([...given, ...program.options]),
    assignments: [...assignments, ...program.assignments],
  }
}

function changeFolder({ options }: ProxyOptions['program']): void {
  const folder = options.get('workdir')
  if (typeof folder !== 'string') return
  try {
    process.chdir(folder)
  } catch (error) {
    throw new UsageError(`workdir ${folder}: ${(error as Error).message}`)
  }
}
