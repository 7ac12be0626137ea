// Edits: what is to be cut and put in when the message is sent on, kept as pieces and joined once for each branch.
// The text as received is never changed, so conditions always see the original (SER's lumps).

import type { Bytes } from '../endpoint.js'

export interface Edit {
  /** Where in the received text. */
  readonly at: number
  /** How many octets are cut there. */
  readonly cut: number
  /** What is put there. */
  readonly put: Bytes
}

/** The text with all edits carried out; at one place they follow each other in the order given. */
export function applyEdits(text: Bytes, edits: readonly Edit[], from = 0): Bytes {
  if (edits.length === 0) return from === 0 ? text : text.slice(from)
  let result = ''
  let at = from
  for (const edit of inOrder(edits)) {
    if (edit.at > at) result += text.slice(at, edit.at)
    result += edit.put
    // A later cut of what an earlier one has already cut is shortened.
    at = Math.max(at, edit.at + edit.cut)
  }
  return result + text.slice(at)
}

function inOrder(edits: readonly Edit[]): readonly Edit[] {
  for (let i = 1; i < edits.length; i++)
    if (edits[i - 1]!.at > edits[i]!.at) return [...edits].sort((one, two) => one.at - two.at)
  return edits
}
