// POSIX extended regular expressions as scripts write them, made into JavaScript's (ser-language 7.2, textops).
//
// What differs and is translated: character classes ([[:alpha:]]), a backslash inside brackets (literal in POSIX),
// a leading ] or ^ in brackets, an opening { that begins no interval. In newline-aware patterns (textops) `.` and
// negated sets do not match a line feed and ^ $ match at lines. Alternatives match leftmost-first, not leftmost-longest.

export interface RegexOptions {
  /** textops: `.` stops at lines, ^ and $ match at them. Core conditions: no. */
  readonly newlineAware?: boolean
  readonly caseSensitive?: boolean
  readonly global?: boolean
  /** subst's flag s: `.` matches newlines again. */
  readonly dotAll?: boolean
}

const CLASSES: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: ' \\t\\n\\v\\f\\r',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  print: ' -~',
  graph: '!-~',
  cntrl: '\\x00-\\x1f\\x7f',
  xdigit: '0-9A-Fa-f',
}

/** Longest pattern accepted. */
export const PATTERN_LENGTH_MAX = 4096

/** Compiles a pattern. Throws an Error whose message begins with SER's "bad re" and says where. */
export function compileRegex(pattern: string, options: RegexOptions = {}): RegExp {
  if (pattern.length > PATTERN_LENGTH_MAX)
    throw new Error(`bad re: longer than ${PATTERN_LENGTH_MAX} characters`)
  const { newlineAware = false, caseSensitive = false, global = false, dotAll = !newlineAware } = options
  const source = translate(pattern, newlineAware && !dotAll)
  const flags =
    (caseSensitive ? '' : 'i') + (newlineAware ? 'm' : '') + (dotAll ? 's' : '') + (global ? 'g' : '')
  try {
    return new RegExp(source, flags)
  } catch (error) {
    throw new Error(`bad re "${pattern}": ${(error as Error).message.replace(/^.*\/[a-z]*: /, '')}`)
  }
}

function translate(pattern: string, linewise: boolean): string {
  let source = ''
  for (let at = 0; at < pattern.length;) {
    const letter = pattern[at]!
    if (letter === '\\') {
      if (at + 1 === pattern.length) throw new Error(`bad re "${pattern}": a backslash at the end`)
      source += escapeLetter(pattern[at + 1]!)
      at += 2
    } else if (letter === '[') {
      const [set, next] = bracket(pattern, at, linewise)
      source += set
      at = next
    } else if (letter === '{' && !/^\{\d+(,\d*)?\}/.test(pattern.slice(at))) {
      source += '\\{'
      at++
    } else if (letter === '.' && linewise) {
      source += '[^\\n]'
      at++
    } else if (letter === '$' && linewise) {
      // JavaScript's m also stops at a bare CR; POSIX only at LF.
      source += '(?=\\n|(?![\\s\\S]))'
      at++
    } else if (letter === '^' && linewise) {
      source += '(?<=\\n|(?<![\\s\\S]))'
      at++
    } else {
      source += letter
      at++
    }
  }
  return source
}

/** `\d` and the like are not POSIX: the letter stands for itself, as in regcomp; \n and \t are kept for comfort. */
function escapeLetter(letter: string): string {
  if (letter === 'n' || letter === 't' || letter === 'r') return `\\${letter}`
  if (/[1-9]/.test(letter)) return `\\${letter}`
  return /[A-Za-z0-9_]/.test(letter)
    ? letter === 'w' || letter === 's' || letter === 'b'
      ? `\\${letter}`
      : letter
    : `\\${letter}`
}

function bracket(pattern: string, start: number, linewise: boolean): readonly [string, number] {
  let at = start + 1
  const negated = pattern[at] === '^'
  if (negated) at++
  let set = ''
  let first = true
  for (; ; first = false) {
    const letter = pattern[at]
    if (letter === undefined) throw new Error(`bad re "${pattern}": [ at ${start + 1} has no ]`)
    if (letter === ']' && !first) break
    const named = /^\[:([a-z]+):\]/.exec(pattern.slice(at))
    if (named !== null) {
      const known = CLASSES[named[1]!]
      if (known === undefined) throw new Error(`bad re "${pattern}": unknown class [:${named[1]}:]`)
      set += known
      at += named[0].length
    } else if (letter === '\\' && /[\]\\.?*+()|^$[/nrt-]/.test(pattern[at + 1] ?? '')) {
      // Scripts of the time escape in brackets although POSIX does not: both readings accept the escaped letter.
      set += `\\${pattern[at + 1]}`
      at += 2
    } else {
      set += letter === ']' || letter === '\\' || letter === '[' || letter === '^' ? `\\${letter}` : letter
      at++
    }
  }
  return [`[${negated ? '^' : ''}${set}${negated && linewise ? '\\n' : ''}]`, at + 1]
}
