// sed-like substitutions: "/pattern/replacement/flags" (ser-modules textops: subst, subst_uri).

import { compileRegex } from './regex.js'

type Piece = string | { readonly group: number }

export interface Substitution {
  /** With flag g every match is replaced, else the first. */
  readonly regex: RegExp
  readonly global: boolean
  /** What replaces a match; `uri` is what \u stands for. */
  replacement(match: RegExpExecArray, uri: string): string
}

/** Any separator but a backslash; flags i (no case), g (all), s (`.` matches newlines). Throws an Error on a mistake. */
export function parseSubstitution(text: string): Substitution {
  const separator = text[0]
  if (separator === undefined || separator === '\\')
    throw new Error('bad substitution: write "/pattern/replacement/flags"')
  const [pattern, replacement, flags] = splitUnescaped(text.slice(1), separator)
  if (pattern === undefined || pattern === '' || replacement === undefined || flags === undefined)
    throw new Error(`bad substitution: three ${separator} are needed`)
  const unknown = /[^igs]/.exec(flags)
  if (unknown !== null) throw new Error(`bad substitution: unknown flag ${unknown[0]}`)
  const global = flags.includes('g')
  const regex = compileRegex(pattern, {
    newlineAware: true,
    caseSensitive: !flags.includes('i'),
    dotAll: flags.includes('s'),
    global,
  })
  const pieces = replacementPieces(replacement)
  return {
    regex,
    global,
    replacement: (match, uri) => pieces.map((piece) => render(piece, match, uri)).join(''),
  }
}

function render(piece: Piece, match: RegExpExecArray, uri: string): string {
  if (typeof piece !== 'string') return match[piece.group] ?? ''
  return piece === URI ? uri : piece
}

/** Cannot stand in a script's string as written, so it is nobody's text. */
const URI = '\0uri'

/** The parts between separators; an escaped separator stands for itself. */
function splitUnescaped(text: string, separator: string): string[] {
  const parts = ['']
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]!
    if (letter === '\\' && at + 1 < text.length) {
      at++
      parts[parts.length - 1] += text[at] === separator ? separator : `\\${text[at]}`
    } else if (letter === separator && parts.length < 3) parts.push('')
    else parts[parts.length - 1] += letter
  }
  return parts
}

const LETTERS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\', u: URI }

function replacementPieces(text: string): Piece[] {
  const pieces: Piece[] = []
  for (const part of text.split(/(\\.)/s)) {
    if (part === '') continue
    if (/^\\\d$/.test(part)) pieces.push({ group: Number(part[1]) })
    else if (part.startsWith('\\')) pieces.push(LETTERS[part[1]!] ?? part[1]!)
    else pieces.push(part)
  }
  return pieces
}
