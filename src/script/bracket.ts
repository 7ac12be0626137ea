// Bracket expressions of POSIX patterns: sets, ranges, classes, in which a backslash is an ordinary character.

const CLASSES: ReadonlyMap<string, string> = new Map([
  ['alpha', 'A-Za-z'],
  ['digit', '0-9'],
  ['alnum', 'A-Za-z0-9'],
  ['upper', 'A-Z'],
  ['lower', 'a-z'],
  ['space', ' \\t\\n\\v\\f\\r'],
  ['blank', ' \\t'],
  ['punct', '!-\\/:-@\\[-`{-~'],
  ['print', ' -~'],
  ['graph', '!-~'],
  ['cntrl', '\\x00-\\x1f\\x7f'],
  ['xdigit', '0-9A-Fa-f'],
])

/** What is wrong, and where in the pattern (from 1). */
export class PatternMistake extends Error {
  constructor(reason: string, at: number) {
    super(`${reason} at ${at + 1}`)
  }
}

export interface PatternMode {
  /** Newline-aware: sets that exclude do not match a line feed. */
  readonly linewise: boolean
  /** regcomp compares in upper case then, also the ends of ranges: [a-Z] is [A-Z], and [A-z] has no underscore. */
  readonly ignoreCase: boolean
}

/** The set that begins at `start` as JavaScript writes it, and where the pattern goes on. Throws a PatternMistake. */
export function translateBracket(
  pattern: string,
  start: number,
  { linewise, ignoreCase }: PatternMode,
): readonly [source: string, next: number] {
  let at = start + 1
  const negated = pattern[at] === '^'
  if (negated) at++
  const first = at
  let set = negated && linewise ? '\\n' : ''
  while (at === first || pattern[at] !== ']') {
    const [source, next] = readItem(pattern, at, start, ignoreCase)
    set += source
    at = next
  }
  return [`[${negated ? '^' : ''}${set}]`, at + 1]
}

/** A class, a character or a range. */
function readItem(
  pattern: string,
  at: number,
  start: number,
  ignoreCase: boolean,
): readonly [string, number] {
  const named = /^\[:([^\]]*):\]/.exec(pattern.slice(at))
  if (named !== null) {
    const known = CLASSES.get(named[1]!)
    if (known === undefined) throw new PatternMistake(`invalid character class name [:${named[1]}:]`, at)
    return [known, at + named[0].length]
  }
  const [low, next] = readCharacter(pattern, at, start)
  if (pattern[next] !== '-' || pattern[next + 1] === ']') return [inSet(low), next]
  const [high, behind] = readCharacter(pattern, next + 1, start)
  const [from, to] = ignoreCase ? [low.toUpperCase(), high.toUpperCase()] : [low, high]
  const goesOn = pattern[behind] === '-' && pattern[behind + 1] !== ']'
  if (to < from || goesOn) throw new PatternMistake(`invalid range end: ${low}-${high}`, at)
  return [`${inSet(from)}-${inSet(to)}`, behind]
}

/** One character, plain or as [.x.] or [=x=]. */
function readCharacter(pattern: string, at: number, start: number): readonly [string, number] {
  const letter = pattern[at]
  if (letter === undefined) throw new Error(`[ at ${start + 1} has no ]`)
  const collating = /^\[([.=])([^\]]*?)\1\]/s.exec(pattern.slice(at))
  if (collating === null) {
    if (letter === '[' && pattern[at + 1] === ':') throw new PatternMistake('invalid range end: a class', at)
    return [letter, at + 1]
  }
  if (collating[2]!.length !== 1) throw new PatternMistake(`invalid collation character ${collating[0]}`, at)
  return [collating[2]!, at + collating[0].length]
}

function inSet(letter: string): string {
  return /[\\\]^[-]/.test(letter) ? `\\${letter}` : letter
}
