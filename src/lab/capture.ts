// A capture in memory: the messages that somebody asked for, within bounds, as the log that every reader reads.

import type { Readable } from 'node:stream'
import type { WireEntry } from '../driver.js'
import type { Address } from '../endpoint.js'
import { readCapture, type CaptureSummary } from '../host/capture-file.js'
import { addressText, type CapturedMessage } from '../pcap/message.js'
import { methodOf, quickCallId } from '../pcap/quick.js'

/** What is kept of one capture; the rest is counted. */
const KEPT_MESSAGES_MAX = 50_000
const KEPT_OCTETS_MAX = 32 * 1024 * 1024
/** What a kept message costs besides its octets. */
const MESSAGE_OCTETS = 300

export interface CaptureFilter {
  /** Only calls whose Call-ID contains this. */
  readonly callId?: string | undefined
  readonly method?: string | undefined
  /** Only what was sent or received by an address ("10.0.0.1", "10.0.0.1:5060"). */
  readonly address?: string | undefined
  /** Known to speak SIP, whatever they say. */
  readonly speakers?: readonly Address[]
}

export interface Capture {
  readonly file: string
  /** In the order of their times. */
  readonly messages: readonly CapturedMessage[]
  readonly summary: CaptureSummary
  /** For a person: what could not be read, and what was left out. */
  readonly warnings: readonly string[]
}

/** Reads a capture into memory. Throws a UsageError when there is no such file. */
export async function loadCapture(
  file: string,
  filter: CaptureFilter = {},
  content?: Readable,
): Promise<Capture> {
  const messages: CapturedMessage[] = []
  const { speakers = [] } = filter
  let octets = 0
  let beyond = 0
  const message = (found: CapturedMessage): void => {
    if (!keeps(found, filter)) return
    octets += found.bytes.length + MESSAGE_OCTETS
    if (messages.length >= KEPT_MESSAGES_MAX || octets > KEPT_OCTETS_MAX) beyond++
    else messages.push(found)
  }
  const summary = await readCapture(file, { message, speakers }, content)
  const warnings = summary.warnings.map((text) => `${file}: ${text}`)
  if (beyond > 0)
    warnings.push(
      `${file}: only its first ${messages.length} messages are used, ${beyond} more are left out; choose a call with --call`,
    )
  // Several interfaces, HEP and TCP may hand out messages later than they were sent.
  messages.sort((one, two) => one.at - two.at || one.frame - two.frame)
  return { file, messages, summary, warnings }
}

/** Is the message one of those asked for? */
export function keeps(message: CapturedMessage, { callId, method, address }: CaptureFilter): boolean {
  if (callId !== undefined && !quickCallId(message.bytes).includes(callId)) return false
  if (method !== undefined && methodOf(message.bytes) !== method.toUpperCase()) return false
  return address === undefined || isAt(message.source, address) || isAt(message.target, address)
}

function isAt(address: Address, wanted: string): boolean {
  return address.address === wanted || addressText(address) === wanted
}

/** Messages as packets of a log, times from the first one's on. */
export function wiresOf(messages: readonly CapturedMessage[]): WireEntry[] {
  return messages.map(({ at, transport, source, target, bytes }) => ({
    kind: 'wire',
    at,
    arrived: at,
    transport,
    source,
    target,
    bytes,
    fate: 'delivered',
  }))
}
