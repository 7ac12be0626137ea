// Two ladders of the same call side by side: which arrow of one is which of the other, and which has none.

import type { Arrow, Ladder } from './messages.js'

export interface PairRow {
  readonly one: Arrow | undefined
  readonly two: Arrow | undefined
}

/** Beyond so many arrows of one side the rest is paired in order: the exact way costs their product. */
const ARROWS_MAX = 1500

/** Pairs the arrows in the order of the first ladder; copies of a message are left out. */
export function pairedArrows(one: Ladder, two: Ladder): PairRow[] {
  const rows = inOrder(one, two)
  const moved = rows.filter(({ one: first }) => first === undefined)
  const taken = new Set<PairRow>()
  // At one instant the order means nothing: what stands elsewhere on the other side is the same message still.
  const paired = rows.map((row) => {
    if (row.one === undefined || row.two !== undefined) return row
    const key = keyOf(row.one)
    const other = moved.find((each) => !taken.has(each) && keyOf(each.two!) === key)
    if (other === undefined) return row
    taken.add(other)
    return { one: row.one, two: other.two }
  })
  return paired.filter((row) => !taken.has(row))
}

/** Pairs in the order of both, as far as they agree. */
function inOrder(one: Ladder, two: Ladder): PairRow[] {
  const [left, right] = [firsts(one), firsts(two)]
  const lengths = longestCommon(left.slice(0, ARROWS_MAX), right.slice(0, ARROWS_MAX))
  const rows: PairRow[] = []
  let [i, j] = [0, 0]
  while (i < left.length || j < right.length) {
    const [first, second] = [left[i], right[j]]
    if (first !== undefined && second !== undefined && keyOf(first) === keyOf(second)) {
      rows.push({ one: first, two: second })
      i++
      j++
    } else if (
      second === undefined ||
      (first !== undefined && at(lengths, i + 1, j) >= at(lengths, i, j + 1))
    ) {
      rows.push({ one: first, two: undefined })
      i++
    } else {
      rows.push({ one: undefined, two: second })
      j++
    }
  }
  return rows
}

function firsts({ arrows }: Ladder): Arrow[] {
  return arrows.filter(({ retransmission, fate }) => !retransmission && fate !== 'duplicate')
}

function keyOf({ from, to, label, cseq }: Arrow): string {
  return [from, to, label.replace(/ .*/, ''), cseq].join('\n')
}

/** lengths[i][j]: the longest common sequence of what follows i on the left and j on the right. */
function longestCommon(left: readonly Arrow[], right: readonly Arrow[]): Uint16Array[] {
  const [one, two] = [left.map(keyOf), right.map(keyOf)]
  const lengths = Array.from({ length: one.length + 1 }, () => new Uint16Array(two.length + 1))
  for (let i = one.length - 1; i >= 0; i--)
    for (let j = two.length - 1; j >= 0; j--)
      lengths[i]![j] =
        one[i] === two[j] ? lengths[i + 1]![j + 1]! + 1 : Math.max(lengths[i + 1]![j]!, lengths[i]![j + 1]!)
  return lengths
}

function at(lengths: readonly Uint16Array[], i: number, j: number): number {
  return lengths[i]?.[j] ?? 0
}
