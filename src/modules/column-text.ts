// Octets from the network on their way into a column: a text that no database refuses, so that nobody escapes a record
// by sending what does not fit.

import { textOf } from '../sip/unicode.js'

/** At most `charactersMax` characters, without octets 0. */
export function columnText(octets: string, charactersMax: number): string {
  const text = textOf(octets.replaceAll('\0', ''))
  // Whole characters, also beyond the first 65536.
  return text.length <= charactersMax ? text : [...text].slice(0, charactersMax).join('')
}
