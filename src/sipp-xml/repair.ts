// Reads scenario files that are no well-formed XML, as SIPp's own readers took them: attributes that stand twice (the
// first counts), a raw < or > in a value, \" inside a value, -- in comments, files that end early, end tags that
// match nothing. Every repair is a warning with its place. It walks the text once and always comes to its end.

import type { Findings, Place } from './findings.js'
import { TreeBuilder, type XmlAttribute, type XmlElement } from './xml-tree.js'

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** One of these inside another: its end tag is missing. */
const COMMANDS = /^(?:send|recv|pause|nop|sendCmd|recvCmd|timewait|label)$/

/** The tree of a broken text. `reason` is what the strict reader said first. */
export function repairXml(text: string, findings: Findings, reason: string): XmlElement | undefined {
  return new Repair(text, findings).read(reason)
}

class Repair {
  #at = 0
  readonly #builder = new TreeBuilder()
  readonly #lineStarts: number[] = [0]
  #repairs = 0

  constructor(
    private readonly source: string,
    private readonly findings: Findings,
  ) {
    for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1))
      this.#lineStarts.push(at + 1)
  }

  read(reason: string): XmlElement | undefined {
    const { source } = this
    while (this.#at < source.length) {
      const next = source.indexOf('<', this.#at)
      if (next < 0) break
      this.#builder.text(source.slice(this.#at, next))
      this.#at = next
      const failure = this.#markup()
      if (failure !== undefined) {
        this.findings.error('too-large', this.#place(next), failure)
        return undefined
      }
    }
    const place = this.#place(source.length)
    if (this.#builder.depth > 0)
      this.#warn(
        'ends-early',
        place,
        `the file ends inside <${this.#builder.names.join('> <')}>`,
        'close them',
      )
    const { root } = this.#builder
    if (root === undefined) this.findings.error('not-well-formed', place, `this is no XML: ${reason}`)
    else if (this.#repairs === 0)
      this.#warn(
        'not-well-formed',
        strictPlace(reason),
        `not well-formed: ${reason.replace(/^\d+:\d+: /, '')}`,
      )
    return root
  }

  /** What stands at a "<". */
  #markup(): string | undefined {
    const { source } = this
    const start = this.#at
    if (source.startsWith('<!--', start)) return this.#comment(start)
    if (source.startsWith('<![CDATA[', start)) return this.#cdata(start)
    if (source.startsWith('<?', start)) return this.#skipTo('?>', start)
    if (source.startsWith('<!', start)) return this.#doctype(start)
    if (source.startsWith('</', start)) return this.#endTag(start)
    return this.#startTag(start)
  }

  #comment(start: number): undefined {
    const end = this.source.indexOf('-->', start + 4)
    const inside = this.source.slice(start + 4, end < 0 ? undefined : end)
    const dashes = inside.search(/--|-$/)
    if (end < 0) this.#warn('ends-early', this.#place(start), 'this comment has no end')
    else if (dashes >= 0)
      this.#warn(
        'comment-dashes',
        this.#place(start + 4 + dashes),
        '-- inside a comment',
        'write - - instead',
      )
    this.#at = end < 0 ? this.source.length : end + 3
  }

  #cdata(start: number): undefined {
    const end = this.source.indexOf(']]>', start)
    if (end < 0) this.#warn('ends-early', this.#place(start), 'this CDATA section has no end', 'write ]]>')
    const text = this.source.slice(start + 9, end < 0 ? undefined : end)
    this.#builder.cdata(text, this.#place(start + 9).line)
    this.#at = end < 0 ? this.source.length : end + 3
  }

  #skipTo(mark: string, start: number): undefined {
    const end = this.source.indexOf(mark, start)
    this.#at = end < 0 ? this.source.length : end + mark.length
  }

  /** Never fetched; one with declarations inside is skipped with them. */
  #doctype(start: number): undefined {
    const bracket = this.source.indexOf('[', start)
    const end = this.source.indexOf('>', start)
    this.#skipTo(bracket >= 0 && bracket < end ? ']>' : '>', start)
  }

  #endTag(start: number): undefined {
    const [whole = '</', name = ''] =
      /^<\/\s*([\w:.-]*)[^<>]*>?/.exec(this.source.slice(start, start + 300)) ?? []
    this.#at = start + whole.length
    const open = this.#builder.names
    const depth = open.lastIndexOf(name)
    if (depth < 0) {
      this.#warn('not-well-formed', this.#place(start), `</${name}> closes nothing`, 'remove it')
      return
    }
    const left = open.slice(depth + 1)
    if (left.length > 0)
      this.#warn('not-well-formed', this.#place(start), `</${name}> comes before </${left.join('>, </')}>`)
    for (let count = open.length; count > depth; count--) this.#builder.close()
  }

  #startTag(start: number): string | undefined {
    const name = /^[A-Za-z_][\w:.-]*/.exec(this.source.slice(start + 1, start + 100))?.[0]
    if (name === undefined) {
      this.#warn('raw-less-than', this.#place(start), 'a raw < in text', 'write &lt;')
      this.#builder.text('<')
      this.#at = start + 1
      return undefined
    }
    this.#at = start + 1 + name.length
    const { attributes, isEmpty } = this.#attributes()
    const within = this.#builder.names.at(-1) ?? ''
    if (COMMANDS.test(name) && COMMANDS.test(within)) {
      this.#warn(
        'not-well-formed',
        this.#place(start),
        `<${name}> inside <${within}>`,
        `</${within}> is missing`,
      )
      this.#builder.close()
    }
    const failure = this.#builder.open(name, this.#place(start), attributes)
    if (isEmpty) this.#builder.close()
    return failure
  }

  #attributes(): { attributes: XmlAttribute[]; isEmpty: boolean } {
    const { source } = this
    const attributes: XmlAttribute[] = []
    for (;;) {
      while (/\s/.test(source[this.#at] ?? '')) this.#at++
      const start = this.#at
      const letter = source[start]
      if (letter === undefined || letter === '<') {
        this.#warn('not-well-formed', this.#place(start), 'a tag without its >')
        return { attributes, isEmpty: false }
      }
      if (letter === '>') return this.#tagEnd(1, attributes, false)
      if (letter === '/' && source[start + 1] === '>') return this.#tagEnd(2, attributes, true)
      const name = /^[\w:.-]+/.exec(source.slice(start, start + 100))?.[0]
      if (name === undefined) {
        this.#warn('not-well-formed', this.#place(start), `a stray ${letter} in a tag`, 'remove it')
        this.#at++
      } else this.#attribute(name, attributes)
    }
  }

  #tagEnd(length: number, attributes: XmlAttribute[], isEmpty: boolean) {
    this.#at += length
    return { attributes, isEmpty }
  }

  #attribute(name: string, attributes: XmlAttribute[]): void {
    const place = this.#place(this.#at)
    this.#at += name.length
    const equals = /^\s*=\s*/.exec(this.source.slice(this.#at, this.#at + 100))?.[0]
    if (equals === undefined) {
      this.#warn('not-well-formed', place, `${name} has no value`, `write ${name}="..."`)
      return
    }
    this.#at += equals.length
    const value = this.#value(name)
    if (attributes.some((other) => other.name === name)) {
      this.#warn('repeated-attribute', place, `${name} stands twice: the first counts`, 'remove one')
      return
    }
    attributes.push({ name, value, ...place })
  }

  #value(name: string): string {
    const { source } = this
    const start = this.#at
    const quote = source[start]
    if (quote !== '"' && quote !== "'") {
      const bare = /^[^\s<>"'/]*/.exec(source.slice(start, start + 1000))![0]
      this.#warn('not-well-formed', this.#place(start), `the value of ${name} has no quotes`, 'write "..."')
      this.#at = start + bare.length
      return bare
    }
    let end = start + 1
    while (end < source.length && source[end] !== quote)
      end += source[end] === '\\' && source[end + 1] === quote ? 2 : 1
    if (end >= source.length) this.#warn('ends-early', this.#place(start), `the value of ${name} has no end`)
    const raw = source.slice(start + 1, end)
    this.#at = end + 1
    return this.#unescaped(raw, start + 1, quote)
  }

  #unescaped(raw: string, start: number, quote: string): string {
    const less = raw.indexOf('<')
    if (less >= 0) this.#warn('raw-less-than', this.#place(start + less), 'a raw < in a value', 'write &lt;')
    const escaped = raw.indexOf(`\\${quote}`)
    if (escaped >= 0)
      this.#warn('escaped-quote', this.#place(start + escaped), `\\${quote} in a value`, 'write &quot;')
    return raw
      .replaceAll(`\\${quote}`, quote)
      .replace(
        /&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|([a-z]{2,4}));/g,
        (whole, decimal?: string, hex?: string, name?: string) => {
          if (name !== undefined) return ENTITIES[name] ?? whole
          const code = decimal === undefined ? parseInt(hex!, 16) : Number(decimal)
          return code <= 0x10ffff ? String.fromCodePoint(code) : whole
        },
      )
  }

  #warn(kind: Parameters<Findings['warning']>[0], place: Place, text: string, hint?: string): void {
    this.#repairs++
    this.findings.warning(kind, place, text, hint)
  }

  #place(offset: number): Place {
    let low = 0
    let high = this.#lineStarts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.#lineStarts[middle]! <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - this.#lineStarts[low]! + 1 }
  }
}

/** "12:5: unexpected ..." as saxes says it. */
function strictPlace(reason: string): Place {
  const [, line = '1', column = '0'] = /^(\d+):(\d+):/.exec(reason) ?? []
  return { line: Number(line), column: Number(column) + 1 }
}
