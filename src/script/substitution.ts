// sed-like substitutions: "/pattern/replacement/flags" (ser-modules textops: subst, subst_uri, subst_user).

import { compileRegex } from './regex.js'

const URI = Symbol('the current Request-URI')
/** A piece of the replacement. */
type Piece = string | { readonly group: number } | typeof URI
/** Replacements of one substitution with flag g. */
const REPLACEMENTS_MAX = 1000

export interface Substitution {
  /** As written. */
  readonly pattern: string
  readonly regex: RegExp
  /** Flag g: every match is replaced, else the first. */
  readonly global: boolean
  /** What replaces a match; `uri` is what \u stands for. */
  readonly replacement: (match: RegExpExecArray, uri: string) => string
  /** The text with the substitution done; undefined when nothing matched. */
  readonly apply: (text: string, uri: string) => string | undefined
}

/**
 * Any separator but a backslash; flags i (no case), g (all), s (the pattern is not line by line).
 * Throws an Error on a mistake.
 */
export function parseSubstitution(text: string): Substitution {
  const separator = text[0]
  if (separator === undefined || separator === '\\')
    throw new Error('bad substitution: write "/pattern/replacement/flags"')
  const [pattern, replacement, flags] = splitUnescaped(text.slice(1), separator)
  if (pattern === undefined || pattern === '' || replacement === undefined || flags === undefined)
    throw new Error(`bad substitution: three ${separator} are needed, with a pattern between the first two`)
  const unknown = /[^igs]/.exec(flags)
  if (unknown !== null) throw new Error(`bad substitution: unknown flag ${unknown[0]}`)
  const global = flags.includes('g')
  const regex = compileRegex(pattern, {
    newlineAware: !flags.includes('s'),
    caseSensitive: !flags.includes('i'),
    global,
  })
  const pieces = replacementPieces(replacement, separator)
  const render = (match: RegExpExecArray, uri: string): string =>
    pieces.map((piece) => rendered(piece, match, uri)).join('')
  return {
    pattern,
    regex,
    global,
    replacement: render,
    apply: (subject, uri) => applied(subject, regex, (match) => render(match, uri)),
  }
}

function applied(
  subject: string,
  regex: RegExp,
  replacement: (match: RegExpExecArray) => string,
): string | undefined {
  let result = ''
  let from = 0
  let count = 0
  regex.lastIndex = 0
  for (let match = regex.exec(subject); match !== null; match = regex.exec(subject)) {
    result += subject.slice(from, match.index) + replacement(match)
    from = match.index + match[0].length
    if (match[0] === '') regex.lastIndex++
    if (++count >= REPLACEMENTS_MAX || !regex.global) break
  }
  return count === 0 ? undefined : result + subject.slice(from)
}

function rendered(piece: Piece, match: RegExpExecArray, uri: string): string {
  if (piece === URI) return uri
  return typeof piece === 'string' ? piece : (match[piece.group] ?? '')
}

/** The parts between separators, their escapes as written: an escaped separator ends nothing. */
function splitUnescaped(text: string, separator: string): string[] {
  const parts = ['']
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!
    if (letter === '\\' && at + 1 < text.length) parts[parts.length - 1] += letter + text[++at]!
    else if (letter === separator && parts.length < 3) parts.push('')
    else parts[parts.length - 1] += letter
  }
  return parts
}

const ESCAPES: ReadonlyMap<string, Piece> = new Map<string, Piece>([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['\\', '\\'],
  ['u', URI],
])

function replacementPieces(text: string, separator: string): Piece[] {
  return text
    .split(/(\\.)/s)
    .filter((part) => part !== '')
    .map((part) => {
      const letter = part[1]!
      if (!/^\\./s.test(part)) return part
      if (letter === separator) return separator
      return /\d/.test(letter) ? { group: Number(letter) } : (ESCAPES.get(letter) ?? letter)
    })
}
