// Instant messages between phones (RFC 3428).

import { ExpectationError } from '../errors.js'
import { Header } from '../sip/names.js'
import { octetsOf } from '../sip/unicode.js'
import type { Lab } from './lab.js'

/** Sends a text to an AOR or phone. */
export async function sendText(
  lab: Lab,
  name: string,
  text: string,
  target: string,
  headers: readonly (readonly [string, string])[] = [],
): Promise<void> {
  await lab.ready()
  const order = {
    verb: 'request',
    method: 'MESSAGE',
    target: lab.uriOf(target),
    body: octetsOf(text),
  } as const
  await lab.order(name, { ...order, headers: [['Content-Type', 'text/plain'], ...headers] })
}

/** The texts of the MESSAGE requests that a phone got, copies left out. */
function textsOf(lab: Lab, name: string): string[] {
  const texts = new Map<string, string>()
  for (const { message } of lab.phone(name).received)
    if (message.method === 'MESSAGE')
      texts.set(`${message.callId} ${message.header(Header.CSEQ)}`, message.body)
  return [...texts.values()]
}

/** The phone gets a text that contains this one. */
export async function expectText(lab: Lab, name: string, text: string): Promise<void> {
  const octets = octetsOf(text)
  await lab.until(
    () => textsOf(lab, name).some((one) => one.includes(octets)),
    `${name} gets "${text}"`,
    () => textsOf(lab, name).join(' | ') || 'no messages',
  )
}

/** The phone got so many texts. */
export async function expectTextCount(lab: Lab, name: string, count: number): Promise<void> {
  await lab.settle()
  const texts = textsOf(lab, name)
  if (texts.length !== count)
    throw new ExpectationError(`messages of ${name}`, String(count), `${texts.length}: ${texts.join(' | ')}`)
}
