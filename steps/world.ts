// The World of a scenario: its lab, and what its tags ask for. Steps are one to five lines over lab verbs.

import {
  setDefaultTimeout,
  DataTable,
  setDefinitionFunctionWrapper,
  setWorldConstructor,
  Then as cucumberThen,
  World,
  type IWorldOptions,
} from '@cucumber/cucumber'
import { PickleStepType, type PickleStep } from '@cucumber/messages'
import { Lab, LIMIT_MS, NeedsVirtualTime, NotApplicable } from '../src/lab/lab.js'
import type { Places } from '../src/lab/systems/places.js'
import type { SystemWords } from '../src/lab/systems/system.js'
import type { SippBackend } from '../src/lab/sipp/play.js'
import type { ProfileName } from '../src/proxy/profile.js'
import type { ScenarioReport, Skip } from '../src/report/types.js'

/** Real time: a Then may wait its whole limit, an "advance" longer. */
setDefaultTimeout(240_000)

export interface Parameters {
  readonly seed: number
  readonly profile: ProfileName
  readonly real: boolean
  readonly sipp: SippBackend
  /** Who takes the engine's place. */
  readonly system?: SystemWords
  /** The run is compared with others: scenario addresses are loopback ones in all of them. */
  readonly isCompared: boolean
}

export class SipWorld extends World<Parameters> {
  #lab: Lab | undefined
  /** Why the scenario does not run on this machine. */
  skip: Skip | undefined
  /** Steps that were passed over, and why. */
  readonly passedOver: string[] = []
  /** Other systems that the scenario is to be compared with. */
  readonly also: SystemWords[] = []
  alike: ScenarioReport['alike']
  /** The step that runs. */
  step: PickleStep | undefined

  constructor(options: IWorldOptions<Parameters>) {
    super(options)
  }

  /** Called by the Before hook, when the scenario's tags are known. */
  open(lab: Lab): void {
    this.#lab = lab
  }

  /** The addresses of this run; undefined: the scenario's own, or nothing has begun. */
  get places(): Places | undefined {
    return this.#lab?.options.places
  }

  get lab(): Lab {
    if (this.#lab === undefined) throw new Error('the lab is made by the Before hook')
    return this.#lab
  }
}

setWorldConstructor(SipWorld)

/**
 * What cannot be had where the runner wishes to run (real time, another system) is skipped aloud, not failed; an
 * expectation alone is passed over, counted, and the scenario goes on.
 */
setDefinitionFunctionWrapper((body: (...args: unknown[]) => unknown) => {
  const wrapped = async function (this: SipWorld, ...args: unknown[]): Promise<unknown> {
    const { places } = this
    try {
      return await body.apply(this, places === undefined ? args : args.map((arg) => placed(arg, places)))
    } catch (error) {
      const reason = reasonToSkip(this, error)
      if (reason === undefined) throw error
      if (this.parameters.system !== undefined && this.step?.type === PickleStepType.OUTCOME)
        return void this.passedOver.push(`"${this.step.text}": ${reason}`)
      this.skip = { reason }
      return 'skipped'
    }
  }
  return Object.defineProperty(wrapped, 'length', { value: body.length })
})

function reasonToSkip({ parameters }: SipWorld, error: unknown): string | undefined {
  const { real, sipp, system } = parameters
  if (error instanceof NotApplicable) return error.message
  if (!(error instanceof NeedsVirtualTime)) return undefined
  return real || sipp !== 'inproc' || system !== undefined ? `${error.what} needs virtual time` : undefined
}

/** What a step says, with the addresses of this run. */
function placed(said: unknown, places: Places): unknown {
  if (typeof said === 'string') return places(said)
  if (said instanceof DataTable) return new DataTable(said.raw().map((row) => row.map(places)))
  return Array.isArray(said) ? said.map((each) => placed(each, places)) : said
}

type StepBody = (this: SipWorld, ...args: never[]) => void | Promise<void>

/** Defines a Then, and the same with "within {duration}, " before it. */
export function Then(expression: string, body: StepBody): void {
  cucumberThen(expression, body as never)
  const limited = function (this: SipWorld, limitMs: number, ...args: never[]): Promise<void> {
    this.lab.limitMs = limitMs
    return Promise.resolve(body.apply(this, args)).finally(() => (this.lab.limitMs = LIMIT_MS))
  }
  Object.defineProperty(limited, 'length', { value: body.length + 1 })
  cucumberThen(`within {duration}, ${expression}`, limited as never)
}
