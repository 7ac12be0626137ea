// Is a header the same in the recording and in the run? Three ways beyond "octet by octet": as SIP compares values
// (RFC 3261 §7.3.1, §19.1.4, §20), by shape, and by presence. Names that a run makes up are compared by what they stand
// for: the same one must stand for the same one everywhere.

import { Malformed } from '../errors.js'
import { sameUri } from '../sip/compare.js'
import { parseNameAddr, splitList, unquote, type NameAddr } from '../sip/name-addr.js'
import { parseUri } from '../sip/uri.js'
import { parseVia } from '../sip/via.js'
import type { HeaderRule } from './policy.js'
import type { Renames } from './renames.js'

const ADDRESSES = new Set([
  'from',
  'to',
  'contact',
  'route',
  'record-route',
  'refer-to',
  'referred-by',
  'reply-to',
])
/** One value a line: a comma in them separates nothing. */
const SINGLES = new Set([
  ...['from', 'to', 'call-id', 'cseq', 'date', 'subject', 'server', 'user-agent', 'organization', 'warning'],
  ...['www-authenticate', 'proxy-authenticate', 'authorization', 'proxy-authorization', 'content-type'],
])
const NAMED: Readonly<Record<string, 'branch' | 'tag'>> = { branch: 'branch', tag: 'tag', ftag: 'tag' }

/** Compares all values of one header; each argument has one text a header line. */
export function sameHeader(
  rule: HeaderRule,
  name: string,
  recorded: readonly string[],
  came: readonly string[],
  renames: Renames,
): boolean {
  if (rule.way === 'ignore') return true
  if (rule.way === 'present') return recorded.length > 0 === came.length > 0
  const [one, two] = [valuesOf(name, recorded), valuesOf(name, came)]
  if (rule.way === 'text')
    return (
      recorded.length === came.length &&
      recorded.every((value, at) => sameText(name, value, came[at]!, renames))
    )
  if (one.length !== two.length) return false
  if (rule.way === 'shape') return one.every((value, at) => shapeOf(value) === shapeOf(two[at]!))
  return one.every((value, at) => sameValue(name, value, two[at]!, rule.except, renames))
}

function valuesOf(name: string, lines: readonly string[]): string[] {
  if (SINGLES.has(name)) return [...lines]
  return lines.flatMap((line) =>
    splitList(line, 0, line.length).map(([start, end]) => line.slice(start, end)),
  )
}

function sameValue(
  name: string,
  one: string,
  two: string,
  except: readonly string[],
  renames: Renames,
): boolean {
  if (name === 'via') return sameVia(one, two, except, renames)
  if (ADDRESSES.has(name)) return sameAddress(one, two, except, renames)
  if (name === 'call-id') return renames.same('call-id', one, two)
  if (/^\d+$/.test(one) && /^\d+$/.test(two)) return Number(one) === Number(two)
  const [left, right] = [paramsOf(one), paramsOf(two)]
  return (
    squeezed(left.value) === squeezed(right.value) && sameParams(left.params, right.params, except, renames)
  )
}

/** Octet by octet, but for the names that the run made up. */
function sameText(name: string, one: string, two: string, renames: Renames): boolean {
  if (name === 'call-id') return renames.same('call-id', one, two)
  const [left, right] = [cut(one), cut(two)]
  return (
    left.length === right.length &&
    left.every((piece, at) => {
      const other = right[at]!
      const kind = NAMED[piece.name]
      return (
        piece.name === other.name &&
        piece.lead === other.lead &&
        (kind === undefined ? piece.text === other.text : renames.same(kind, piece.text, other.text))
      )
    })
  )
}

/** A text cut behind each ";branch=" and ";tag=" and the token that follows. */
function cut(text: string): { name: string; lead: string; text: string }[] {
  const pieces = []
  let from = 0
  for (const match of text.matchAll(/;[ \t]*(branch|tag|ftag)[ \t]*=[ \t]*([^\s;,>"?&]+)/gi)) {
    pieces.push({ name: match[1]!.toLowerCase(), lead: text.slice(from, match.index), text: match[2]! })
    from = match.index + match[0].length
  }
  return [...pieces, { name: '', lead: '', text: text.slice(from) }]
}

function sameVia(one: string, two: string, except: readonly string[], renames: Renames): boolean {
  const [left, right] = [parseVia(one, 0, one.length), parseVia(two, 0, two.length)]
  if (left instanceof Malformed || right instanceof Malformed) return one === two
  if (left.transport !== right.transport || left.host.toLowerCase() !== right.host.toLowerCase()) return false
  if ((left.port ?? 5060) !== (right.port ?? 5060)) return false
  return sameParams(paramsOf(one).params, paramsOf(two).params, except, renames)
}

function sameAddress(one: string, two: string, except: readonly string[], renames: Renames): boolean {
  const [left, right] = [parseNameAddr(one, 0, one.length), parseNameAddr(two, 0, two.length)]
  if (left instanceof Malformed || right instanceof Malformed) return one === two
  if (unquote(left.display) !== unquote(right.display)) return false
  return sameUris(left.uri, right.uri, renames) && sameParams(left.params, right.params, except, renames)
}

/** Equal by RFC 3261 §19.1.4; parameters that carry a tag (ftag) are names of the run. */
export function sameUris(one: string, two: string, renames: Renames): boolean {
  const [left, right] = [parseUri(plain(one)), parseUri(plain(two))]
  if (left instanceof Malformed || right instanceof Malformed) return one === two
  return sameUri(left, right) && sameText('', tags(one), tags(two), renames)
}

function tags(uri: string): string {
  return /;ftag=[^;>?]*/i.exec(uri)?.[0] ?? ''
}

function plain(uri: string): string {
  return uri.replace(/;ftag=[^;>?]*/i, '')
}

function sameParams(
  one: NameAddr['params'],
  two: NameAddr['params'],
  except: readonly string[],
  renames: Renames,
): boolean {
  const names = new Set([...one.keys(), ...two.keys()].filter((name) => !except.includes(name)))
  for (const name of names) {
    const [left, right] = [one.get(name), two.get(name)]
    if (left === undefined || right === undefined) return false
    const kind = NAMED[name]
    if (kind !== undefined ? !renames.same(kind, left, right) : folded(left) !== folded(right)) return false
  }
  return true
}

/** Tokens compare without case, quoted texts with it (RFC 3261 §7.3.1). */
function folded(value: string): string {
  return value.startsWith('"') ? value : value.toLowerCase()
}

/** A value and the parameters behind it; a Via's value is its protocol and host. */
function paramsOf(text: string): { value: string; params: Map<string, string> } {
  const params = new Map<string, string>()
  const [value = '', ...rest] = text.match(/(?:"(?:[^"\\]|\\.)*"|<[^>]*>|[^;"<]|["<])+/g) ?? []
  for (const param of rest) {
    const equals = param.indexOf('=')
    const name = (equals < 0 ? param : param.slice(0, equals)).trim().toLowerCase()
    params.set(name, equals < 0 ? '' : param.slice(equals + 1).trim())
  }
  return { value: value.trim(), params }
}

function squeezed(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

/** Words that somebody made up become "*", other numbers "9". */
export function shapeOf(text: string): string {
  return squeezed(text)
    .replace(/(=[ \t]*)("[^"]*"|[^\s;,>"]+)/g, '$1*')
    .replace(/[\w.~-]*\d[\w.~-]*[A-Za-z][\w.~-]*|[\w.~-]*[A-Za-z][\w.~-]*\d[\w.~-]*/g, (word) =>
      word.length >= 8 ? '*' : word,
    )
    .replace(/\d+/g, '9')
}
