// What the reader of a scenario has at hand at every element: the findings, the names so far, and how a text with
// keywords is read at its place.

import type { Findings, Place } from './findings.js'
import { Symbols } from './symbols.js'
import { templateOf, type Template } from './template.js'

export class ReadContext {
  readonly symbols: Symbols
  readonly userKeywords = new Set<string>()
  readonly mediaFiles = new Set<string>()
  /** Label of every jump, to be resolved when all labels are known. */
  readonly jumps: { label: string; place: Place; resolve: (index: number) => void }[] = []

  constructor(readonly findings: Findings) {
    this.symbols = new Symbols(findings)
  }

  /** A text with keywords that begins at a place. */
  template(text: string, place: Place): Template {
    const at = (offset: number): Place => {
      const before = text.slice(0, offset).split('\n')
      return before.length === 1
        ? place
        : { line: place.line + before.length - 1, column: before.at(-1)!.length + 1 }
    }
    return templateOf(text, {
      slotOf: (name, offset) => this.symbols.slot(name, at(offset)),
      complain: ({ offset, kind, text: reason, hint }) => this.findings.error(kind, at(offset), reason, hint),
      userKeyword: (name, offset) => {
        if (this.userKeywords.has(name)) return
        this.userKeywords.add(name)
        if (!/^[\w.:-]+$/.test(name))
          this.findings.warning('unknown-keyword', at(offset), `[${name}] is no keyword`, USER_KEYWORD)
      },
    })
  }

  /** Notes a media file; pcap players allow quotes around the name. */
  mediaFile(name: string): string {
    const bare = name.trim().replace(/^"(.*)"$/, '$1')
    this.mediaFiles.add(bare)
    return bare
  }
}

const USER_KEYWORD = 'write \\x5B for the character [, or give it with -key NAME VALUE'
