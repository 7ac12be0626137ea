// CSV injection (-inf): lines of fields separated by semicolons, taken in sequence, by chance or by user; PRINTF files
// make many lines out of few. insert and replace change memory only.

import type { Random } from '../random.js'

type Order = 'SEQUENTIAL' | 'RANDOM' | 'USER'

export const INJECTION_LINES_MAX = 1_000_000
const VIRTUAL_LINES_MAX = 2 ** 31 - 1

export class InjectionFile {
  readonly lines: string[]
  readonly #order: Order
  /** 0: no PRINTF file. */
  readonly #virtualLines: number
  readonly #offset: number
  readonly #multiple: number
  #next = 0
  #index: Map<string, number> | undefined
  #indexField = -1

  private constructor(
    readonly name: string,
    head: string,
    lines: string[],
  ) {
    this.lines = lines
    this.#order = orderOf(head)!
    this.#virtualLines = Math.min(setting(head, 'PRINTF') ?? 0, VIRTUAL_LINES_MAX)
    this.#offset = setting(head, 'PRINTFOFFSET') ?? 0
    this.#multiple = setting(head, 'PRINTFMULTIPLE') ?? 1
  }

  /** Reads a file's text; a string says what is wrong with it. */
  static read(name: string, text: string): InjectionFile | string {
    const [head = '', ...rest] = text.split(/\r?\n/)
    if (orderOf(head) === undefined)
      return `${name}: the first line must say SEQUENTIAL, RANDOM or USER, not "${head.slice(0, 40)}"`
    // As SIPp does, the first empty line ends the data.
    const end = rest.indexOf('')
    const data = (end < 0 ? rest : rest.slice(0, end)).filter((line) => !line.startsWith('#'))
    if (data.length === 0) return `${name}: there is no line of data in it`
    if (data.length > INJECTION_LINES_MAX) return `${name}: more than ${INJECTION_LINES_MAX} lines`
    return new InjectionFile(name, head, data)
  }

  /** Number of lines that calls may use. */
  get length(): number {
    return this.#virtualLines || this.lines.length
  }

  /** The line of the next call; undefined when a USER file has none for this user. */
  nextLine(user: number, random: Random): number | undefined {
    switch (this.#order) {
      case 'RANDOM':
        return random.below(this.length)
      case 'USER':
        return user >= 1 && user <= this.length ? user - 1 : undefined
      case 'SEQUENTIAL': {
        const line = this.#next
        this.#next = (this.#next + 1) % this.length
        return line
      }
    }
  }

  /** A field of a line; '' when there is no such line or field. */
  field(line: number, field: number): string {
    if (line < 0 || line >= this.length) return ''
    const real = this.#virtualLines > 0 ? line % this.lines.length : line
    const value = this.lines[real]?.split(';')[field] ?? ''
    if (this.#virtualLines === 0) return value
    return value.replace(/%%|%(-?)(0?)(\d{0,3})d/g, (whole, left: string, zero: string, width: string) => {
      if (whole === '%%') return '%'
      const number = String(this.#offset + line * this.#multiple)
      return left === '-' ? number.padEnd(Number(width)) : number.padStart(Number(width), zero || ' ')
    })
  }

  /** Makes `lookup` find lines by this field (-infindex). */
  index(field: number): void {
    this.#indexField = field
    this.#index = new Map()
    this.lines.forEach((_, line) => this.#enter(line))
  }

  get isIndexed(): boolean {
    return this.#index !== undefined
  }

  /** The line with this key, or -1. */
  lookup(key: string): number {
    return this.#index?.get(key) ?? -1
  }

  /** False: a PRINTF file, or full. */
  insert(line: string): boolean {
    if (this.#virtualLines > 0 || this.lines.length >= INJECTION_LINES_MAX) return false
    this.lines.push(line)
    this.#enter(this.lines.length - 1)
    return true
  }

  /** False: there is no such line. */
  replace(line: number, text: string): boolean {
    if (this.#virtualLines > 0 || this.lines[line] === undefined) return false
    const before = this.field(line, this.#indexField)
    if (this.#index?.get(before) === line) this.#index.delete(before)
    this.lines[line] = text
    this.#enter(line)
    return true
  }

  #enter(line: number): void {
    if (this.#index !== undefined) this.#index.set(this.lines[line]!.split(';')[this.#indexField] ?? '', line)
  }
}

function orderOf(head: string): Order | undefined {
  return (['RANDOM', 'SEQUENTIAL', 'USER'] as const).find((order) => head.includes(order))
}

function setting(head: string, name: string): number | undefined {
  const value = new RegExp(`(?:^|[^A-Z])${name}=(\\d{1,10})`).exec(head)?.[1]
  return value === undefined ? undefined : Number(value)
}

/** All injection files of a player; the first one serves [fieldN] without file=. */
export class Injection {
  readonly #files = new Map<string, InjectionFile>()
  #first: InjectionFile | undefined

  constructor(files: readonly InjectionFile[]) {
    for (const file of files) {
      this.#first ??= file
      this.#files.set(file.name, file)
    }
  }

  get names(): readonly string[] {
    return [...this.#files.keys()]
  }

  get files(): readonly InjectionFile[] {
    return [...this.#files.values()]
  }

  /** The file of this name; '' is the first one. */
  file(name: string): InjectionFile | undefined {
    return name === '' ? this.#first : this.#files.get(name)
  }
}
