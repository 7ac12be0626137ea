// Patterns that come from a name server (RFC 3402 §3.2: POSIX extended regular expressions), matched in time that
// grows with pattern and text only: all ways through the pattern are walked at once, nothing is tried again.
//
// Whoever owns a telephone number's domain writes them, so JavaScript's own patterns, which can take for ever, will not
// do. Of several matches the leftmost counts, and of alternatives the first.

/** One step of a compiled pattern. */
type Step =
  | { readonly kind: 'letter'; readonly fits: (code: number) => boolean }
  | { readonly kind: 'save'; readonly slot: number }
  | { readonly kind: 'begin' | 'end' | 'match' }
  /** Both ways, the first one preferred. */
  | { kind: 'split'; first: number; second: number }
  | { kind: 'jump'; to: number }

/** Steps that a pattern may have once its repeats are written out. */
const STEPS_MAX = 5000
const REPEATS_MAX = 255
const GROUPS_MAX = 9
const NESTED_MAX = 20

export class Pattern {
  private constructor(
    private readonly steps: readonly Step[],
    private readonly groups: number,
  ) {}

  /** undefined when the text is no pattern, or one that is too large. */
  static compile(text: string, ignoreCase: boolean): Pattern | undefined {
    try {
      const parser = new Parser(text, ignoreCase)
      return new Pattern(parser.parse(), parser.groups)
    } catch (error) {
      if (error instanceof BadPattern) return undefined
      throw error
    }
  }

  /** The whole match and its groups; a group that took no part is ''. undefined: no match. */
  match(text: string): readonly string[] | undefined {
    let found: readonly number[] | undefined
    let threads: Thread[] = []
    for (let at = 0; at <= text.length; at++) {
      const walk = new Walk(this.steps, text, at)
      for (const { step, saves } of threads) walk.add(step, saves)
      if (found === undefined) walk.add(0, [])
      found = walk.matched ?? found
      threads = walk.advanced()
      if (threads.length === 0 && found !== undefined) break
    }
    return found === undefined ? undefined : this.#texts(text, found)
  }

  #texts(text: string, saves: readonly number[]): string[] {
    return Array.from({ length: this.groups + 1 }, (_, group) => {
      const [start, end] = [saves[2 * group], saves[2 * group + 1]]
      return start === undefined || end === undefined ? '' : text.slice(start, end)
    })
  }
}

interface Thread {
  readonly step: number
  readonly saves: readonly number[]
}

/** All ways through the pattern at one place of the text, in the order of preference. */
class Walk {
  readonly #threads: Thread[] = []
  readonly #seen = new Set<number>()
  /** Where the best way ended; those after it do not count. */
  matched: readonly number[] | undefined

  constructor(
    private readonly steps: readonly Step[],
    private readonly text: string,
    private readonly at: number,
  ) {}

  add(from: number, saved: readonly number[]): void {
    // A stack of our own: patterns may be deeper than the machine's.
    const stack: Thread[] = [{ step: from, saves: saved }]
    for (let top = stack.pop(); top !== undefined && this.matched === undefined; top = stack.pop()) {
      const { step: number, saves } = top
      if (this.#seen.has(number)) continue
      this.#seen.add(number)
      const step = this.steps[number]!
      if (step.kind === 'letter') this.#threads.push(top)
      else if (step.kind === 'match') this.matched = saves
      else for (const next of this.#ways(number, step, saves)) stack.push(next)
    }
  }

  /** The last one is walked first. */
  #ways(number: number, step: Exclude<Step, { kind: 'letter' }>, saves: readonly number[]): Thread[] {
    const next = { step: number + 1, saves }
    switch (step.kind) {
      case 'begin':
        return this.at === 0 ? [next] : []
      case 'end':
        return this.at === this.text.length ? [next] : []
      case 'save': {
        const changed = [...saves]
        changed[step.slot] = this.at
        return [{ step: number + 1, saves: changed }]
      }
      case 'jump':
        return [{ step: step.to, saves }]
      case 'split':
        return [
          { step: step.second, saves },
          { step: step.first, saves },
        ]
      case 'match':
        return []
    }
  }

  /** Those that can take the letter here. */
  advanced(): Thread[] {
    if (this.at === this.text.length) return []
    const code = this.text.charCodeAt(this.at)
    return this.#threads
      .filter(({ step }) => (this.steps[step] as Extract<Step, { kind: 'letter' }>).fits(code))
      .map(({ step, saves }) => ({ step: step + 1, saves }))
  }
}

class BadPattern extends Error {}

const CLASSES: Readonly<Record<string, RegExp>> = {
  alnum: /[A-Za-z0-9]/,
  alpha: /[A-Za-z]/,
  blank: /[ \t]/,
  digit: /[0-9]/,
  lower: /[a-z]/,
  print: /[ -~]/,
  punct: /[!-/:-@[-`{-~]/,
  space: /[ \t-\r]/,
  upper: /[A-Z]/,
  xdigit: /[0-9A-Fa-f]/,
}

/** Text to steps: alternatives of sequences of repeated atoms. */
class Parser {
  #at = 0
  #nested = 0
  groups = 0

  constructor(
    private readonly text: string,
    private readonly ignoreCase: boolean,
  ) {}

  parse(): readonly Step[] {
    const steps = this.#alternatives()
    if (this.#at < this.text.length) throw new BadPattern('a group is closed that was not opened')
    return [{ kind: 'save', slot: 0 }, ...moved(steps, 1), { kind: 'save', slot: 1 }, { kind: 'match' }]
  }

  get #letter(): string {
    return this.text[this.#at] ?? ''
  }

  #alternatives(): Step[] {
    if (++this.#nested > NESTED_MAX) throw new BadPattern('too deep')
    let steps = this.#sequence()
    while (this.#letter === '|') {
      this.#at++
      steps = either(steps, this.#sequence())
    }
    this.#nested--
    return bounded(steps)
  }

  #sequence(): Step[] {
    let steps: Step[] = []
    while (this.#at < this.text.length && this.#letter !== '|' && this.#letter !== ')')
      steps = bounded([...steps, ...moved(this.#repeated(), steps.length)])
    return steps
  }

  #repeated(): Step[] {
    let steps = this.#atom()
    for (let repeat = this.#repeat(); repeat !== undefined; repeat = this.#repeat())
      steps = bounded(repeated(steps, ...repeat))
    return steps
  }

  /** At least and at most so often; Infinity: as often as it goes. */
  #repeat(): readonly [number, number] | undefined {
    const letter = this.#letter
    if (letter !== '*' && letter !== '+' && letter !== '?' && letter !== '{') return undefined
    if (letter !== '{') {
      this.#at++
      return [letter === '+' ? 1 : 0, letter === '?' ? 1 : Infinity]
    }
    const [whole, least = '', comma, most] =
      /^\{(\d{1,3})(,?)(\d{0,3})\}/.exec(this.text.slice(this.#at, this.#at + 10)) ?? []
    if (whole === undefined) throw new BadPattern('a repeat is not {n}, {n,} or {n,m}')
    this.#at += whole.length
    const upper = comma === '' ? Number(least) : most === '' ? Infinity : Number(most)
    const isSmall = Number(least) <= REPEATS_MAX && (upper === Infinity || upper <= REPEATS_MAX)
    if (!isSmall || upper < Number(least)) throw new BadPattern('a repeat is too large')
    return [Number(least), upper]
  }

  #atom(): Step[] {
    const letter = this.#letter
    this.#at++
    switch (letter) {
      case '^':
        return [{ kind: 'begin' }]
      case '$':
        return [{ kind: 'end' }]
      case '.':
        return [{ kind: 'letter', fits: () => true }]
      case '[':
        return [{ kind: 'letter', fits: this.#set() }]
      case '(':
        return this.#group()
      case '*':
      case '+':
      case '?':
      case '{':
        throw new BadPattern('nothing to repeat')
      case '\\':
        if (this.#at >= this.text.length || /[1-9]/.test(this.#letter)) throw new BadPattern('bad escape')
        return [this.#literal(this.text[this.#at++]!)]
      default:
        return [this.#literal(letter)]
    }
  }

  #literal(letter: string): Step {
    const codes = this.#cases(letter)
    return { kind: 'letter', fits: (code) => codes.includes(code) }
  }

  #cases(letter: string): number[] {
    const forms = this.ignoreCase ? [letter.toLowerCase(), letter.toUpperCase()] : [letter]
    return forms.map((form) => form.charCodeAt(0))
  }

  #group(): Step[] {
    const number = ++this.groups
    if (number > GROUPS_MAX) throw new BadPattern('too many groups')
    const steps = this.#alternatives()
    if (this.#letter !== ')') throw new BadPattern('a group is not closed')
    this.#at++
    return [{ kind: 'save', slot: 2 * number }, ...moved(steps, 1), { kind: 'save', slot: 2 * number + 1 }]
  }

  /** Behind the opening bracket. */
  #set(): (code: number) => boolean {
    const isNot = this.#letter === '^'
    if (isNot) this.#at++
    const tests: ((code: number) => boolean)[] = []
    do tests.push(this.#member())
    while (this.#letter !== ']')
    this.#at++
    return (code) => tests.some((test) => test(code)) !== isNot
  }

  #member(): (code: number) => boolean {
    const named = /^\[:([a-z]+):\]/.exec(this.text.slice(this.#at, this.#at + 12))
    if (named !== null) {
      if (!Object.hasOwn(CLASSES, named[1]!)) throw new BadPattern('an unknown class')
      this.#at += named[0].length
      const letters = CLASSES[named[1]!]!
      return (code) => letters.test(String.fromCharCode(code))
    }
    const first = this.#letter
    if (first === '') throw new BadPattern('a set is not closed')
    this.#at++
    const last = this.text[this.#at + 1] ?? ''
    if (this.#letter !== '-' || last === ']' || last === '') {
      const codes = this.#cases(first)
      return (code) => codes.includes(code)
    }
    this.#at += 2
    return this.#range(first, last)
  }

  #range(first: string, last: string): (code: number) => boolean {
    const [least, most] = [first.charCodeAt(0), last.charCodeAt(0)]
    if (most < least) throw new BadPattern('a range that goes backwards')
    const within = (code: number): boolean => code >= least && code <= most
    if (!this.ignoreCase) return within
    return (code) => this.#cases(String.fromCharCode(code)).some(within)
  }
}

function bounded(steps: Step[]): Step[] {
  if (steps.length > STEPS_MAX) throw new BadPattern('too large')
  return steps
}

/** The steps as they are `by` places further on. */
function moved(steps: readonly Step[], by: number): Step[] {
  return steps.map((step) => {
    if (step.kind === 'split') return { ...step, first: step.first + by, second: step.second + by }
    return step.kind === 'jump' ? { ...step, to: step.to + by } : step
  })
}

function either(one: readonly Step[], two: readonly Step[]): Step[] {
  const second = one.length + 2
  return [
    { kind: 'split', first: 1, second },
    ...moved(one, 1),
    { kind: 'jump', to: second + two.length },
    ...moved(two, second),
  ]
}

function repeated(atom: readonly Step[], least: number, most: number): Step[] {
  let steps: Step[] = []
  const copies = most === Infinity ? Math.max(least, 1) : most
  if (copies * (atom.length + 1) > STEPS_MAX) throw new BadPattern('too large')
  for (let copy = 0; copy < copies; copy++) {
    const isOptional = copy >= least
    const start = steps.length
    const body = moved(atom, start + (isOptional ? 1 : 0))
    const end = start + body.length + (isOptional ? 1 : 0)
    if (isOptional) steps.push({ kind: 'split', first: start + 1, second: end })
    steps = [...steps, ...body]
    if (most !== Infinity || copy < copies - 1) continue
    // The last copy again and again; when none is needed, it can be left out.
    if (isOptional) {
      steps[start] = { kind: 'split', first: start + 1, second: end + 1 }
      steps.push({ kind: 'jump', to: start })
    } else steps.push({ kind: 'split', first: start, second: end + 1 })
  }
  return steps
}
