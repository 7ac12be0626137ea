// Reads Cucumber's messages into scenarios with their steps, and says the nearest steps for one that nobody defined.

import type { ISupportCodeLibrary } from '@cucumber/cucumber/api'
import type { Envelope, GherkinDocument, Pickle, TestCase, TestStepResult } from '@cucumber/messages'
import { nearestSteps } from './nearest-steps.js'
import type { Status, StepReport } from '../report/types.js'

/** A scenario that has ended. */
export interface Ended {
  /** The test case run, by which its lab left things. */
  readonly id: string
  readonly name: string
  readonly feature: string
  readonly uri: string
  readonly line: number
  readonly tags: readonly string[]
  readonly status: Status
  readonly durationMs: number
  readonly steps: readonly StepReport[]
  readonly reason: string | undefined
}

export interface ReaderEvents {
  started(name: string): void
  ended(ended: Ended): void
  featureEnded(uri: string): void
}

interface Open {
  readonly pickle: Pickle
  readonly testCase: TestCase
  readonly steps: StepReport[]
  status: Status
  durationMs: number
  reason: string | undefined
}

export class MessageReader {
  readonly parseErrors: string[] = []
  readonly #documents = new Map<string, GherkinDocument>()
  readonly #pickles = new Map<string, Pickle>()
  readonly #cases = new Map<string, TestCase>()
  readonly #open = new Map<string, Open>()
  readonly #expressions: readonly string[]
  #uri = ''

  constructor(
    support: ISupportCodeLibrary,
    private readonly events: ReaderEvents,
  ) {
    const { stepDefinitions = [] } = support as unknown as {
      stepDefinitions?: { expression: { source: string } }[]
    }
    this.#expressions = stepDefinitions.map(({ expression }) => expression.source)
  }

  read(envelope: Envelope): void {
    if (envelope.parseError)
      this.parseErrors.push(`${envelope.parseError.source.uri}${envelope.parseError.message}`)
    else if (envelope.gherkinDocument)
      this.#documents.set(envelope.gherkinDocument.uri ?? '', envelope.gherkinDocument)
    else if (envelope.pickle) this.#pickles.set(envelope.pickle.id, envelope.pickle)
    else if (envelope.testCase) this.#cases.set(envelope.testCase.id, envelope.testCase)
    else if (envelope.testCaseStarted)
      this.#start(envelope.testCaseStarted.id, envelope.testCaseStarted.testCaseId)
    else if (envelope.testStepFinished) {
      const { testCaseStartedId, testStepId, testStepResult } = envelope.testStepFinished
      this.#step(testCaseStartedId, testStepId, testStepResult)
    } else if (envelope.testCaseFinished) this.#finish(envelope.testCaseFinished.testCaseStartedId)
  }

  /** The last feature has ended too. */
  close(): void {
    if (this.#uri !== '') this.events.featureEnded(this.#uri)
  }

  #start(id: string, testCaseId: string): void {
    const testCase = this.#cases.get(testCaseId)!
    const pickle = this.#pickles.get(testCase.pickleId)!
    if (pickle.uri !== this.#uri && this.#uri !== '') this.events.featureEnded(this.#uri)
    this.#uri = pickle.uri
    this.#open.set(id, { pickle, testCase, steps: [], status: 'passed', durationMs: 0, reason: undefined })
    this.events.started(pickle.name)
  }

  #step(id: string, stepId: string, result: TestStepResult): void {
    const open = this.#open.get(id)!
    const { pickleStepId } = open.testCase.testSteps.find((step) => step.id === stepId)!
    const pickleStep = open.pickle.steps.find((step) => step.id === pickleStepId)
    const durationMs = result.duration.seconds * 1000 + result.duration.nanos / 1e6
    const status = statusOf(result)
    open.durationMs += durationMs
    if (status === 'failed') open.status = 'failed'
    else if (result.status === 'SKIPPED' && open.status === 'passed') open.status = 'skipped'
    if (pickleStep === undefined && status !== 'failed') return
    const text = pickleStep?.text ?? 'when the scenario has ended'
    const written = pickleStep && this.#written(open.pickle.uri, pickleStep.astNodeIds[0]!)
    const keyword = written?.keyword?.trim() ?? 'After'
    const line = written?.location?.line
    const failure = status === 'failed' ? { failure: this.#failure(result, text) } : {}
    open.steps.push({ keyword, text, status, durationMs, ...(line !== undefined && { line }), ...failure })
  }

  #failure(result: TestStepResult, text: string) {
    if (result.status === 'UNDEFINED') {
      const near = nearestSteps(text, this.#expressions)
      return { message: `no step is called so. The nearest:\n${near.map((step) => `  ${step}`).join('\n')}` }
    }
    const whole = (result.exception?.message ?? result.message ?? result.status).replace(
      /^(?:ExpectationError|UsageError|Error): /,
      '',
    )
    const match = /^(.*?)\n {2}expected: (.*?)\n {2}actual: {3}(.*)$/s.exec(whole)
    if (match === null) return { message: whole }
    const actual = match[3]!.replace(/\n {4}at .*$/s, '')
    return { message: match[1]!, expected: match[2]!, actual }
  }

  #finish(id: string): void {
    const open = this.#open.get(id)!
    this.#open.delete(id)
    const { pickle, steps, status, durationMs, reason } = open
    this.events.ended({
      id,
      name: pickle.name,
      feature: this.#documents.get(pickle.uri)?.feature?.name ?? pickle.uri,
      uri: pickle.uri,
      line: this.#line(pickle),
      tags: pickle.tags.map(({ name }) => name),
      status,
      durationMs,
      steps,
      reason,
    })
  }

  /** Of the scenario, or of the example row. */
  #line(pickle: Pickle): number {
    const wanted = pickle.astNodeIds.at(-1)
    let found = 1
    walk(this.#documents.get(pickle.uri)?.feature, (node) => {
      if (node.id === wanted && node.location !== undefined) found = node.location.line
    })
    return found
  }

  /** The step as its feature has it. */
  #written(uri: string, id: string): Node | undefined {
    let found: Node | undefined
    walk(this.#documents.get(uri)?.feature, (node) => {
      if (node.id === id && node.keyword !== undefined) found = node
    })
    return found
  }
}

function statusOf({ status }: TestStepResult): Status {
  return status === 'PASSED' ? 'passed' : status === 'SKIPPED' ? 'skipped' : 'failed'
}

interface Node {
  readonly id?: string
  readonly keyword?: string
  readonly location?: { readonly line: number }
}

function walk(node: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(node)) for (const each of node) walk(each, visit)
  else if (typeof node === 'object' && node !== null) {
    visit(node as Node)
    for (const value of Object.values(node)) walk(value, visit)
  }
}
