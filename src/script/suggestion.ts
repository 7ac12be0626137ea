// What to say about a name that nobody knows.

import { nearest } from '../errors.js'

/** "did you mean x?", or the names that are known. */
export function suggestion(word: string, known: Iterable<string>): string {
  const candidates = [...known]
  if (candidates.length === 0) return 'there is none'
  const near = nearest(word, candidates)
  return near === undefined ? `known: ${candidates.join(' ')}` : `did you mean ${near}?`
}

/** Words of other versions and dialects -> what to write here. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['return', 'it came after 0.9; write break'],
  ['exit', 'it came after 0.9; write break'],
  ['len_gt', 'write msg:len > n'],
  ['t_on_negative', 'it is called t_on_failure now'],
  ['xlog', 'write log'],
  ['while', 'there are no loops'],
  ['switch', 'write if ... else if ...'],
])

/** What to write instead of a word of another version, if it is one. */
export function elsewhere(word: string): string | undefined {
  return ELSEWHERE.get(word)
}
