// What a command is given as a capture: a capture file, a message log, or a run log of our own; complaints about what
// could not be read go to standard error.

import { closeSync, openSync, readSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import type { LogEntry } from '../driver.js'
import { UsageError } from '../errors.js'
import { keeps, loadCapture, wiresOf, type CaptureFilter } from '../lab/capture.js'
import { callsOf } from '../pcap/calls.js'
import type { CapturedMessage } from '../pcap/message.js'
import { readLog } from './log-file.js'
import { readText } from './script-file.js'
import type { Terminal } from './terminal.js'

const LOG_BYTES_MAX = 512 * 1024 * 1024

export interface Recorded {
  readonly log: readonly LogEntry[]
  readonly messages: readonly CapturedMessage[]
  /** Is it a run log? (Then its entries have names and remarks.) */
  readonly isLog: boolean
}

/** Reads it; undefined, after saying why, when not one message could be read. */
export async function recorded(
  file: string,
  filter: CaptureFilter,
  terminal: Terminal,
): Promise<Recorded | undefined> {
  const log = runLog(file)
  if (log !== undefined) return { log, messages: messagesOf(log, filter), isLog: true }
  // This process does nothing else. What a packet leaves behind dies at once; Node 24 would let 100 MB of it gather.
  setFlagsFromString('--semi-space-growth-factor=1')
  const { messages, warnings, summary } = await loadCapture(file, filter)
  for (const warning of warnings) terminal.err(`warning: ${warning}\n`)
  if (messages.length === 0) {
    const chosen = summary.messages > 0 ? 'none of its SIP messages is as chosen' : 'it holds no SIP message'
    terminal.err(`sipwright: ${file}: ${chosen} (${summary.records} packets).\n`)
    return undefined
  }
  return { log: wiresOf(messages), messages, isLog: false }
}

/** The entries of a run log; undefined when the file is something else. */
function runLog(file: string): LogEntry[] | undefined {
  if (file === '-' || !/^\s*\{/.test(beginning(file))) return undefined
  return readLog(Buffer.from(readText(file, LOG_BYTES_MAX), 'latin1').toString('utf8'), file)
}

function beginning(file: string): string {
  let descriptor: number
  try {
    descriptor = openSync(file, 'r')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new UsageError(
      code === 'ENOENT' ? `there is no file ${file}.` : `${file} cannot be read: ${message}`,
    )
  }
  try {
    const octets = Buffer.alloc(64)
    return octets.toString('latin1', 0, readSync(descriptor, octets))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new UsageError(
      code === 'EISDIR' ? `${file} is a folder: name a file in it.` : `${file} cannot be read: ${message}`,
    )
  } finally {
    closeSync(descriptor)
  }
}

/** The packets of a run log, as a capture on their network would hold them. */
export function messagesOf(log: readonly LogEntry[], filter: CaptureFilter = {}): CapturedMessage[] {
  return log.flatMap((entry, index) => {
    if (entry.kind !== 'wire') return []
    const { at, transport, source, target, bytes } = entry
    const message = { at, frame: index + 1, transport, source, target, bytes, isSip: /SIP\/\d/i.test(bytes) }
    return keeps(message, filter) ? [message] : []
  })
}

/** A number is found only among all calls; a part of a Call-ID spares memory while reading. */
export function callFilter(call: string | undefined): { readonly callId?: string } {
  return call === undefined || /^\d{1,6}$/.test(call) ? {} : { callId: call }
}

/** Of everything read, the one call: by its number in the list, or by a part of its Call-ID. */
export function chosenCall(all: Recorded, call: string): Recorded {
  const calls = callsOf(all.messages)
  const found = calls.filter(({ number, callId }) =>
    /^\d{1,6}$/.test(call) ? number === Number(call) : callId.includes(call),
  )
  if (found.length === 0) {
    const known = calls.slice(0, 5).map(({ number, callId }) => `${number} (${callId})`)
    throw new UsageError(`--call ${call}: there is no such call. There are: ${known.join(', ') || 'none'}`)
  }
  const messages = found.flatMap((each) => each.messages.map(({ captured }) => captured))
  messages.sort((one, two) => one.at - two.at)
  return { log: wiresOf(messages), messages, isLog: false }
}
