// `sipwright ctl`: what serctl and the FIFO offer, over the control socket of a running server, and its users in the
// database.

import { nearest, UsageError } from '../errors.js'
import type { SocketRequest } from '../host/control/socket.js'
import { parsed } from './arguments.js'
import { ControlClient, controlPath, type Listener } from './control-client.js'
import { monitor } from './ctl-monitor.js'
import { textFromInput, USER_VERBS, userVerb } from './ctl-users.js'
import type { Terminal } from './terminal.js'

export const help = `sipwright ctl COMMAND ...

Talks to a running "sipwright serve", over its control socket.

  version uptime ps which arg pwd kill   the core; "which" lists all commands
  debug [LEVEL]                          level of log lines, -3 alert .. 4 debug
  sl_stats t_stats t_hash ul_stats ...   any control command of the modules, with its arguments
  t_uac_dlg -                            a command's lines from standard input, as the FIFO reads them
  ul show [USER] | add USER URI | rm USER        bindings (table location)
  alias show [USER] | add USER URI | rm USER     aliases (table aliases)
  online                                 addresses of record with a binding
  ping URI, cisco_restart URI            sends an OPTIONS, or the NOTIFY that makes some phones start again
  moni                                   statistics, again and again: --period S (2), --cycles N

Users are rows of the database that the server asks (see "sipwright db create"): --db URL, or SIPWRIGHT_DB.

  add USER PASSWORD|- [EMAIL]            "-": the password is the first line of standard input
  passwd USER PASSWORD|-                 a new password
  rm USER                                the user, its groups and its bindings
  rpid show USER | add USER RPID | rm USER       the Remote-Party-ID of a user
  acl show [USER] | grant USER GROUP... | revoke USER [GROUP...]

USER is NAME@DOMAIN, or a name of --domain D (or SIP_DOMAIN). --hash-only keeps hashes, not the password itself.

  --control PATH   the socket (else that of the only server of this user)
  --json           answers as JSON

Exit code 1 when the answer is no.

Example: sipwright ctl ul show alice
`

const OPTION_TABLE = {
  control: { type: 'string' },
  json: { type: 'boolean', default: false },
  period: { type: 'string', default: '2' },
  cycles: { type: 'string' },
  db: { type: 'string' },
  domain: { type: 'string' },
  'hash-only': { type: 'boolean', default: false },
} as const

export type CtlOptions = ReturnType<typeof optionsOf>['values']

/** Negative numbers are no options. */
function optionsOf(argv: readonly string[]) {
  const marked = argv.map((word) => (/^-\d+$/.test(word) ? `\0${word}` : word))
  const { values, positionals } = parsed('ctl', marked, { allowPositionals: true, options: OPTION_TABLE })
  return { values, words: positionals.map((word) => word.replace('\0', '')) }
}

export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { values, words } = optionsOf(argv)
  const [verb, ...rest] = words
  if (verb === undefined) throw new UsageError('ctl: say what to do, as in "sipwright ctl which".')
  if (USER_VERBS.has(verb)) return userVerb(verb, rest, values, terminal)
  const client = await ControlClient.connect(await controlPath(values.control))
  try {
    if (MONITOR.has(verb)) return await monitor(client, values, terminal)
    return await answered(client, { verb, rest, json: values.json }, terminal)
  } finally {
    client.close()
  }
}

const MONITOR = new Set(['moni', 'monitor', 'console', 'con'])

interface Asked {
  readonly verb: string
  readonly rest: readonly string[]
  readonly json: boolean
}

async function answered(client: ControlClient, asked: Asked, terminal: Terminal): Promise<number> {
  const { verb, rest, json } = asked
  if (verb === 'online') return online(client, json, terminal)
  const { command, args } = TABLES.has(verb) ? tableCommand(verb, rest) : plainCommand(verb, rest)
  const isInput = args.length === 1 && args[0] === '-'
  const request = isInput ? { command, lines: (await textFromInput()).split('\n') } : { command, args }
  const reply = await client.ask(request, json ? undefined : printer(terminal))
  if (json) terminal.out(`${JSON.stringify(reply)}\n`)
  if (reply.code === 500 && reply.reason.endsWith('not available')) await hint(client, command, terminal)
  return reply.code < 300 ? 0 : 1
}

/** "200 ok" is what everybody expects; anything else is said. */
function printer(terminal: Terminal): Listener {
  return {
    begun: (code, reason) => {
      if (code >= 300) terminal.err(`${code} ${reason}\n`)
      else if (reason.toLowerCase() !== 'ok') terminal.out(`${reason}\n`)
    },
    heard: (lines) => lines.forEach((line) => terminal.out(`${line}\n`)),
  }
}

async function hint(client: ControlClient, command: string, terminal: Terminal): Promise<void> {
  const { lines } = await client.ask({ command: 'which', args: [] })
  const near = nearest(command, lines)
  terminal.err(
    near === undefined ? '"sipwright ctl which" lists the commands.\n' : `Did you mean "${near}"?\n`,
  )
}

interface Command {
  readonly command: string
  readonly args: readonly string[]
}

const TABLES = new Map([
  ['ul', 'location'],
  ['alias', 'aliases'],
])
/** What serctl says for "as good as for ever". */
const FOR_EVER_S = '1003741823'

/** "ul show alice" and the like. Throws a UsageError. */
function tableCommand(verb: string, [action, user, uri, ...more]: readonly string[]): Command {
  const table = TABLES.get(verb)!
  if (more.length === 0) {
    if (action === 'show' && user === undefined) return { command: 'ul_dump', args: [] }
    if (action === 'show' && uri === undefined) return { command: 'ul_show_contact', args: [table, user!] }
    if (action === 'rm' && user !== undefined)
      return uri === undefined
        ? { command: 'ul_rm', args: [table, user] }
        : { command: 'ul_rm_contact', args: [table, user, uri] }
    if (action === 'add' && user !== undefined && uri !== undefined) {
      if (!/^sips?:(?:[^\s@<>]+@)?[^\s@<>]+$/i.test(uri))
        throw new UsageError(`ctl: ${uri} is not a valid URI.`)
      return { command: 'ul_add', args: [table, user, uri, FOR_EVER_S, '1.00', '0'] }
    }
  }
  throw new UsageError(`ctl: write ${verb} show [USER], ${verb} add USER URI, or ${verb} rm USER [URI].`)
}

function plainCommand(verb: string, rest: readonly string[]): Command {
  const [first, ...args] = rest
  if (verb === 'fifo' && first !== undefined) return { command: first, args }
  const sent = SENT[verb]
  if (sent === undefined) return { command: verb, args: rest }
  if (first === undefined)
    throw new UsageError(`ctl: write ${verb} URI, as in "sipwright ctl ${verb} sip:alice@example.com".`)
  const headers = `From: <sip:daemon@localhost>\nTo: <${first}>\nContact: <sip:daemon@!!>${sent.headers}`
  return { command: 't_uac_dlg', args: [sent.method, first, '.', headers, ''] }
}

/** Requests that serctl sends. */
const SENT: Readonly<Record<string, { readonly method: string; readonly headers: string }>> = {
  ping: { method: 'OPTIONS', headers: '' },
  cisco_restart: { method: 'NOTIFY', headers: '\nEvent: check-sync' },
}

const DUMP: SocketRequest = { command: 'ul_dump', args: [] }

/** The addresses of record of a dump. */
async function online(client: ControlClient, json: boolean, terminal: Terminal): Promise<number> {
  const aors = new Set<string>()
  const { code, reason } = await client.ask(DUMP, {
    begun: () => undefined,
    heard: (lines) => {
      for (const line of lines) {
        const aor = /^aor {3}: '(.*)'$/.exec(line)?.[1]
        if (aor !== undefined) aors.add(aor)
      }
    },
  })
  const sorted = [...aors].sort()
  if (json) terminal.out(`${JSON.stringify({ code, reason, online: sorted })}\n`)
  else if (code >= 300) terminal.err(`${code} ${reason}\n`)
  else for (const aor of sorted) terminal.out(`${aor}\n`)
  return code < 300 ? 0 : 1
}
