// The existing steps nearest to one that nobody defined: by the words they share.

const SHOWN = 3

/** At most three expressions, best first. */
export function nearestSteps(text: string, expressions: readonly string[]): string[] {
  const wanted = new Set(wordsOf(text))
  const scored = expressions
    .filter((expression) => !expression.startsWith('within '))
    .map((expression) => ({ expression, score: similarity(wanted, wordsOf(expression)) }))
  scored.sort((one, two) => two.score - one.score)
  return scored.slice(0, SHOWN).map(({ expression }) => expression)
}

function wordsOf(text: string): string[] {
  return (
    text
      .replace(/\{[^}]*\}|\([^)]*\)|"[^"]*"/g, ' ')
      .toLowerCase()
      .match(/[a-z_]+/g) ?? []
  )
}

/** Shared words over all words of both. */
function similarity(wanted: ReadonlySet<string>, words: readonly string[]): number {
  const shared = words.filter((word) => wanted.has(word)).length
  return shared / (wanted.size + words.length - shared || 1)
}
