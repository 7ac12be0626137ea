// What forking promises: losers are cancelled, one final response goes back, no branch is forgotten.

import { ExpectationError } from '../errors.js'
import type { Lab } from './lab.js'
import type { StatusPattern } from './patterns.js'
import { distinctAt } from './traffic.js'

const FINAL = /^SIP\/2\.0 [2-6]/
const INVITE_CSEQ = /^CSeq:\s*\d+ INVITE/im

function finals(lab: Lab, name: string): string[] {
  return distinctAt(lab, name)
    .filter(({ bytes }) => FINAL.test(bytes) && INVITE_CSEQ.test(bytes))
    .map(({ bytes }) => bytes)
}

/** Every phone that was called, but the winner, got a CANCEL or had given a final response. */
export async function expectCancelled(lab: Lab, winner: string): Promise<void> {
  const called = (): string[] =>
    [...lab.phones.values()]
      .filter(({ calls }) => calls.some(({ role }) => role === 'callee'))
      .map(({ name }) => name)
  const open = (): string[] =>
    called().filter(
      (name) =>
        name !== winner &&
        lab
          .phone(name)
          .calls.some(
            ({ role, state }) =>
              role === 'callee' && ['calling', 'ringing', 'early', 'established'].includes(state),
          ),
    )
  await lab.until(
    () => called().length > 1 && open().length === 0,
    `every phone but ${winner} is cancelled`,
    () => lab.situation(),
  )
}

/** No client transaction of a proxy waits for its final response. */
export async function expectNoPending(lab: Lab): Promise<void> {
  const waiting = (): number =>
    [...lab.inside('its branches', lab.proxies).values()].reduce(
      (sum, proxy) => sum + proxy.pendingBranches,
      0,
    )
  await lab.until(
    () => waiting() === 0,
    'no branch waits for a final response',
    () => `${waiting()} branches wait`,
  )
}

export async function expectOneFinal(lab: Lab, name: string): Promise<void> {
  await lab.until(
    () => finals(lab, name).length > 0,
    `${name} receives a final response`,
    () => lab.situation(name),
  )
  await lab.holds(
    () => finals(lab, name).length === 1,
    'exactly one final response',
    () => `${finals(lab, name).length}`,
  )
}

/** Every phone that answered is known to the caller by its own 2xx. */
export async function expectAllAnswered(lab: Lab, name: string): Promise<void> {
  const answered = (): number =>
    [...lab.phones.values()].filter(({ sent }) =>
      sent.some(({ message }) => message.status === 200 && message.cseqMethod === 'INVITE'),
    ).length
  const got = (): number => finals(lab, name).filter((bytes) => bytes.startsWith('SIP/2.0 2')).length
  await lab.until(
    () => answered() > 0 && got() === answered(),
    'a 2xx of every answering phone',
    () => `${got()} of ${answered()}`,
  )
}

export async function expectBestResponse(
  lab: Lab,
  name: string,
  status: StatusPattern,
  from: string,
): Promise<void> {
  await lab.until(
    () => finals(lab, name).length > 0,
    `${name} receives ${status.text}`,
    () => lab.situation(name),
  )
  const best = finals(lab, name)[0]!
  const tag = /^(?:To|t)[ \t]*:.*?;tag=([^;\s]+)/im.exec(best)?.[1]
  const owner = [...lab.phones.values()].find(({ sent }) =>
    sent.some(({ message }) => message.toTag === tag && !message.isRequest),
  )?.name
  const actual = `${best.slice(8, best.indexOf('\r'))} from ${owner ?? 'the proxy'}`
  if (!status.matches(Number(best.slice(8, 11))) || owner !== from)
    throw new ExpectationError('another response', `${status.text} from ${from}`, actual)
}

/** No further INVITE leaves the proxy once a 3xx has come to it. */
export async function expectNoRecursion(lab: Lab): Promise<void> {
  const after = (): string[] => {
    const redirected = lab.wires.findIndex(
      ({ to, bytes }) => lab.proxies.has(to ?? '') && bytes.startsWith('SIP/2.0 3'),
    )
    return lab.wires
      .slice(redirected + 1)
      .filter(({ from, bytes }) => lab.proxies.has(from ?? '') && bytes.startsWith('INVITE '))
      .map(({ bytes }) => bytes.slice(0, bytes.indexOf('\r')))
  }
  await lab.until(
    () => lab.wires.some(({ bytes }) => bytes.startsWith('SIP/2.0 3')),
    'a redirection',
    () => lab.situation(),
  )
  await lab.holds(
    () => after().length === 0,
    'the proxy sends no further INVITE',
    () => after().join(', '),
  )
}
