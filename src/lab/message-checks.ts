// What a single message must show: whose Via is on top, Record-Route, bodies, route sets.

import { Malformed, ExpectationError } from '../errors.js'
import { parseMessage, type Message } from '../sip/message.js'
import { latest } from './calls.js'
import type { Lab } from './lab.js'
import type { MessagePattern, StatusPattern } from './patterns.js'
import { arrivedAt } from './traffic.js'

function isProxyAddress(lab: Lab, host: string, port: number): boolean {
  return [...lab.proxies.values()].some(({ listens }) =>
    listens.some((one) => one.address === host && one.port === port),
  )
}

export function expectOwnVia(lab: Lab, message: Message): void {
  const via = message.topVia()
  const own =
    via !== undefined &&
    !(via instanceof Malformed) &&
    isProxyAddress(lab, via.host.replace(/[[\]]/g, ''), via.port ?? 5060)
  if (!own)
    throw new ExpectationError(
      'the topmost Via',
      'an address of the proxy',
      message.headerNamed('Via') ?? '(absent)',
    )
}

export function expectRecordRoute(lab: Lab, message: Message): void {
  const value = message.headerNamed('Record-Route') ?? '(absent)'
  const match = /<sips?:(?:[^@>]*@)?\[?([^;:>\]]+)\]?(?::(\d+))?/.exec(value)
  if (match === null || !isProxyAddress(lab, match[1]!, Number(match[2] ?? 5060)))
    throw new ExpectationError('Record-Route', 'an address of the proxy', value)
}

export async function expectRouteSet(lab: Lab, name: string, uris: readonly string[]): Promise<void> {
  const actual = (): string => (latest(lab, name)?.routeSet ?? []).join(', ')
  await lab.until(() => actual() === uris.join(', '), uris.join(', '), actual)
}

/** The body of the last INVITE that the receiver got is the one that the sender sent, octet by octet. */
export async function expectSameBody(lab: Lab, receiver: string, sender: string): Promise<void> {
  const body = (message: Message | undefined): string => message?.body ?? ''
  const got = (): string =>
    body(lab.phone(receiver).received.findLast(({ message }) => message.body !== '')?.message)
  await lab.until(
    () => got() !== '',
    `${receiver} receives a session description`,
    () => lab.situation(receiver),
  )
  const sent = lab.phone(sender).sent.map(({ message }) => body(message))
  if (!sent.includes(got()))
    throw new ExpectationError('another session description', sent.filter(Boolean).join('\n'), got())
}

/** The last session description that the phone received has each of these lines. */
export async function expectSdpLines(lab: Lab, name: string, lines: readonly string[]): Promise<void> {
  const got = (): string[] =>
    (lab.phone(name).received.findLast(({ message }) => message.body !== '')?.message.body ?? '').split(
      /\r?\n/,
    )
  const complete = (): boolean => lines.every((line) => got().includes(line))
  await lab.until(complete, lines.join(' | '), () => got().join(' | '))
}

/** Copies of this message arrived at the proxy more than once, and it sent it on only once a destination. */
export async function expectAbsorbed(lab: Lab, pattern: MessagePattern): Promise<void> {
  await lab.settle()
  const proxies = [...lab.proxies.keys()]
  const copies = proxies
    .flatMap((proxy) => arrivedAt(lab, proxy))
    .filter(({ bytes }) => pattern.matches(bytes))
  if (copies.length < 2)
    throw new ExpectationError('no retransmission came', `${pattern.text} at least twice`, `${copies.length}`)
  const callId = callIdOf(copies[0]!.bytes)
  const sent = lab.wires.filter(
    ({ from, bytes }) => proxies.includes(from ?? '') && pattern.matches(bytes) && callIdOf(bytes) === callId,
  )
  const places = new Set(sent.map(({ target }) => `${target.address}:${target.port}`))
  if (sent.length > places.size)
    throw new ExpectationError('not absorbed', `${places.size} sent on`, `${sent.length}`)
}

/** The proxy sent this response more than once, octet by octet the same. */
export async function expectAnsweredAgain(lab: Lab, status: StatusPattern): Promise<void> {
  const responses = (): string[] =>
    lab.wires
      .filter(({ from, bytes }) => lab.proxies.has(from ?? '') && status.matches(Number(bytes.slice(8, 11))))
      .map(({ bytes }) => bytes)
  const again = (): boolean => responses().some((bytes, at) => responses().indexOf(bytes) < at)
  await lab.until(again, `${status.text} twice`, () => `${responses().length} times`)
}

function callIdOf(bytes: string): string | undefined {
  const message = parseMessage(bytes)
  return message instanceof Malformed ? undefined : message.callId
}
