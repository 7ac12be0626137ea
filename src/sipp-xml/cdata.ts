// The text of a <send>: indentation goes, the blank line before the body is added when there is none. Content-Length is
// not put right for the author; [len] does that.

/** Cleans a CDATA section; the line ends are still LF. */
export function cleanCdata(text: string): string {
  const lines = text.split('\n').map(trimmed)
  let first = 0
  let last = lines.length
  while (first < last && lines[first] === '') first++
  while (last > first && lines[last - 1] === '') last--
  const bare = lines.slice(first, last).join('\n')
  return bare.includes('\n\n') ? bare : `${bare}\n\n`
}

/** A message: as above, and a body keeps one line end when it had any. */
export function cleanMessage(text: string): string {
  const clean = cleanCdata(text)
  const rest = text.slice(text.lastIndexOf('\n') + 1)
  return !clean.endsWith('\n') && text.includes('\n') && trimmed(rest) === '' ? `${clean}\n` : clean
}

/** Without blanks at its ends; walked once, a file may be all blanks. */
function trimmed(line: string): string {
  let from = 0
  let to = line.length
  while (from < to && isBlank(line.charCodeAt(from))) from++
  while (to > from && isBlank(line.charCodeAt(to - 1))) to--
  return line.slice(from, to)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

/** What a message's first line says. */
export interface FirstLine {
  readonly method: string | undefined
  readonly code: number | undefined
}

/** The method or the code of a text to be sent; a text says why it is neither. */
export function firstLineOf(first: string | undefined): FirstLine | string {
  const [, word, rest = ''] = /^\s*(\S+) (.*)/s.exec(first ?? '') ?? []
  if (word === undefined) return 'a keyword stands where the method or SIP/2.0 must stand'
  if (word !== 'SIP/2.0') return { method: word, code: undefined }
  const code = /^\s*(\d{3})(?=\s|$)/.exec(rest)?.[1]
  if (code === undefined || Number(code) < 100 || Number(code) > 699)
    return 'the response needs a code from 100 to 699'
  return { method: undefined, code: Number(code) }
}
