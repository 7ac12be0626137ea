// The values of variables: a string (also a regular expression's match), a number, a truth, or nothing yet.

export type Value = string | number | boolean | undefined

/** Does `next`, `test` or `condexec` hold with this variable? A truth must be true, a number not 0, a string assigned. */
export function isSet(value: Value): boolean {
  return value !== undefined && value !== false && value !== 0
}

export function asNumber(value: Value): number {
  return typeof value === 'number' ? value : 0
}

export function asText(value: Value): string {
  return typeof value === 'string' ? value : ''
}

/** What [$x] becomes; a 0 is not set, and leaves nothing. */
export function shown(value: Value): string {
  if (value === 0) return ''
  if (typeof value === 'number') return Number.isFinite(value) ? value.toFixed(6) : String(value)
  return value === undefined ? '' : String(value)
}

/** <todouble>; undefined when the text is no number to its end. */
export function toDouble(value: Value): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value === undefined) return undefined
  // Nothing at all is 0, as for C's strtod.
  const text = value.trimStart()
  if (text === '') return value === '' ? 0 : undefined
  if (!/^[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|0x[0-9a-f]+)$/i.test(text)) return undefined
  return Number(text)
}

const TEXT_LENGTH_MAX = 65_536

/** Keeps variables from growing without end in a loop. */
export function limited(text: string): string {
  return text.length > TEXT_LENGTH_MAX ? text.slice(0, TEXT_LENGTH_MAX) : text
}
