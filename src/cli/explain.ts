// `sipwright explain`: one message through a script in virtual time; every line that ran, its value, and what leaves.

import { UsageError } from '../errors.js'
import type { Bytes } from '../endpoint.js'
import { paint, type Paint } from '../report/paint.js'
import { readable } from '../report/printable.js'
import { addressOf, addressText } from './addresses.js'
import { oneOf, parsed, wholeNumber } from './arguments.js'
import { PROFILES } from './check.js'
import { printComplaints } from './complaints.js'
import { explained, type Explained, type Explanation } from './explained.js'
import { wireMessage } from './message-file.js'
import { checkScript, readText } from './script-file.js'
import type { Terminal } from './terminal.js'
import { TraceLines } from './trace.js'

export const help = `sipwright explain SCRIPT MESSAGE

Runs one SIP message (a file, or - for standard input) through a routing script and shows, line by line, what ran,
with which value, how the Request-URI changed, what was logged or dropped, and the messages that would be sent.
Nothing leaves this machine; time is virtual. Line feeds in the file become CRLF.

  --from ADDRESS[:PORT]       where the message comes from (default 192.0.2.1:5060)
  --to ADDRESS[:PORT]         where it arrives (default: the script's first listen address, else 127.0.0.1:5060)
  --transport udp|tcp         over which transport (default udp)
  --profile ser|rfc3261       rules of the engine (default ser)
  --registered AOR=CONTACT    a binding that is there already; may stand several times
  --alias NAME                a name that counts as myself; may stand several times
  --dns NAME=ADDRESS          an answer to questions for this name; all other names fail
  --all-modules               a script without any loadmodule line gets all modules, as in features
  --for SECONDS               let this much virtual time pass afterwards: retransmissions, timeouts, failure routes
  --json                      events and messages as JSON

Example: sipwright explain ser.cfg invite.sip --registered sip:bob@example.com=sip:bob@10.0.0.9:5060
`

const MESSAGE_BYTES_MAX = 65_535
const SECONDS_MAX = 86_400

export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parsed('explain', argv, {
    allowPositionals: true,
    options: {
      from: { type: 'string', default: '192.0.2.1:5060' },
      to: { type: 'string' },
      transport: { type: 'string', default: 'udp' },
      profile: { type: 'string', default: 'ser' },
      registered: { type: 'string', multiple: true, default: [] },
      alias: { type: 'string', multiple: true, default: [] },
      dns: { type: 'string', multiple: true, default: [] },
      for: { type: 'string', default: '0' },
      'all-modules': { type: 'boolean' },
      json: { type: 'boolean' },
    },
  })
  const [script, message, ...more] = positionals
  if (script === undefined || message === undefined || more.length > 0)
    throw new UsageError(
      'explain: name a script and a message, as in "sipwright explain ser.cfg invite.sip".',
    )
  const profile = oneOf('profile', values.profile, PROFILES)
  const checked = checkScript(script, profile, values['all-modules'])
  printComplaints(checked, terminal)
  if (checked.program === undefined) return 1
  const explanation: Explanation = {
    program: checked.program,
    bytes: wireMessage(readText(message, MESSAGE_BYTES_MAX)),
    profile,
    from: addressOf('--from', values.from, 5060),
    to: values.to === undefined ? undefined : addressOf('--to', values.to, 5060),
    transport: oneOf('transport', values.transport, ['udp', 'tcp']),
    registered: values.registered,
    aliases: values.alias,
    names: new Map(values.dns.map(nameAndAddress)),
    durationMs: wholeNumber('--for', values.for, 0, SECONDS_MAX) * 1000,
  }
  const result = explained(explanation)
  if (values.json) terminal.out(JSON.stringify(result, undefined, 2) + '\n')
  else print(explanation, result, terminal)
  return 0
}

function nameAndAddress(text: string): [string, string] {
  const at = text.indexOf('=')
  if (at < 1) throw new UsageError(`--dns ${text}: give name and address, as in example.com=10.0.0.9.`)
  return [text.slice(0, at).toLowerCase(), addressOf('--dns', text.slice(at + 1), 0).address]
}

function print({ bytes, from, transport }: Explanation, result: Explained, terminal: Terminal): void {
  const paints = paint(terminal.isTerminal)
  const line = (text: string): void => terminal.out(`${text}\n`)
  const at = `${addressText(from)} -> ${addressText(result.at)} over ${transport}`
  line(`${paints.bold(readable(firstLine(bytes)))}   ${at}`)
  printEntries(result.entries, line, paints)
  if (!result.entries.some(({ entry }) => entry.kind === 'send')) line('nothing is sent')
  if (result.uri !== undefined) line(`Request-URI at the end: ${paints.bold(readable(result.uri))}`)
}

function printEntries(entries: Explained['entries'], line: (text: string) => void, paints: Paint): void {
  const trace = new TraceLines(line, paints)
  const sent = new Set<string>()
  let now = 0
  for (const { atMs, entry } of entries) {
    if (entry.kind === 'transaction' || entry.kind === 'timer') continue
    if (atMs !== now) {
      trace.flush()
      line(paints.dim(`--- ${(atMs - now) / 1000} s later`))
      now = atMs
    }
    if (entry.kind === 'send') {
      trace.flush()
      const to = `${addressText(entry.remote)} over ${entry.transport}`
      const again = sent.has(to + entry.bytes)
      sent.add(to + entry.bytes)
      line(`${' '.repeat(7)}${paints.green(`send${again ? ' again' : ''} to ${to}`)}`)
      line(messageText(again ? firstLine(entry.bytes) : entry.bytes))
    } else if (entry.kind === 'question') {
      trace.flush()
      line(`${' '.repeat(9)}${entry.text}`)
    } else trace.take(entry)
  }
  trace.flush()
}

function firstLine(bytes: Bytes): string {
  return bytes.slice(0, Math.max(0, bytes.indexOf('\r\n')))
}

function messageText(bytes: Bytes): string {
  return readable(bytes)
    .replace(/\n+$/, '')
    .split('\n')
    .map((text) => `${' '.repeat(9)}| ${text}`.trimEnd())
    .join('\n')
}
