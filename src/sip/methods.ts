// The usual methods, so that each name is one string: comparing two of them is comparing two references.

const METHODS = [
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'OPTIONS',
  'REGISTER',
  'PRACK',
  'SUBSCRIBE',
  'NOTIFY',
  'PUBLISH',
  'INFO',
  'REFER',
  'MESSAGE',
  'UPDATE',
] as const

/** Is it a method of an RFC, whether it is served or not? */
export function isKnownMethod(method: string): boolean {
  return (METHODS as readonly string[]).includes(method)
}

/** By length and first letter: one method a cell. */
const CELLS: string[] = []
for (const method of METHODS) CELLS[cellOf(method.length, method.charCodeAt(0))] = method

function cellOf(length: number, firstLetter: number): number {
  return (length << 5) | (firstLetter & 31)
}

/** The method that is text[start, end), usual or not; methods have case (RFC 3261 §7.1). */
export function methodAt(text: string, start: number, end: number): string {
  const usual = end - start < 10 ? CELLS[cellOf(end - start, text.charCodeAt(start))] : undefined
  return usual !== undefined && text.startsWith(usual, start) ? usual : text.slice(start, end)
}
