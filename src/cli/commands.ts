// The table of commands. A command called x lives in x.ts beside this file; it is loaded only when it is asked for.

import type { Terminal } from './terminal.js'

/** What a command's file exports. */
export interface CommandFile {
  /** Printed by --help; ends with an example. A command without it answers --help itself. */
  readonly help?: string
  /** Returns the exit code: 0 pass, 1 fail, 2 usage (or throws a UsageError). */
  run(argv: readonly string[], terminal: Terminal): Promise<number>
}

export const COMMANDS: Readonly<Record<string, string>> = {
  run: 'run call scenarios (features) and judge them',
  serve: 'run a routing script as a proxy on real sockets',
  sipp: "play a SIPp scenario, with SIPp's own switches",
  check: 'check routing scripts: every mistake with its place',
  explain: 'run one message through a script and show, line by line, what happens',
  ladder: 'draw the call flow of a capture or a run log',
  conformance: 'try the engine or any SIP server against the conformance catalogue',
  replay: 'play a capture again around a script or a live server, and compare',
  import: 'write a feature out of a capture',
  init: 'put a first feature and a script into your own repository',
  ctl: 'talk to a running server: statistics, bindings, users',
  db: 'make the tables of a database: db create URL',
  doctor: 'what is installed here, and what each missing part would enable',
}
