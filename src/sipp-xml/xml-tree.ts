// The tree of a scenario file, and what builds it: both readers (xml.ts, repair.ts) do, within the same limits.

import type { Place } from './findings.js'

export interface XmlAttribute extends Place {
  readonly name: string
  readonly value: string
}

export interface XmlElement extends Place {
  readonly name: string
  readonly attributes: readonly XmlAttribute[]
  readonly children: readonly XmlElement[]
  /** The first CDATA section, with the line where its text begins. */
  readonly cdata: string | undefined
  readonly cdataLine: number
  /** Other text in it. */
  readonly text: string
}

const DEPTH_MAX = 24
const ELEMENTS_MAX = 50_000
const ATTRIBUTES_MAX = 64

/** Builds the tree; both readers use it. */
export class TreeBuilder {
  root: XmlElement | undefined
  readonly #open: (XmlElement & { children: XmlElement[]; cdata: string | undefined; text: string })[] = []
  #elements = 0

  get depth(): number {
    return this.#open.length
  }

  /** The names of the open elements, outermost first. */
  get names(): readonly string[] {
    return this.#open.map(({ name }) => name)
  }

  /** Returns what is too much, or undefined. */
  open(name: string, place: Place, attributes: readonly XmlAttribute[]): string | undefined {
    if (this.#open.length >= DEPTH_MAX) return `elements are nested deeper than ${DEPTH_MAX}`
    if (++this.#elements > ELEMENTS_MAX) return `more than ${ELEMENTS_MAX} elements`
    if (attributes.length > ATTRIBUTES_MAX) return `more than ${ATTRIBUTES_MAX} attributes`
    const { line, column } = place
    const element = { name, line, column, attributes, children: [], cdata: undefined, cdataLine: 0, text: '' }
    const parent = this.#open.at(-1)
    if (parent !== undefined) parent.children.push(element)
    else this.root ??= element
    this.#open.push(element)
    return undefined
  }

  close(): void {
    this.#open.pop()
  }

  cdata(text: string, line: number): void {
    const element = this.#open.at(-1)
    if (element === undefined || element.cdata !== undefined) return
    element.cdata = text
    ;(element as { cdataLine: number }).cdataLine = line
  }

  text(text: string): void {
    const element = this.#open.at(-1)
    if (element !== undefined) element.text += text
  }
}
