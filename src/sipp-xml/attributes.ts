// The attributes of one element, read by kind. What nobody asked for is a warning at the end: a misspelt attribute is
// silently ignored by SIPp, and costs its author an afternoon.

import { nearest } from '../errors.js'
import type { Findings, Place } from './findings.js'
import type { Optional } from './program.js'
import type { XmlElement } from './xml-tree.js'

export class Attributes {
  readonly #asked = new Set<string>()

  constructor(
    readonly element: XmlElement,
    readonly findings: Findings,
  ) {}

  has(name: string): boolean {
    this.#asked.add(name)
    return this.element.attributes.some((attribute) => attribute.name === name)
  }

  text(name: string): string | undefined {
    this.#asked.add(name)
    return this.element.attributes.find((attribute) => attribute.name === name)?.value
  }

  /** The value; '' and an error when it is not there. */
  required(name: string): string {
    const value = this.text(name)
    if (value !== undefined) return value
    this.error('attribute', `<${this.element.name}> has no ${name}`, `write ${name}="..."`)
    return ''
  }

  number(name: string): number | undefined {
    const value = this.text(name)?.trim()
    if (value === undefined) return undefined
    const number = Number(value)
    if (value !== '' && Number.isFinite(number)) return number
    this.error('attribute', `${name}="${value}" is no number`)
    return undefined
  }

  requiredNumber(name: string): number {
    if (!this.has(name)) this.required(name)
    return this.number(name) ?? 0
  }

  /** Milliseconds: a whole number of at least 0. */
  duration(name: string): number {
    const number = this.number(name) ?? 0
    if (number < 0) this.error('attribute', `${name}="${number}" is below 0`)
    return Math.min(Math.max(0, Math.trunc(number)), DURATION_MS_MAX)
  }

  flag(name: string, otherwise = false): boolean {
    const value = this.text(name)
    if (value === undefined) return otherwise
    if (value === 'true') return true
    if (value === 'false') return false
    if (value.trim() !== '' && Number.isFinite(Number(value))) return Number(value) !== 0
    this.error('attribute', `${name}="${value}" is neither true nor false`)
    return otherwise
  }

  optional(): Optional {
    const value = this.text('optional')
    if (value === 'global') return 'global'
    return this.flag('optional') ? 'yes' : 'no'
  }

  /** "a,b": names, blanks around them dropped. */
  names(name: string): string[] {
    return this.required(name)
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
  }

  place(name: string): Place {
    return this.element.attributes.find((attribute) => attribute.name === name) ?? this.element
  }

  error(kind: Parameters<Findings['error']>[0], text: string, hint?: string): void {
    this.findings.error(kind, this.element, text, hint)
  }

  /** Call it when everything has been asked for. */
  complainOfOthers(): void {
    for (const attribute of this.element.attributes) {
      if (this.#asked.has(attribute.name)) continue
      const near = nearest(attribute.name, this.#asked)
      const hint = near === undefined ? 'it does nothing' : `did you mean ${near}?`
      this.findings.warning('attribute', attribute, `<${this.element.name}> knows no ${attribute.name}`, hint)
    }
  }
}

/** INT_MAX, as SIPp caps a pause. */
export const DURATION_MS_MAX = 2 ** 31 - 1
