// What an octet is, for readers that walk a text without patterns (RFC 3261 §25.1).
//
// Only SP, TAB, CR and LF are white space: JavaScript's \s and trim() also take NBSP (0xA0), which in octets is a part of
// a UTF-8 letter.

export const TAB = 9
export const LF = 10
export const CR = 13
export const SP = 32
export const QUOTE = 34
export const COMMA = 44
export const COLON = 58
export const SEMICOLON = 59
export const LESS = 60
export const EQUALS = 61
export const GREATER = 62
export const BACKSLASH = 92

const TOKEN = /^[A-Za-z0-9!%*_+`'~.-]+$/

/** SP or TAB. */
export function isBlank(code: number): boolean {
  return code === SP || code === TAB
}

/** LWS, folding included: SP, TAB, CR, LF. */
export function isSpace(code: number): boolean {
  return code === SP || code === TAB || code === CR || code === LF
}

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

/** The first octet at or after `at` that is no white space; `end` when there is none. */
export function skipSpaces(text: string, at: number, end: number): number {
  while (at < end && isSpace(text.charCodeAt(at))) at++
  return at
}

/** Behind the last octet of text[start, end) that is no white space; `start` when there is none. */
export function trimmedEnd(text: string, start: number, end: number): number {
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--
  return end
}

/** text[start, end) without white space around it. */
export function trimmed(text: string, start: number, end: number): string {
  const from = skipSpaces(text, start, end)
  return text.slice(from, trimmedEnd(text, from, end))
}

/** Behind the closing quote of the quoted string that opens at `at`; -1 when it does not close before `end`. */
export function quotedEnd(text: string, at: number, end: number): number {
  for (let i = at + 1; i < end; i++) {
    const code = text.charCodeAt(i)
    if (code === BACKSLASH) i++
    else if (code === QUOTE) return i + 1
  }
  return -1
}

/** A token of RFC 3261 §25.1: a method, a parameter's name, a header's name. */
export function isToken(text: string): boolean {
  return TOKEN.test(text)
}
