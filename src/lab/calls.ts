// Calls as a user sees them: who calls, rings, answers, hangs up, and what came of it.

import type { CallState } from '../agent/state.js'
import type { PhoneCommand } from '../agent/command.js'
import { ExpectationError } from '../errors.js'
import type { Lab } from './lab.js'
import type { StatusPattern } from './patterns.js'

export function latest(lab: Lab, name: string, role?: CallState['role']): CallState | undefined {
  return lab.phone(name).calls.findLast((call) => role === undefined || call.role === role)
}

/** Calls that wait for the callee's word. */
function isOpenIncoming(call: CallState): boolean {
  return call.role === 'callee' && ['calling', 'proceeding', 'ringing', 'early'].includes(call.state)
}

/** Orders a callee once a call has come to it. */
export async function orderCallee(lab: Lab, name: string, command: PhoneCommand): Promise<void> {
  const waiting = (): boolean => lab.phone(name).calls.some(isOpenIncoming)
  await lab.until(waiting, `${name} is called`, () => lab.situation(name))
  await lab.order(name, command)
}

/** Orders a phone that must be in an established call. */
export async function orderInCall(lab: Lab, name: string, command: PhoneCommand): Promise<void> {
  const open = (): boolean =>
    lab.phone(name).calls.some(({ state }) => state === 'established' || state === 'answered')
  await lab.until(open, `${name} is in a call`, () => lab.situation(name))
  await lab.order(name, command)
}

export async function expectRinging(lab: Lab, name: string): Promise<void> {
  const rings = (): boolean =>
    lab
      .phone(name)
      .calls.some(
        ({ role, ringing, provisionals }) => role === 'callee' && (ringing || provisionals.length > 0),
      )
  await lab.until(rings, `${name} rings`, () => lab.situation(name))
}

export async function expectNoRinging(lab: Lab, name: string): Promise<void> {
  const quiet = (): boolean =>
    !lab.phone(name).calls.some(({ role, provisionals }) => role === 'callee' && provisionals.length > 0)
  await lab.holds(quiet, `${name} does not ring`, () => lab.situation(name))
}

export async function expectStopped(lab: Lab, name: string): Promise<void> {
  const stopped = (): boolean => {
    const calls = lab.phone(name).calls.filter(({ role }) => role === 'callee')
    return calls.length > 0 && calls.every(({ ringing }) => !ringing)
  }
  await lab.until(stopped, `${name} stops ringing`, () => lab.situation(name))
}

export async function expectRingback(lab: Lab, name: string): Promise<void> {
  const hears = (): boolean => (latest(lab, name, 'caller')?.ringback ?? 0) > 0
  await lab.until(hears, `${name} receives a 18x`, () => lab.situation(name))
}

export async function expectEarlyMedia(lab: Lab, name: string): Promise<void> {
  const hears = (): boolean => latest(lab, name, 'caller')?.earlyMedia ?? false
  await lab.until(hears, `${name} receives a provisional response with a session description`, () =>
    lab.situation(name),
  )
}

/** Both ends know of one call with the same Call-ID in this state. */
function joined(lab: Lab, one: string, two: string, state: CallState['state']): boolean {
  const others = lab.phone(two).calls.filter((call) => call.state === state)
  return lab
    .phone(one)
    .calls.some((call) => call.state === state && others.some(({ callId }) => callId === call.callId))
}

export async function expectEstablished(lab: Lab, one: string, two: string): Promise<void> {
  await lab.until(
    () => joined(lab, one, two, 'established'),
    `a call between ${one} and ${two} is established`,
    () => lab.situation(),
  )
}

export async function expectEnded(lab: Lab, one: string, two: string): Promise<void> {
  await lab.until(
    () => joined(lab, one, two, 'ended'),
    `the call between ${one} and ${two} has ended`,
    () => lab.situation(),
  )
}

const OVER = new Set(['failed', 'cancelled', 'ended'])

export async function expectFailure(lab: Lab, name: string, status: StatusPattern): Promise<void> {
  const over = (): boolean => OVER.has(latest(lab, name, 'caller')?.state ?? '')
  await lab.until(over, `the call of ${name} fails with ${status.text}`, () => lab.situation(name))
  const call = latest(lab, name, 'caller')!
  if (!status.matches(call.status, call.reason))
    throw new ExpectationError(
      `the call of ${name} failed otherwise`,
      status.text,
      `${call.status} ${call.reason}`,
    )
}

/** The phones are all called before any of them gives a final response. */
export async function expectParallel(lab: Lab, names: readonly string[]): Promise<void> {
  const called = (): boolean =>
    names.every((name) => lab.phone(name).calls.some(({ role }) => role === 'callee'))
  await lab.until(called, `${names.join(', ')} are called`, () => lab.situation())
  const times = names.map(
    (name) => lab.phone(name).received.find(({ message }) => message.method === 'INVITE')!.at,
  )
  if (Math.max(...times) - Math.min(...times) > PARALLEL_MS)
    throw new ExpectationError(
      'not in parallel',
      'INVITEs at the same time',
      names.map((name, i) => `${name} ${times[i]} ms`).join(', '),
    )
}

/** INVITEs of a parallel fork leave at once; links may delay them differently. */
const PARALLEL_MS = 400

/** Each phone is called only after the one before it was. */
export async function expectSeries(lab: Lab, names: readonly string[]): Promise<void> {
  const first = (name: string): number | undefined =>
    lab.phone(name).received.find(({ message }) => message.method === 'INVITE')?.at
  await lab.until(
    () => names.every((name) => first(name) !== undefined),
    `${names.join(', ')} are called`,
    () => lab.situation(),
  )
  const order = lab.wires
    .filter(({ bytes, to }) => bytes.startsWith('INVITE ') && to !== undefined && names.includes(to))
    .map(({ to }) => to!)
  const firsts = order.filter((name, at) => order.indexOf(name) === at)
  if (firsts.join() !== names.join())
    throw new ExpectationError('tried in another order', names.join(', then '), firsts.join(', then '))
}

export async function expectRedirection(
  lab: Lab,
  name: string,
  status: StatusPattern,
  contacts: readonly string[],
): Promise<void> {
  await expectFailure(lab, name, status)
  const got = latest(lab, name, 'caller')!.contacts
  if (got.join() !== contacts.join())
    throw new ExpectationError('redirected elsewhere', contacts.join(', '), got.join(', ') || 'no Contact')
}
