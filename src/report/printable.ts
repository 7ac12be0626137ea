// Text that is safe to show. Whatever came over the network (and whatever quotes it: step texts, error messages) may
// hold control bytes, terminal escapes, broken UTF-8 or characters that reverse the reading direction. Every report
// passes it through here first, so that no page, XML file or terminal is steered by a peer.

import type { Bytes } from '../endpoint.js'

/** Octets as text: valid UTF-8 is decoded, any other octet shown as \xNN, and the rest as `visible` does. */
export function readable(bytes: Bytes): string {
  return visible(bytes.replace(UTF8_OR_OCTET, decoded))
}

const UTF8_OR_OCTET =
  /[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[\x80-\xff]/g

function decoded(sequence: string): string {
  const text = Buffer.from(sequence, 'latin1').toString('utf8')
  const valid = sequence.length > 1 && !text.includes('\ufffd')
  return valid ? text : Array.from(sequence, (octet) => `\\x${hex(octet, 2)}`).join('')
}

/** Text with every character visible: line ends become \n, tabs stay, controls become their pictures (ESC: ␛). */
export function visible(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(UNSEEN, shown)
}

// C0 and C1 controls, zero-width and direction marks, line separators, lone surrogates, noncharacters.
const UNSEEN =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]|\p{Surrogate}/gu

function shown(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  if (code === 0x7f) return '\u2421'
  return `\\u{${hex(character, 4)}}`
}

function hex(character: string, digits: number): string {
  return (character.codePointAt(0) ?? 0).toString(16).padStart(digits, '0')
}

/** Visible text on one line, at most `limit` characters. */
export function oneLine(text: string, limit = 200): string {
  return shortened(
    visible(text.slice(0, limit * 8))
      .replace(/\s+/g, ' ')
      .trim(),
    limit,
  )
}

function shortened(text: string, limit: number): string {
  const characters = Array.from(text)
  return characters.length > limit ? characters.slice(0, limit - 1).join('') + '…' : text
}

/** For HTML and XML, in text and in quoted attributes. The argument is `visible` text. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** How many columns of a terminal a text takes: combining marks none, East Asian wide characters and emoji two. */
export function columnsOf(text: string): number {
  let columns = 0
  for (const character of text) columns += /\p{Mn}/u.test(character) ? 0 : WIDE.test(character) ? 2 : 1
  return columns
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u

/** The text if it fits in so many columns, else its beginning and an ellipsis. */
export function fitted(text: string, columns: number, ellipsis = '…'): string {
  if (columnsOf(text) <= columns) return text
  let kept = ''
  for (const character of text) {
    if (columnsOf(kept + character + ellipsis) > columns) break
    kept += character
  }
  return columns > 0 ? kept + ellipsis : ''
}

/** A length of time as people say it: "0.4 ms", "12 ms", "1.25 s", "2 min 05 s". */
export function duration(milliseconds: number): string {
  if (milliseconds < 1) return `${milliseconds.toFixed(1)} ms`
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 60_000) return `${Number((milliseconds / 1000).toFixed(2))} s`
  const seconds = Math.round(milliseconds / 1000)
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
}
