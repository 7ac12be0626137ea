// A scenario's packets as a capture, and as a feature.

import { writeFileSync } from 'node:fs'
import type { Listen, LogEntry, WireEntry } from '../driver.js'
import type { Address } from '../endpoint.js'
import { captureOctets, writeCapture } from '../host/capture-out.js'
import { addressText, type CapturedMessage } from '../pcap/message.js'
import { storyOf } from '../pcap/story.js'
import { featureOf } from './capture-feature.js'
import { parseAddress, type Lab } from './lab.js'

/** The date of virtual time 0, as the scenarios' proxies know it. */
const EPOCH_MS = Date.UTC(2026, 0, 1)

/** What a proxy without a script of its own is said to run. */
const DEFAULT = 'the default script'

/** The packets of a log, dated: lost ones too, as a capture at their sender would have them. */
export function datedMessages(log: readonly LogEntry[]): CapturedMessage[] {
  return wiresOf(log).map(({ at, transport, source, target, bytes }, index) => ({
    ...{ transport, source, target, bytes, at: EPOCH_MS + at, frame: index + 1, isSip: true },
  }))
}

function wiresOf(log: readonly LogEntry[]): WireEntry[] {
  return log.filter((entry) => entry.kind === 'wire').filter(({ fate }) => fate !== 'duplicate')
}

/** Writes a log as pcap. Throws a UsageError when the file cannot be written. */
export function saveCapture(file: string, log: readonly LogEntry[]): void {
  writeCapture(file, datedMessages(log))
}

/** A log as pcap in memory, for an attachment. */
export function attachedCapture(log: readonly LogEntry[]): Buffer {
  return captureOctets(datedMessages(log))
}

/** Writes what happened so far as a feature of its own. */
export function saveFeature(file: string, lab: Lab): void {
  const [proxy] = lab.proxies.values()
  const homes = new Map<string, Address>()
  for (const { name, address } of lab.declarations) homes.set(name, parseAddress(address))
  // A phone's connections leave from ports of their own; the phone is where it listens.
  const home = (name: string | undefined, address: Address): Address =>
    name === undefined ? address : (homes.get(name) ?? address)
  const messages = wiresOf(lab.log).map((wire, index): CapturedMessage => {
    const { at, from, to, transport, bytes } = wire
    return {
      at,
      frame: index + 1,
      transport,
      source: home(from, wire.source),
      target: home(to, wire.target),
      bytes,
      isSip: true,
    }
  })
  const listens: readonly Listen[] = [...lab.proxies.values()].flatMap((each) => each.listens)
  const names = new Map([...homes].map(([name, address]) => [addressText(address), name]))
  const script = proxy?.shapes.at(-1)
  const isFile = script !== undefined && !script.file.includes('#')
  const text = featureOf(storyOf(messages, listens, names), {
    title: 'What was saved',
    listens,
    script:
      script === undefined || script.file === DEFAULT
        ? undefined
        : { text: script.text, ...(isFile && { file: script.file }) },
    profile: lab.options.profile,
    passwords: new Map(
      lab.declarations.flatMap(({ name, password }) => (password === undefined ? [] : [[name, password]])),
    ),
  })
  writeFileSync(file, text)
}
