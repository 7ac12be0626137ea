// What the routing script did: which routes ran, for what, and where requests went next.

import type { EventEntry } from '../driver.js'
import type { TraceEvent } from '../endpoint.js'
import { ExpectationError } from '../errors.js'
import { arrivedAt } from './traffic.js'
import type { Lab } from './lab.js'
import type { Count, MessagePattern, StatusPattern } from './patterns.js'

function events<K extends TraceEvent['kind']>(
  lab: Lab,
  kind: K,
): (EventEntry & { event: Extract<TraceEvent, { kind: K }> })[] {
  return lab
    .inside('what its script did', lab.log)
    .filter((entry) => entry.kind === 'event' && entry.event.kind === kind) as never
}

function runs(lab: Lab, route: string): number {
  return events(lab, 'route').filter(({ event }) => event.route === route && event.enter).length
}

export async function expectRuns(lab: Lab, route: string, count: Count): Promise<void> {
  const actual = (): string => `${runs(lab, route)} times`
  if (count.least > 0)
    await lab.until(() => runs(lab, route) >= count.least, `${route} runs ${count.text} times`, actual)
  await lab.holds(
    () => runs(lab, route) >= count.least && runs(lab, route) <= count.most,
    `${route} runs ${count.text} times`,
    actual,
  )
}

/** The failure route ran, for this status, which this phone gave (a made-up 408 has no phone). */
export async function expectFailureRoute(
  lab: Lab,
  number: string,
  status?: StatusPattern,
  phone?: string,
): Promise<void> {
  const route = `failure_route[${number}]`
  const ran = () => events(lab, 'failure').filter(({ event }) => event.route === route)
  const fits = (): boolean => ran().some(({ event }) => status === undefined || status.matches(event.status))
  const expected = `${route} runs${status ? ` for ${status.text}` : ''}`
  await lab.until(
    fits,
    expected,
    () =>
      ran()
        .map(({ event }) => `ran for ${event.status}`)
        .join(', ') || 'it did not run',
  )
  if (phone === undefined || status === undefined) return
  const sent = lab
    .phone(phone)
    .sent.some(({ message }) => !message.isRequest && status.matches(message.status))
  if (!sent)
    throw new ExpectationError(`${phone} sent no such response`, status.text, 'none of its responses')
}

/** A request reached this phone, or was sent to this URI. */
export async function expectReached(lab: Lab, target: string): Promise<void> {
  const phone = lab.phones.get(target)
  const reached = (): boolean =>
    phone === undefined
      ? lab.wires.some(
          ({ from, bytes }) => lab.proxies.has(from ?? '') && bytes.startsWith(`INVITE ${target} `),
        )
      : arrivedAt(lab, target).some(({ bytes }) => bytes.startsWith('INVITE '))
  await lab.until(reached, `the call reaches ${target}`, () => lab.situation())
}

/** A timer of the proxy fired so long after the message. */
export async function expectTimer(
  lab: Lab,
  timer: string,
  afterMs: number,
  pattern: MessagePattern,
  from?: string,
  to?: string,
): Promise<void> {
  const fired = () => events(lab, 'timer').filter(({ event }) => event.timer === timer)
  const reference = (): number | undefined =>
    lab.wires.find(
      (wire) =>
        pattern.matches(wire.bytes) &&
        (from === undefined || wire.from === from) &&
        (to === undefined || wire.to === to),
    )?.at
  const fits = (): boolean =>
    fired().some(({ at }) => Math.abs(at - (reference() ?? -Infinity) - afterMs) <= TIMER_SLACK_MS)
  const actual = (): string =>
    fired()
      .map(({ at }) => `${at - (reference() ?? 0)} ms after it`)
      .join(', ') || `${timer} has not fired`
  await lab.until(fits, `${timer} fires ${afterMs} ms after the ${pattern.text}`, actual)
}

/** Links may delay the message that a timer counts from. */
const TIMER_SLACK_MS = 5

/** Each branch of the last forked INVITE has its own branch parameter. */
export async function expectBranches(lab: Lab, count: Count): Promise<void> {
  const parameters = (): string[] =>
    lab.wires
      .filter(({ from, bytes }) => lab.proxies.has(from ?? '') && bytes.startsWith('INVITE '))
      .map(({ bytes }) => /^Via:[^\r\n]*;branch=([^;\s,]+)/im.exec(bytes)?.[1] ?? '')
  const distinct = (): number => new Set(parameters()).size
  await lab.until(
    () => distinct() >= count.least,
    `${count.text} branches`,
    () => `${distinct()} branches`,
  )
  if (distinct() > count.most)
    throw new ExpectationError('too many branches', count.text, `${distinct()}: ${parameters().join(', ')}`)
}

/** Log lines of the scripts. */
export function logLines(lab: Lab): string[] {
  return events(lab, 'log').map(({ event }) => event.text)
}
