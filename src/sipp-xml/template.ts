// Texts with [keywords]: messages, commands between players, and the values of actions. A text is cut once, at load,
// into literals and keywords; what a keyword becomes is expand.ts's matter. CSV fields are expanded once more when they
// are used, so the same cutting serves there.

import { KEYWORD_NAMES, SRTP_KEYWORD } from './keywords.js'
import { MESSAGE_LENGTH_MAX } from './sizes.js'

export interface Keyword {
  readonly kind: string
  /** [cseq+1], [branch-2]. */
  readonly offset: number
  /** The name of a user keyword, variable, header or SRTP keyword; the text of [fill]. */
  readonly name: string
  /** A variable's place, once bound. */
  readonly slot: number
  /** [fieldN]. */
  readonly field: number
  /** The CSV file of a field, "" for the first one. */
  readonly file: string
  /** Inner texts: line of a field, name of a file, what [authentication] says. */
  readonly inner: Readonly<Record<string, Template>>
}

export interface Template {
  readonly parts: readonly (string | Keyword)[]
  /** When there is no keyword in it: itself. */
  readonly plain: string | undefined
}

/** What is wrong with a text: where in it, and what to do. */
export interface TemplateComplaint {
  readonly offset: number
  readonly kind: 'keyword' | 'unknown-keyword'
  readonly text: string
  readonly hint?: string
}

export interface TemplateNeeds {
  /** The place of a variable; asked in the order of the text. */
  slotOf(name: string, offset: number): number
  complain(complaint: TemplateComplaint): void
  /** A name that only -key can explain. */
  userKeyword(name: string, offset: number): void
}

const KEYWORD_LENGTH_MAX = 256
const PARTS_MAX = 20_000
const INNER_DEPTH_MAX = 3

export const EMPTY: Template = { parts: [], plain: '' }

/** Cuts a text at its keywords. LF becomes CRLF, \xHH an octet. */
export function templateOf(text: string, needs: TemplateNeeds, depth = 0): Template {
  const parts: (string | Keyword)[] = []
  let literal = ''
  let at = 0
  while (at < text.length) {
    const special = nextSpecial(text, at)
    literal += text.slice(at, special)
    if (special >= text.length) break
    if (text[special] === '\n') {
      literal += '\r\n'
      at = special + 1
    } else if (text[special] === '\\') {
      const octet = /^\\x([0-9a-fA-F]{1,2})/.exec(text.slice(special, special + 4))
      literal += octet === null ? '\\' : String.fromCharCode(parseInt(octet[1]!, 16))
      at = special + (octet?.[0].length ?? 1)
    } else {
      const end = keywordEnd(text, special)
      const inner = end < 0 ? -1 : text.lastIndexOf('[', end)
      // "[[cseq]": the first bracket is text.
      if (inner > special && !text.slice(special, end).includes('"')) {
        literal += text.slice(special, inner)
        at = inner
        continue
      }
      const keyword = end < 0 ? undefined : text.slice(special + 1, end)
      if (keyword === undefined || keyword === '' || keyword.length > KEYWORD_LENGTH_MAX) {
        needs.complain({ ...NO_KEYWORD, offset: special })
        literal += '['
        at = special + 1
        continue
      }
      if (literal !== '') parts.push(literal)
      literal = ''
      parts.push(keywordOf(keyword, special, needs, depth))
      at = end + 1
    }
    if (parts.length > PARTS_MAX || literal.length > MESSAGE_LENGTH_MAX) {
      needs.complain({ offset: at, kind: 'keyword', text: 'this text is too long' })
      break
    }
  }
  if (literal !== '') parts.push(literal)
  return templateFrom(parts)
}

const NO_KEYWORD = {
  kind: 'keyword',
  text: 'a [ that opens no keyword',
  hint: 'write \\x5B for the character',
} as const

function templateFrom(parts: readonly (string | Keyword)[]): Template {
  const [first] = parts
  const plain = parts.length === 0 ? '' : parts.length === 1 && typeof first === 'string' ? first : undefined
  return { parts, plain }
}

function nextSpecial(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0x5b || code === 0x0a || (code === 0x5c && text[at + 1] === 'x')) return at
  }
  return text.length
}

/** The ] of a keyword; brackets in double quotes do not count. Keywords stay on their line. */
function keywordEnd(text: string, start: number): number {
  let quoted = false
  for (let at = start + 1; at < text.length && at - start <= KEYWORD_LENGTH_MAX + 2; at++) {
    const letter = text[at]
    if (letter === '\n') return -1
    if (letter === '"') quoted = !quoted
    if (letter === ']' && !quoted) return at
  }
  return -1
}

const PLAIN = { offset: 0, name: '', slot: -1, field: 0, file: '', inner: {} }

function keywordOf(text: string, offset: number, needs: TemplateNeeds, depth: number): Keyword {
  const plain: Keyword = { kind: '', ...PLAIN }
  if (text.startsWith('authentication')) return authentication(text, offset, needs, depth)
  if (text.startsWith('$')) return { ...plain, kind: 'variable', ...variable(text.slice(1), offset, needs) }
  const [, name = '', number] = /^(.*?)([+-]\d+)?$/s.exec(text)!
  const withOffset = { ...plain, offset: number === undefined ? 0 : Number(number) }
  const [word = ''] = text.split(' ')
  if (Object.hasOwn(KEYWORD_NAMES, name)) return { ...withOffset, kind: name }
  if (/^field\d/.test(text)) return field(text, offset, needs, depth)
  if (word === 'file') return file(text, offset, needs, depth)
  if (word === 'fill') return fill(text, offset, needs)
  if (text.startsWith('last_')) return { ...plain, kind: 'last_header', name: text.slice(5) }
  if (SRTP_KEYWORD.test(name)) return { ...withOffset, kind: 'srtp', name }
  needs.userKeyword(text, offset)
  return { ...plain, kind: 'user', name: text }
}

function variable(name: string, offset: number, needs: TemplateNeeds): { name: string; slot: number } {
  return { name, slot: needs.slotOf(name, offset) }
}

/** name=value or name="value", blanks allowed in quotes. */
function parameter(text: string, name: string): string | undefined {
  const [, quoted, bare] = new RegExp(`(?:^|\\s)${name}=(?:"([^"]*)"|(\\S*))`).exec(text) ?? []
  return quoted ?? bare
}

function field(text: string, offset: number, needs: TemplateNeeds, depth: number): Keyword {
  const line = parameter(text, 'line')
  const inner = line === undefined ? {} : { line: innerTemplate(line, offset, needs, depth) }
  const number = Number(/^field(\d{1,6})/.exec(text)![1])
  return { ...PLAIN, kind: 'field', field: number, file: parameter(text, 'file') ?? '', inner }
}

function file(text: string, offset: number, needs: TemplateNeeds, depth: number): Keyword {
  const name = parameter(text, 'name')
  if (name === undefined || name === '')
    needs.complain({ offset, kind: 'keyword', text: '[file] without a name', hint: 'write [file name=...]' })
  return { ...PLAIN, kind: 'file', inner: { name: innerTemplate(name ?? '', offset, needs, depth) } }
}

function fill(text: string, offset: number, needs: TemplateNeeds): Keyword {
  const name = parameter(text, 'variable')
  if (name === undefined) {
    const complaint = { offset, kind: 'keyword', text: '[fill] without a variable' } as const
    needs.complain({ ...complaint, hint: 'write [fill text="x" variable=N]' })
    return { ...PLAIN, kind: 'fill', name: 'X' }
  }
  return { ...PLAIN, kind: 'fill', name: parameter(text, 'text') || 'X', slot: needs.slotOf(name, offset) }
}

const CREDENTIALS = ['username', 'password', 'aka_K', 'aka_OP', 'aka_AMF'] as const

function authentication(text: string, offset: number, needs: TemplateNeeds, depth: number): Keyword {
  const inner: Record<string, Template> = {}
  for (const name of CREDENTIALS) {
    const value = parameter(text, name)
    if (value !== undefined) inner[name] = innerTemplate(value, offset, needs, depth)
  }
  return { ...PLAIN, kind: 'authentication', inner }
}

function innerTemplate(text: string, offset: number, needs: TemplateNeeds, depth: number): Template {
  if (depth >= INNER_DEPTH_MAX) {
    needs.complain({ offset, kind: 'keyword', text: 'keywords are nested too deeply' })
    return EMPTY
  }
  return templateOf(text, needs, depth + 1)
}

/** Does any keyword of a text, or of a text inside it, satisfy this? */
export function anyKeyword({ parts }: Template, is: (keyword: Keyword) => boolean): boolean {
  return parts.some(
    (part) =>
      typeof part !== 'string' &&
      (is(part) || Object.values(part.inner).some((template) => anyKeyword(template, is))),
  )
}
