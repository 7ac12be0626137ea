// The files around a SIPp scenario: the scenario itself, CSV files, recordings and sounds, files named in messages. Read
// once, before anything is played; a player knows no files.

import { existsSync, readFileSync, statSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import type { Bytes } from '../../endpoint.js'
import { UsageError } from '../../errors.js'
import { CaptureReader } from '../../pcap/reader.js'
import { IpLayer } from '../../pcap/ip.js'
import { ipStart } from '../../pcap/link.js'
import { EMBEDDED, embeddedScenario, OUT_OF_CALL } from '../../sipp-xml/embedded.js'
import { findingText, type Finding } from '../../sipp-xml/findings.js'
import { InjectionFile } from '../../sipp-xml/injection.js'
import type { MediaOptions, MediaPacket } from '../../sipp-xml/options.js'
import type { Scenario } from '../../sipp-xml/program.js'
import { readScenario } from '../../sipp-xml/read.js'
import { filesNamed } from '../../sipp-xml/named-files.js'

const FILE_BYTES_MAX = 64 * 1024 * 1024
const PACKETS_MAX = 1_000_000

export interface LoadedScenario {
  readonly scenario: Scenario
  readonly warnings: readonly Finding[]
}

/** A file looked for in some folders. Throws a UsageError that says where it was looked for. */
export function findFile(name: string, folders: readonly string[], what: string): string {
  const candidates = isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name))
  const found = candidates.find((candidate) => existsSync(candidate))
  if (found === undefined)
    throw new UsageError(`${what} ${name} is not there. Looked in: ${folders.join(', ') || name}`)
  return found
}

function readBytes(path: string): Bytes {
  if (!statSync(path).isFile()) throw new UsageError(`${path} is no file.`)
  if (statSync(path).size > FILE_BYTES_MAX)
    throw new UsageError(`${path} is larger than ${FILE_BYTES_MAX} octets.`)
  return readFileSync(path, 'latin1')
}

/** A scenario's file. Throws a UsageError with every mistake and its place. */
export function loadScenario(path: string): LoadedScenario {
  const name = path.replace(/^.*[/\\]/, '').replace(/\.xml$/i, '')
  const { scenario, findings } = readScenario(readBytes(path), name)
  const of = (severity: Finding['severity']): Finding[] =>
    findings.filter((finding) => finding.severity === severity)
  if (scenario !== undefined) return { scenario, warnings: of('warning') }
  const mistakes = of('error').map((finding) => findingText(path, finding))
  throw new UsageError(`the scenario cannot be played:\n${mistakes.join('\n')}`)
}

/** An embedded scenario. Throws a UsageError that lists them. */
export function loadEmbedded(name: string): Scenario {
  const scenario = embeddedScenario(name)
  if (scenario !== undefined) return scenario
  const names = [...Object.keys(EMBEDDED), ...Object.keys(OUT_OF_CALL)]
  throw new UsageError(`there is no embedded scenario ${name}. There are: ${names.join(', ')}.`)
}

/** -inf and -infindex. A file is known by the name it was given, and by its last part. */
export function loadInjection(
  names: readonly string[],
  indexes: ReadonlyMap<string, string>,
  folders: readonly string[],
): InjectionFile[] {
  return names.map((name) => {
    const known = name.replace(/^.*[/\\]/, '')
    const file = InjectionFile.read(known, readBytes(findFile(name, folders, 'the CSV file')))
    if (typeof file === 'string') throw new UsageError(file)
    const field = indexes.get(name) ?? indexes.get(known)
    if (field !== undefined) file.index(Number(field))
    return file
  })
}

/** What a scenario plays: recordings by pcap file, sounds by raw file. What is not there is a warning, not an end. */
export function loadMedia(
  { mediaFiles }: Scenario,
  folders: readonly string[],
): Pick<MediaOptions, 'recordings' | 'sounds'> & { readonly missing: readonly string[] } {
  const recordings = new Map<string, readonly MediaPacket[]>()
  const sounds = new Map<string, Bytes>()
  const missing: string[] = []
  for (const name of mediaFiles) {
    const candidates = isAbsolute(name) ? [name] : folders.map((folder) => join(folder, name))
    const path = candidates.find((candidate) => existsSync(candidate))
    if (path === undefined) missing.push(name)
    else if (/\.p?cap(?:ng)?$/i.test(name)) recordings.set(name, readRecording(path))
    else sounds.set(name, soundOf(readBytes(path)))
  }
  return { recordings, sounds, missing }
}

/** A WAV file's samples; anything else as it is. */
function soundOf(bytes: Bytes): Bytes {
  const data = bytes.startsWith('RIFF') ? bytes.indexOf('data') : -1
  return data < 0 ? bytes : bytes.slice(data + 8)
}

/** The datagrams of a capture, in time from the first one. */
export function readRecording(path: string): readonly MediaPacket[] {
  const packets: MediaPacket[] = []
  let at = 0
  let first: number | undefined
  const ip = new IpLayer({
    datagram: (_envelope, _ports, octets, start, end) => {
      first ??= at
      if (packets.length >= PACKETS_MAX) return
      const bytes = Buffer.from(octets.subarray(start, end)).toString('latin1')
      packets.push({ atMs: Math.max(0, at - first), bytes })
    },
    segment: () => undefined,
  })
  const reader = new CaptureReader({
    record: (time, link, octets, start, end) => {
      at = time
      const begin = ipStart(link, octets, start, end)
      ip.now = time
      if (begin >= 0) ip.packet(octets, begin, end)
    },
  })
  reader.push(Buffer.from(readBytes(path), 'latin1'))
  reader.end()
  return packets
}

/** What messages take in whole ([file name=...]), as far as the names are written down. */
export function loadNamedFiles(scenario: Scenario, folders: readonly string[]): Map<string, Bytes> {
  const files = new Map<string, Bytes>()
  for (const name of filesNamed(scenario)) files.set(name, readBytes(findFile(name, folders, 'the file')))
  return files
}
