// Whose mistake is it? A peer's is data (Malformed, returned, never thrown), a script author's has file:line:column
// (ScriptError), a user's says what to do next (UsageError), ours is an assertion that stops the run.

/** What is wrong with bytes from the network. Returned, never thrown: a conformance tool meets it hourly. */
export class Malformed {
  constructor(
    /** Where in the message, in octets from its start. */
    readonly offset: number,
    readonly reason: string,
    /** The status that would tell the sender (RFC 3261 §21.4, §21.5). */
    readonly status = 400,
  ) {}
}

export interface Position {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
}

/** A mistake in a routing script, found at load. `hint` says what to do. */
export class ScriptError extends Error {
  constructor(
    readonly position: Position,
    readonly reason: string,
    readonly hint?: string,
  ) {
    super(`${position.file}:${position.line}:${position.column}: ${reason}${hint ? ` (${hint})` : ''}`)
    this.name = 'ScriptError'
  }
}

/** Several mistakes of one script. */
export class ScriptErrors extends Error {
  constructor(readonly errors: readonly ScriptError[]) {
    super(errors.map((error) => error.message).join('\n'))
    this.name = 'ScriptErrors'
  }
}

/** A mistake in how the tool was asked; the message says what to do next. Exit code 2. */
export class UsageError extends Error {
  override name = 'UsageError'
}

/** A scenario's expectation that did not come true. */
export class ExpectationError extends Error {
  override name = 'ExpectationError'

  constructor(
    message: string,
    readonly expected?: string,
    readonly actual?: string,
  ) {
    const shown = expected === undefined ? '' : `\n  expected: ${expected}\n  actual:   ${actual ?? ''}`
    super(message + shown)
  }
}

/** Our own mistake: stops the run. */
export function assert(condition: unknown, reason: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${reason}`)
}

/** The nearest of `known` to a misspelt word (edit distance at most a third of its length), for "did you mean". */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let least = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < least) [best, least] = [candidate, distance]
  }
  return best
}

function editDistance(one: string, two: string): number {
  let row = Array.from({ length: two.length + 1 }, (_, index) => index)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= two.length; j++) {
      const change = row[j - 1]! + (one[i - 1] === two[j - 1] ? 0 : 1)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, change))
    }
    row = next
  }
  return row[two.length]!
}
