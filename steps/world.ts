// The World of a scenario: its lab, and what its tags ask for. Steps are one to five lines over lab verbs.

import {
  setDefaultTimeout,
  setDefinitionFunctionWrapper,
  setWorldConstructor,
  Then as cucumberThen,
  World,
  type IWorldOptions,
} from '@cucumber/cucumber'
import { Lab, LIMIT_MS, NeedsVirtualTime } from '../src/lab/lab.js'
import type { SippBackend } from '../src/lab/sipp/play.js'
import type { ProfileName } from '../src/proxy/profile.js'
import type { Skip } from '../src/report/types.js'

/** Real time: a Then may wait its whole limit, an "advance" longer. */
setDefaultTimeout(240_000)

export interface Parameters {
  readonly seed: number
  readonly profile: ProfileName
  readonly real: boolean
  readonly sipp: SippBackend
}

export class SipWorld extends World<Parameters> {
  #lab: Lab | undefined
  /** Why the scenario does not run on this machine. */
  skip: Skip | undefined

  constructor(options: IWorldOptions<Parameters>) {
    super(options)
  }

  /** Called by the Before hook, when the scenario's tags are known. */
  open(lab: Lab): void {
    this.#lab = lab
  }

  get lab(): Lab {
    if (this.#lab === undefined) throw new Error('the lab is made by the Before hook')
    return this.#lab
  }
}

setWorldConstructor(SipWorld)

/** Real time that the runner wishes, not the scenario: what cannot be done there is skipped aloud, not failed. */
setDefinitionFunctionWrapper((body: (...args: unknown[]) => unknown) => {
  const wrapped = async function (this: SipWorld, ...args: unknown[]): Promise<unknown> {
    try {
      return await body.apply(this, args)
    } catch (error) {
      const { real, sipp } = this.parameters
      if (!(error instanceof NeedsVirtualTime) || (!real && sipp === 'inproc')) throw error
      this.skip = { reason: `${error.what} needs virtual time` }
      return 'skipped'
    }
  }
  return Object.defineProperty(wrapped, 'length', { value: body.length })
})

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
