// `sipwright replay`: a capture played again around a routing script or a live server, and what came out otherwise.

import { writeFileSync } from 'node:fs'
import { UsageError } from '../errors.js'
import { writeCapture } from '../host/capture-out.js'
import {
  replayAtTarget,
  replayWithEngine,
  type ReplayOptions,
  type ReplayResult,
} from '../lab/capture-replay.js'
import { guessServer } from '../pcap/plan.js'
import { addressText, type CapturedMessage } from '../pcap/message.js'
import { addressOf } from './addresses.js'
import { parsed } from './arguments.js'
import { callFilter, chosenCall, messagesOf, recorded } from './captured-messages.js'
import {
  differencesText,
  isOtherwise,
  replayHtml,
  replayJson,
  replayJunit,
  type Reported,
} from './replayed.js'
import { REPLAY_OPTIONS, engineOf, optionsOf, targetOf, type ReplayValues } from './replay-options.js'
import type { Terminal } from './terminal.js'

export const help = `sipwright replay CAPTURE --script SCRIPT | --target udp:HOST:PORT

Plays the parties of a capture again, around the engine with a routing script (in virtual time, at the recorded
instants) or around a live server, and compares what they get with what they got. Branches, tags, nonces, addresses and
digest answers are made anew where the run needs it.

  --script FILE          the routing script to try            --profile ser|rfc3261 (default ser)
  --alias NAME           a name that counts as myself; may stand several times
  --run-commands         run what the script's exec functions name; else they fail
  --target T:HOST:PORT   the live server to try, over T (udp, tcp)
  --local ADDRESS        this machine's address for the parties (default 127.0.0.1)
  --server ADDRESS:PORT  which address of the capture the tried server takes; may stand several times (default: a guess)
  --as SIDE              callers, callees or both (default)
  --call CALL            only this call: its number in "sipwright ladder CAPTURE --list", or a part of its Call-ID
  --user NAME:PASSWORD   answers digest challenges for this user; may stand several times
  --speed N              so many times as fast                --loops N   so often, one after the other
  --calls N              so many at once                      --fresh     new Call-IDs even for one
  --policy FILE          what counts as a difference, one rule a line ("Contact: ignore"; --policy help says more)
  --seed N               of everything random (default 1)
  --side-by-side         both call flows beside each other
  --html FILE  --junit FILE  --pcap FILE  --json    the result in other forms; --pcap: what was sent this time

Exit code 0: nothing differs. 1: something does, or the capture cannot be read.

Example: sipwright replay call.pcap --script ser.cfg --html replay.html
`

export async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parsed('replay', argv, { allowPositionals: true, options: REPLAY_OPTIONS })
  const [file, ...more] = positionals
  if (file === undefined || more.length > 0)
    throw new UsageError('replay: name one capture, as in "sipwright replay call.pcap --script ser.cfg".')
  if ((values.script === undefined) === (values.target === undefined))
    throw new UsageError(
      'replay: say either --script FILE (the engine) or --target udp:HOST:PORT (a live server).',
    )
  const settings = optionsOf(values)
  const speakers = values.server.map((text) => addressOf('--server', text, 5060))
  const all = await recorded(file, { speakers, ...callFilter(values.call) }, terminal)
  if (all === undefined) return 1
  const { messages } = values.call === undefined ? all : chosenCall(all, values.call)
  const servers = speakers.length > 0 ? speakers : guessed(messages, terminal)
  const options: ReplayOptions = { ...settings, messages, servers }
  const result = await played(options, values, terminal)
  if (result === undefined) return 1
  if (result.plan.parties.length === 0)
    throw new UsageError(`no party of ${file} is left to be played: look at --server and --as.`)
  report(result, { options, values, file }, terminal)
  return isOtherwise(result) ? 1 : 0
}

async function played(
  options: ReplayOptions,
  values: ReplayValues,
  terminal: Terminal,
): Promise<ReplayResult | undefined> {
  if (values.target !== undefined) return replayAtTarget(options, targetOf(values))
  const engine = engineOf(values, terminal)
  return engine === undefined ? undefined : replayWithEngine(options, engine)
}

function guessed(messages: readonly CapturedMessage[], terminal: Terminal) {
  const server = guessServer(messages)
  if (server === undefined)
    throw new UsageError('no address in the capture takes requests: name the server with --server.')
  terminal.err(`taking ${addressText(server)} for the server (a guess; --server says another)\n`)
  return [server]
}

function report(result: ReplayResult, reported: Reported, terminal: Terminal): void {
  const { values } = reported
  if (values.html !== undefined) write('--html', values.html, replayHtml(result, reported))
  if (values.junit !== undefined) write('--junit', values.junit, replayJunit(result, reported))
  if (values.pcap !== undefined) writeCapture(values.pcap, dated(result, reported.options))
  if (values.json) terminal.out(replayJson(result))
  else terminal.out(differencesText(result, reported, terminal))
}

/** What was sent, at the date of the capture. */
function dated({ log, startMs }: ReplayResult, { messages }: ReplayOptions): CapturedMessage[] {
  const date = (messages[0]?.at ?? 0) - startMs
  return messagesOf(log).map((message) => ({ ...message, at: message.at + date }))
}

function write(option: string, file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new UsageError(`${option} ${file} cannot be written: ${(error as Error).message}`)
  }
}
