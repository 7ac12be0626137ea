// Registrations: as a precondition, as an action, and what the registrar holds.

import type { ContactWish } from '../agent/behaviour.js'
import { ExpectationError } from '../errors.js'
import type { Milliseconds } from '../endpoint.js'
import type { Lab } from './lab.js'
import type { Count, StatusPattern } from './patterns.js'

interface Wishes {
  readonly expiresS?: number
  readonly q?: number
  readonly contacts?: readonly ContactWish[]
}

/** The phone is registered before the scenario's first action. A script without registrar is left alone, with a note. */
export function registerBeforehand(lab: Lab, name: string, wishes: Wishes): void {
  lab.beforehand(async () => {
    if (![...lab.proxies.values()].some(({ registers }) => registers)) {
      lab.notes.push(`${name} is not registered: the script never calls save()`)
      return
    }
    await register(lab, name, wishes)
    await expectAccepted(lab, name)
  })
}

export async function register(lab: Lab, name: string, wishes: Wishes): Promise<void> {
  lab.phone(name)
  lab.driver.give(name, { type: 'command', command: { verb: 'register', ...wishes } })
}

export async function expectAccepted(lab: Lab, name: string): Promise<void> {
  const { registration } = lab.phone(name)
  const settled = (): boolean => registration.state !== 'registering' && registration.state !== 'none'
  const done = await lab.driver.runUntil(settled, lab.limitMs)
  if (!done || registration.state === 'refused')
    throw new ExpectationError(
      `${name} is not registered`,
      'the registration is accepted',
      situation(lab, name),
    )
}

export async function expectRefused(lab: Lab, name: string, status: StatusPattern): Promise<void> {
  const { registration } = lab.phone(name)
  await lab.until(
    () => registration.state === 'refused',
    `refused with ${status.text}`,
    () => situation(lab, name),
  )
  if (!status.matches(registration.status, registration.reason))
    throw new ExpectationError(
      'refused otherwise',
      status.text,
      `${registration.status} ${registration.reason}`,
    )
}

export async function expectChallenge(
  lab: Lab,
  name: string,
  status: StatusPattern,
  realm: string,
): Promise<void> {
  const { challenges } = lab.phone(name)
  const challenged = (): boolean =>
    challenges.some((one) => status.matches(one.status) && one.realm === realm)
  await lab.until(challenged, `${name} is challenged with ${status.text} for ${realm}`, () =>
    JSON.stringify(challenges),
  )
}

function situation(lab: Lab, name: string): string {
  const { state, status, reason } = lab.phone(name).registration
  return `${state} ${status || ''} ${reason}`.trim()
}

function bindings(lab: Lab, target: string) {
  return [...lab.inside('its bindings', lab.proxies).values()].flatMap((proxy) =>
    proxy.bindings(lab.uriOf(target)),
  )
}

export async function expectBindingCount(lab: Lab, target: string, count: Count): Promise<void> {
  const number = (): number => bindings(lab, target).length
  await lab.holds(
    () => number() >= count.least && number() <= count.most,
    `${count.text} bindings`,
    () => String(number()),
  )
}

export async function expectBindings(lab: Lab, target: string, contacts: readonly string[]): Promise<void> {
  const actual = (): string =>
    bindings(lab, target)
      .map(({ uri }) => uri)
      .join(', ') || 'none'
  await lab.holds(() => actual() === contacts.join(', '), contacts.join(', '), actual)
}

/** The best binding of the phone's AOR has so long to live. */
export async function expectExpiry(lab: Lab, name: string, expectedMs: Milliseconds): Promise<void> {
  const left = (): number => Math.round(((bindings(lab, name)[0]?.expiresAt ?? 0) - lab.driver.now) / 1000)
  await lab.holds(
    () => left() === Math.round(expectedMs / 1000),
    `${expectedMs / 1000} s`,
    () => `${left()} s`,
  )
}
