// Messages, headers, counts, order, logs.

import type { DataTable } from '@cucumber/cucumber'
import {
  parseDuration,
  parseMessagePattern,
  type MessagePattern,
  type StatusPattern,
} from '../src/lab/patterns.js'
import { logLines } from '../src/lab/routes.js'
import {
  checkHeaders,
  countVias,
  equal,
  expectCount,
  expectFlow,
  expectNoMessage,
  expectRetransmissions,
  received,
  type FlowRow,
  type HeaderCheck,
} from '../src/lab/traffic.js'
import {
  expectAbsorbed,
  expectAnsweredAgain,
  expectOwnVia,
  expectRecordRoute,
  expectRouteSet,
  expectSameBody,
  expectSdpLines,
} from '../src/lab/message-checks.js'
import { Then, type SipWorld } from './world.js'

for (const article of ['a(n)', 'the'])
  Then(
    `{party} receives ${article} {message}`,
    async function (this: SipWorld, party: string, pattern: MessagePattern) {
      await received(this.lab, party, pattern)
    },
  )

Then(
  '{party} receives a(n) {message} with:',
  async function (this: SipWorld, party: string, pattern: MessagePattern, table: DataTable) {
    checkHeaders(
      this.lab,
      await received(this.lab, party, pattern),
      table.hashes() as unknown as HeaderCheck[],
    )
  },
)

Then(
  'the Request-URI of the {message} received by {party} is {uri}',
  async function (this: SipWorld, pattern: MessagePattern, party: string, uri: string) {
    equal('Request-URI', uri, (await received(this.lab, party, pattern)).requestUri)
  },
)

Then(
  'the Request-URI of the {message} received by {party} matches {pattern}',
  async function (this: SipWorld, pattern: MessagePattern, party: string, wanted: RegExp) {
    const { requestUri } = await received(this.lab, party, pattern)
    equal(`Request-URI ${requestUri} matches ${wanted.source}`, 'yes', wanted.test(requestUri) ? 'yes' : 'no')
  },
)

Then(
  'the {message} received by {party} has {int} Via header(s), the topmost added by the proxy',
  async function (this: SipWorld, pattern: MessagePattern, party: string, count: number) {
    const message = await received(this.lab, party, pattern)
    equal('Via values', String(count), String(countVias(message)))
    expectOwnVia(this.lab, message)
  },
)

Then(
  'the {message} received by {party} has {int} Via header(s)',
  async function (this: SipWorld, pattern: MessagePattern, party: string, count: number) {
    equal('Via values', String(count), String(countVias(await received(this.lab, party, pattern))))
  },
)

Then(
  'the Max-Forwards of the {message} received by {party} is {int}',
  async function (this: SipWorld, pattern: MessagePattern, party: string, value: number) {
    equal(
      'Max-Forwards',
      String(value),
      (await received(this.lab, party, pattern)).headerNamed('Max-Forwards') ?? '(absent)',
    )
  },
)

Then(
  'the {word} of the {message} received by {party} is {string}',
  async function (this: SipWorld, header: string, pattern: MessagePattern, party: string, value: string) {
    checkHeaders(this.lab, await received(this.lab, party, pattern), [{ header, check: 'is', value }])
  },
)

Then('the route set of {phone} is:', function (this: SipWorld, name: string, table: DataTable) {
  return expectRouteSet(
    this.lab,
    name,
    table.raw().map(([uri]) => uri ?? ''),
  )
})

Then(
  'the {message} received by {party} has Record-Route of the proxy',
  async function (this: SipWorld, pattern: MessagePattern, party: string) {
    expectRecordRoute(this.lab, await received(this.lab, party, pattern))
  },
)

Then(
  'the SDP received by {phone} is the SDP sent by {phone}',
  async function (this: SipWorld, receiver: string, sender: string) {
    await expectSameBody(this.lab, receiver, sender)
  },
)

Then('the SDP received by {phone} has:', async function (this: SipWorld, name: string, table: DataTable) {
  await expectSdpLines(
    this.lab,
    name,
    table.raw().map(([line]) => line ?? ''),
  )
})

Then(
  '{phone} receives a CANCEL with the reason {string}',
  async function (this: SipWorld, name: string, reason: string) {
    const cancel = await received(this.lab, name, parseMessagePattern('CANCEL'))
    checkHeaders(this.lab, cancel, [{ header: 'Reason', check: 'contains', value: reason }])
  },
)

Then(
  'I remember the {word} of the {message} received by {party} as {word}',
  async function (this: SipWorld, header: string, pattern: MessagePattern, party: string, name: string) {
    this.lab.remembered.set(name, (await received(this.lab, party, pattern)).headerNamed(header) ?? '')
  },
)

Then('{phone} receives no {message}', function (this: SipWorld, name: string, pattern: MessagePattern) {
  return expectCount(this.lab, name, { text: 'no', least: 0, most: 0 }, pattern)
})

const rows = (table: DataTable): FlowRow[] => table.hashes() as unknown as FlowRow[]

Then('the message flow is:', function (this: SipWorld, table: DataTable) {
  return expectFlow(this.lab, rows(table), false, false)
})

Then('the message flow is, in any order:', function (this: SipWorld, table: DataTable) {
  return expectFlow(this.lab, rows(table), true, false)
})

Then('the message flow is, and nothing else:', function (this: SipWorld, table: DataTable) {
  return expectFlow(this.lab, rows(table), false, true)
})

Then('no message is sent to {phone}', function (this: SipWorld, name: string) {
  return expectNoMessage(this.lab, name)
})

Then('{phone} may receive {message}', function (this: SipWorld, _name: string, _pattern: MessagePattern) {
  // Said for the reader: phones accept every message that RFC 3261 lets them accept.
})

Then(
  'the {message} is retransmitted by {party} at {string}',
  async function (this: SipWorld, pattern: MessagePattern, party: string, times: string) {
    this.lab.virtual('exact retransmission times')
    await expectRetransmissions(this.lab, party, pattern, times.split(/,\s*/).map(parseDuration))
  },
)

Then(
  'the proxy absorbs the retransmissions of the {message}',
  function (this: SipWorld, pattern: MessagePattern) {
    return expectAbsorbed(this.lab, pattern)
  },
)

Then(
  'the proxy answers the retransmissions of the {message} with {status}',
  async function (this: SipWorld, pattern: MessagePattern, status: StatusPattern) {
    await expectAbsorbed(this.lab, pattern)
    await expectAnsweredAgain(this.lab, status)
  },
)

Then('the log contains {string}', function (this: SipWorld, text: string) {
  return this.lab.until(
    () => logLines(this.lab).some((line) => line.includes(text)),
    `the log contains ${text}`,
    () => logLines(this.lab).join('\n') || 'an empty log',
  )
})

Then('the log contains {string} {int} time(s)', function (this: SipWorld, text: string, times: number) {
  const found = (): number => logLines(this.lab).filter((line) => line.includes(text)).length
  return this.lab.holds(
    () => found() === times,
    `${times} times`,
    () => `${found()} times`,
  )
})

Then('the log does not contain {string}', function (this: SipWorld, text: string) {
  return this.lab.holds(
    () => !logLines(this.lab).some((line) => line.includes(text)),
    `no log line with ${text}`,
    () => logLines(this.lab).join('\n'),
  )
})

Then('the call flow is saved as {string}', function (this: SipWorld, file: string) {
  return this.lab.save(file)
})
