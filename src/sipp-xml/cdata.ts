// The text of a <send>: indentation goes, the blank line before the body is added when there is none. Content-Length is
// not put right for the author; [len] does that.

/** Cleans a CDATA section; the line ends are still LF. */
export function cleanCdata(text: string): string {
  const begun = text.replace(/^[ \t\n]+/, '')
  const kept = begun.replace(/[ \t\n]+$/, '')
  const bare = kept
    .replace(/\n +/g, '\n')
    .replace(/ +\n/g, '\n')
    .replace(/\n\t+/g, '\n')
    .replace(/\t+\n/g, '\n')
  return bare.includes('\n\n') ? bare : `${bare}\n\n`
}

/** A message: as above, and a body keeps one line end when it had any. */
export function cleanMessage(text: string): string {
  const clean = cleanCdata(text)
  return !clean.endsWith('\n') && /\n[ \t]*$/.test(text) ? `${clean}\n` : clean
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
