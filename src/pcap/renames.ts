// What two runs of the same call name differently: branches, tags, Call-IDs, nonces, and whole Via, Route and Contact
// values. Learned where a recorded message meets the one that came instead; then recorded messages can be sent with the
// names of this run, and a name that changes its meaning on the way is a difference.

import type { Bytes } from '../endpoint.js'
import { Malformed } from '../errors.js'
import type { Message } from '../sip/message.js'
import { parseNameAddr, splitList } from '../sip/name-addr.js'
import { Header } from '../sip/names.js'
import { parseVia } from '../sip/via.js'

export type NameKind = 'branch' | 'tag' | 'call-id' | 'nonce' | 'opaque' | 'rseq' | 'etag'

const ROUTING = [Header.VIA, Header.ROUTE, Header.RECORD_ROUTE] as const
/** Names beyond are not learned: a capture of one call has few. */
const NAMES_MAX = 100_000
const ROUTING_LINE = /^((?:v|via|route|record-route|path|service-route)[ \t]*:[ \t]*)(.+)$/gim
const PARAMETER = /(;[ \t]*(branch|tag|ftag|from-tag|to-tag)[ \t]*=[ \t]*)([^\s;,>"?&]+)/gi
const CALL_ID_LINE = /^((?:call-id|i)[ \t]*:[ \t]*)(\S+)/im
const RACK_LINE = /^(rack[ \t]*:[ \t]*)(\d+)/im
const ETAG_LINE = /^(sip-if-match[ \t]*:[ \t]*)(\S+)/im

export class Renames {
  readonly #ours = new Map<string, string>()
  readonly #theirs = new Map<string, string>()
  /** Whole values, recorded to ours. */
  readonly #values = new Map<string, string>()

  /** Takes what a recorded message calls otherwise than the message that came for it. */
  learn(recorded: Message, came: Message): void {
    for (const header of ROUTING) this.#learnValues(recorded.valuesOf(header), came.valuesOf(header))
    this.#learnUris(recorded.valuesOf(Header.CONTACT), came.valuesOf(Header.CONTACT))
    this.#learnVias(recorded.valuesOf(Header.VIA), came.valuesOf(Header.VIA))
    this.same('tag', recorded.fromTag, came.fromTag)
    this.same('tag', recorded.toTag, came.toTag)
    this.same('call-id', recorded.callId, came.callId)
    this.same('rseq', recorded.headerNamed('RSeq'), came.headerNamed('RSeq'))
    this.same('etag', recorded.headerNamed('SIP-ETag'), came.headerNamed('SIP-ETag'))
  }

  /** Do the two mean the same? Learns it when neither was met before. */
  same(kind: NameKind, recorded: string | undefined, came: string | undefined): boolean {
    if (recorded === undefined || came === undefined) return recorded === came
    const [key, image] = [`${kind} ${recorded}`, `${kind} ${came}`]
    const known = this.#ours.get(key)
    if (known !== undefined) return known === came
    const other = this.#theirs.get(image)
    if (other !== undefined && other !== recorded) return false
    if (this.#ours.size >= NAMES_MAX) return recorded === came
    this.#ours.set(key, came)
    this.#theirs.set(image, recorded)
    return true
  }

  /** What this run calls it; undefined when it is not known. */
  nameOf(kind: NameKind, recorded: string): string | undefined {
    return this.#ours.get(`${kind} ${recorded}`)
  }

  /** A recorded message with the names of this run. The body stays. */
  rewritten(text: Bytes): Bytes {
    const blank = /\r?\n\r?\n/.exec(text)?.index ?? text.length
    const head = text
      .slice(0, blank)
      .replace(/^([\w.-]+ )(\S+)(?= SIP\/2\.0)/, (whole, method: string, uri: string) => {
        const ours = this.#values.get(uri)
        return ours === undefined ? whole : method + ours
      })
      .replace(ROUTING_LINE, (_, name: string, list: string) => name + this.#valuesOf(list))
      .replace(PARAMETER, (whole, start: string, name: string, token: string) => {
        const kind = name.toLowerCase() === 'branch' ? 'branch' : 'tag'
        const ours = this.nameOf(kind, token)
        return ours === undefined ? whole : start + ours
      })
      .replace(CALL_ID_LINE, (_, start: string, id: string) => start + (this.nameOf('call-id', id) ?? id))
      .replace(RACK_LINE, (_, start: string, rseq: string) => start + (this.nameOf('rseq', rseq) ?? rseq))
      .replace(ETAG_LINE, (_, start: string, etag: string) => start + (this.nameOf('etag', etag) ?? etag))
    return head + text.slice(blank)
  }

  /** The list with the values of this run; what stands between them stays. */
  #valuesOf(list: string): string {
    let result = ''
    let from = 0
    for (const [start, end] of splitList(list, 0, list.length)) {
      const value = list.slice(start, end)
      result += list.slice(from, start) + (this.#values.get(value) ?? value)
      from = end
    }
    return result + list.slice(from)
  }

  #learnValues(recorded: readonly string[], came: readonly string[]): void {
    if (recorded.length !== came.length || this.#values.size >= NAMES_MAX) return
    for (const [index, value] of recorded.entries())
      if (value !== came[index]) this.#values.set(value, came[index]!)
      else this.#values.delete(value)
  }

  #learnUris(recorded: readonly string[], came: readonly string[]): void {
    if (recorded.length === came.length) this.#learnValues(recorded.map(uriOf), came.map(uriOf))
  }

  #learnVias(recorded: readonly string[], came: readonly string[]): void {
    if (recorded.length !== came.length) return
    for (const [index, value] of recorded.entries())
      this.same('branch', branchOf(value), branchOf(came[index]!))
  }
}

function uriOf(value: string): string {
  const parsed = parseNameAddr(value, 0, value.length)
  return parsed instanceof Malformed ? value : parsed.uri
}

function branchOf(value: string): string | undefined {
  const via = parseVia(value, 0, value.length)
  return via instanceof Malformed ? undefined : via.branch
}
