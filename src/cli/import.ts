// `sipwright import`: a capture as a feature that a person could have written.

import { writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Listen } from '../driver.js'
import type { Address } from '../endpoint.js'
import { UsageError } from '../errors.js'
import { featureOf } from '../lab/capture-feature.js'
import { serverSockets } from '../lab/capture-replay.js'
import { addressText, type CapturedMessage } from '../pcap/message.js'
import { guessServer } from '../pcap/plan.js'
import { storyOf } from '../pcap/story.js'
import { addressOf } from './addresses.js'
import { oneOf, parsed } from './arguments.js'
import { callFilter, chosenCall, recorded } from './captured-messages.js'
import { PROFILES } from './check.js'
import { nameAndPassword } from './replay-options.js'
import { readText } from './script-file.js'
import type { Terminal } from './terminal.js'

export const help = `sipwright import CAPTURE -o FEATURE

Writes a feature out of a capture, as a person would: phones by name, registrations, calls, ringing, answers, who hangs
up, and what comes of it. Run it with "sipwright run FEATURE".

  -o FILE                the feature (default: standard output)
  --script FILE          the routing script that the server ran (default: the usual registrar and proxy)
  --profile ser|rfc3261  how the engine behaves (default: ser with --script, else rfc3261)
  --server ADDRESS:PORT  which address of the capture is the server; may stand several times (default: a guess)
  --call CALL            only this call: its number in "sipwright ladder CAPTURE --list", or a part of its Call-ID
  --user NAME:PASSWORD   the password of a user, which no capture tells; may stand several times
  --title TEXT           the feature's title (default: the capture's name)

Example: sipwright import call.pcap --script ser.cfg -o features/call.feature
`

const SCRIPT_BYTES_MAX = 4 * 1024 * 1024

export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parsed('import', argv, {
    allowPositionals: true,
    options: {
      output: { type: 'string', short: 'o' },
      script: { type: 'string' },
      profile: { type: 'string' },
      server: { type: 'string', multiple: true, default: [] },
      call: { type: 'string' },
      user: { type: 'string', multiple: true, default: [] },
      title: { type: 'string' },
    },
  })
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0)
    throw new UsageError('import: name one capture, as in "sipwright import call.pcap -o call.feature".')
  const speakers = values.server.map((text) => addressOf('--server', text, 5060))
  const all = await recorded(file, { speakers, ...callFilter(values.call) }, terminal)
  if (all === undefined) return 1
  const { messages } = values.call === undefined ? all : chosenCall(all, values.call)
  const servers = speakers.length > 0 ? speakers : guessed(messages, terminal)
  const story = storyOf(messages, servers)
  if (story.unreadable > 0)
    terminal.err(`warning: ${story.unreadable} messages are no SIP and are left out\n`)
  const profile = oneOf(
    'profile',
    values.profile ?? (values.script === undefined ? 'rfc3261' : 'ser'),
    PROFILES,
  )
  const text = featureOf(story, {
    title: values.title ?? `What ${basename(file)} shows`,
    listens: listensFor(messages, servers),
    script:
      values.script === undefined
        ? undefined
        : { file: values.script, text: readText(values.script, SCRIPT_BYTES_MAX) },
    profile,
    passwords: new Map(values.user.map(nameAndPassword)),
  })
  if (values.output === undefined) terminal.out(text)
  else write(values.output, text)
  return 0
}

function guessed(messages: readonly CapturedMessage[], terminal: Terminal): Address[] {
  const server = guessServer(messages)
  if (server === undefined)
    throw new UsageError('no address in the capture takes requests: name the server with --server.')
  terminal.err(`taking ${addressText(server)} for the server (a guess; --server says another)\n`)
  return [server]
}

/** Where the server listened, UDP first: phones go where it listens first. */
function listensFor(messages: readonly CapturedMessage[], servers: readonly Address[]): Listen[] {
  return serverSockets(messages, servers).sort((one, two) => two.transport.localeCompare(one.transport))
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new UsageError(`-o ${file} cannot be written: ${(error as Error).message}`)
  }
}
