// A SIPp scenario that is being played, whoever plays it: this process, the sipp of this machine, or a container. Steps
// judge agents and do not see the difference.

import { UsageError } from '../../errors.js'
import type { Milliseconds } from '../../endpoint.js'
import type { Lab } from '../lab.js'

export interface SippCounts {
  readonly created: number
  readonly open: number
  readonly succeeded: number
  readonly failed: number
  readonly retransmissions: number
}

export interface SippAgent {
  readonly role: 'client' | 'server'
  /** It makes and takes no more calls. */
  readonly ended: boolean
  readonly counts: SippCounts
  /** Why calls failed, under SIPp's names: "UnexpectedMessage". */
  readonly failures: Readonly<Record<string, number>>
  /** What ended it before its time. */
  readonly fatal: string | undefined
  readonly exitCode: number | undefined
  /** Of each timer, or of all together; none when nothing was measured. */
  readonly responseTimes: readonly { readonly longest: Milliseconds; readonly mean: Milliseconds }[]
  /** Warnings, errors and <log> texts. */
  readonly remarks: readonly string[]
  /** Its calls are over and it is judged now: a program is ended, so that what it wrote is whole. */
  conclude(): Promise<void>
}

const agents = new WeakMap<Lab, Map<string, SippAgent>>()

export function keepAgent(lab: Lab, name: string, agent: SippAgent): void {
  let own = agents.get(lab)
  if (own === undefined) agents.set(lab, (own = new Map<string, SippAgent>()))
  own.set(name, agent)
}

/** The agent that a phone has become. Throws a UsageError. */
export function sippAgent(lab: Lab, name: string): SippAgent {
  const agent = agents.get(lab)?.get(name)
  if (agent === undefined) throw new UsageError(`${name} plays no SIPp scenario.`)
  return agent
}
