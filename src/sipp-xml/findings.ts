// What a reader of scenario files has to say: errors keep a scenario from being played, warnings name what was
// repaired or is likely not meant, each with its place, its kind (for counting over many files) and what to do.

export type Severity = 'error' | 'warning'

/** Kinds of findings, for counting. */
export type FindingKind =
  | 'repeated-attribute'
  | 'raw-less-than'
  | 'escaped-quote'
  | 'comment-dashes'
  | 'ends-early'
  | 'not-well-formed'
  | 'too-large'
  | 'structure'
  | 'attribute'
  | 'unknown-keyword'
  | 'keyword'
  | 'variable'
  | 'transaction'
  | 'label'
  | 'regexp'
  | 'order'
  | 'shell'
  | 'not-played'

export interface Finding {
  readonly severity: Severity
  readonly kind: FindingKind
  /** From 1. */
  readonly line: number
  /** From 1. */
  readonly column: number
  readonly text: string
  /** What to do. */
  readonly hint?: string
}

export interface Place {
  readonly line: number
  readonly column: number
}

/** Findings of one file are counted, not kept, beyond this number. */
const FINDINGS_MAX = 500

/** Collects the findings of one file. */
export class Findings {
  readonly list: Finding[] = []

  error(kind: FindingKind, { line, column }: Place, text: string, hint?: string): void {
    this.#add({ severity: 'error', kind, line, column, text, ...(hint !== undefined && { hint }) })
  }

  warning(kind: FindingKind, { line, column }: Place, text: string, hint?: string): void {
    this.#add({ severity: 'warning', kind, line, column, text, ...(hint !== undefined && { hint }) })
  }

  get hasErrors(): boolean {
    return this.list.some(({ severity }) => severity === 'error')
  }

  #add(finding: Finding): void {
    // An error is never lost among warnings.
    if (this.list.length < FINDINGS_MAX || (finding.severity === 'error' && !this.hasErrors))
      this.list.push(finding)
  }
}

/** "file.xml:3:7: warning: ... (hint)" */
export function findingText(file: string, { severity, line, column, text, hint }: Finding): string {
  return `${file}:${line}:${column}: ${severity}: ${text}${hint === undefined ? '' : ` (${hint})`}`
}
