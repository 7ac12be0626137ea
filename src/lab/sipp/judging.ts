// Judging SIPp scenarios: calls as SIPp's exit code, counters and response times would.

import { ExpectationError } from '../../errors.js'
import type { Lab } from '../lab.js'
import type { Count } from '../patterns.js'
import { sippAgent, type SippAgent } from './agent.js'

/** How its calls stand, for a failure. */
function situation(agent: SippAgent): string {
  const { succeeded, failed, open } = agent.counts
  const reasons = Object.entries(agent.failures).map(([key, count]) => `${key} ${count}`)
  const counts = `${succeeded} successful, ${failed} failed, ${open} open`
  return [counts, reasons.join(', '), agent.fatal ?? agent.remarks.at(-1) ?? '']
    .filter((part) => part !== '')
    .join('; ')
}

function fail(name: string, what: string, expected: string, agent: SippAgent): never {
  throw new ExpectationError(`${what} of ${name}`, expected, situation(agent))
}

/** A client has made its calls; a server has none open, and has had one. */
async function finished(lab: Lab, name: string): Promise<SippAgent> {
  await lab.ready()
  const agent = sippAgent(lab, name)
  const isDone = (): boolean => {
    const { open, created } = agent.counts
    return agent.ended || (agent.role === 'server' && open === 0 && created > 0)
  }
  await lab.until(isDone, `the SIPp scenario of ${name} comes to its end`, () => situation(agent))
  await agent.conclude()
  return agent
}

/** At least one call, and none failed. */
export async function expectSippSuccess(lab: Lab, name: string): Promise<void> {
  const agent = await finished(lab, name)
  const { succeeded, failed } = agent.counts
  if (agent.fatal === undefined && failed === 0 && succeeded > 0) return
  fail(name, 'the SIPp scenario', 'all calls succeed', agent)
}

/** A call failed; with `reason`: for this reason (a counter's name, or words of a remark). */
export async function expectSippFailure(lab: Lab, name: string, reason?: string): Promise<void> {
  const agent = await finished(lab, name)
  const hasFailed = agent.fatal !== undefined || agent.counts.failed > 0
  if (hasFailed && (reason === undefined || isReason(agent, reason))) return
  fail(name, 'the SIPp scenario', `fails${reason === undefined ? '' : ` with ${reason}`}`, agent)
}

function isReason({ failures, fatal, remarks }: SippAgent, reason: string): boolean {
  const key = reason
    .replace(/^Failed/, '')
    .replace(/[^A-Za-z]/g, '')
    .toLowerCase()
  if (Object.keys(failures).some((one) => one.toLowerCase() === key)) return true
  return fatal?.includes(reason) === true || remarks.some((text) => text.includes(reason))
}

export async function expectSippExit(lab: Lab, name: string, code: number): Promise<void> {
  const agent = await finished(lab, name)
  if (agent.exitCode === code) return
  throw new ExpectationError(
    `the SIPp scenario of ${name}`,
    `exit code ${code}`,
    `${agent.exitCode} (${situation(agent)})`,
  )
}

/** What a scenario's counters are called in steps. */
const COUNTERS = { succeed: 'succeeded', fail: 'failed' } as const

/** So many calls succeeded or failed, when all are over. */
export async function expectSippCalls(
  lab: Lab,
  name: string,
  count: Count,
  verb: keyof typeof COUNTERS,
): Promise<void> {
  const agent = await finished(lab, name)
  const number = agent.counts[COUNTERS[verb]]
  if (number < count.least || number > count.most)
    throw new ExpectationError(`calls of ${name} that ${verb}`, count.text, `${number} (${situation(agent)})`)
}

export async function expectSippRetransmissions(lab: Lab, name: string, count: Count): Promise<void> {
  const { retransmissions } = (await finished(lab, name)).counts
  if (retransmissions < count.least || retransmissions > count.most)
    throw new ExpectationError(`retransmissions of ${name}`, count.text, String(retransmissions))
}

/** No response time (of any timer) was longer, or the mean was not. */
export async function expectSippResponseTime(
  lab: Lab,
  name: string,
  which: 'longest' | 'mean',
  limitMs: number,
): Promise<void> {
  const { responseTimes } = await finished(lab, name)
  if (responseTimes.length === 0)
    throw new ExpectationError(`response times of ${name}`, 'at least one', 'none was measured')
  const worst = Math.max(...responseTimes.map((times) => times[which]))
  if (worst > limitMs)
    throw new ExpectationError(
      `the ${which} response time of ${name}`,
      `at most ${limitMs} ms`,
      `${worst} ms`,
    )
}

/** A remark (<log>, <warning>, a complaint of the player) contains these words. */
export async function expectSippRemark(lab: Lab, name: string, words: string): Promise<void> {
  await lab.ready()
  const agent = sippAgent(lab, name)
  const has = (): boolean => agent.remarks.some((text) => text.includes(words))
  await lab.until(has, `${name} says "${words}"`, () => agent.remarks.join(' | ') || 'nothing')
}
