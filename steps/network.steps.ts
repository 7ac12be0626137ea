// Time and network faults.

import { Given, When } from '@cucumber/cucumber'
import { fault, linkFaults, NEVER_LOST } from '../src/lab/faults.js'
import type { MessagePattern } from '../src/lab/patterns.js'
import { expectTimer } from '../src/lab/routes.js'
import { Then, type SipWorld } from './world.js'

When(
  /^(\d+(?:\.\d+)? ?(?:ms|s|seconds?|minutes?|hours?)|(?:\d+\*)?T[124]) pass(?:es)?$/,
  async function (this: SipWorld, duration: string) {
    await this.lab.pass(duration)
  },
)

Then('nothing is sent for {duration}', async function (this: SipWorld, ms: number) {
  await this.lab.expectSilence(ms)
})

Then('{phone} receives nothing for {duration}', async function (this: SipWorld, name: string, ms: number) {
  await this.lab.expectSilence(ms, name)
})

Then(
  '{word} fires {duration} after the {message} from {party}',
  async function (this: SipWorld, timer: string, ms: number, pattern: MessagePattern, from: string) {
    this.lab.virtual('an exact time')
    await expectTimer(this.lab, timer, ms, pattern, from)
  },
)

Then(
  '{word} fires {duration} after the {message} to {party}',
  async function (this: SipWorld, timer: string, ms: number, pattern: MessagePattern, to: string) {
    this.lab.virtual('an exact time')
    await expectTimer(this.lab, timer, ms, pattern, undefined, to)
  },
)

Given(
  'the link between {phone} and the proxy loses {int} %',
  function (this: SipWorld, name: string, lossPercent: number) {
    linkFaults(this.lab, name, { lossPercent })
  },
)

Given(
  'the link between {phone} and the proxy delays by {duration}',
  function (this: SipWorld, name: string, delayMs: number) {
    linkFaults(this.lab, name, { delayMs })
  },
)

Given(
  'the link between {phone} and the proxy varies by {duration}',
  function (this: SipWorld, name: string, jitterMs: number) {
    linkFaults(this.lab, name, { jitterMs })
  },
)

Given(
  'the link between {phone} and the proxy duplicates {int} %',
  function (this: SipWorld, name: string, duplicatePercent: number) {
    linkFaults(this.lab, name, { duplicatePercent })
  },
)

Given(
  'the link between {phone} and the proxy reorders {int} %',
  function (this: SipWorld, name: string, reorderPercent: number) {
    linkFaults(this.lab, name, { reorderPercent })
  },
)

Given(
  'the {ordinal} {message} from {party} to {party} is lost',
  function (this: SipWorld, nth: number, pattern: MessagePattern, from: string, to: string) {
    fault(this.lab, { nth, from, to, effect: 'lost', matches: pattern.matches })
  },
)

Given(
  'the {ordinal} {message} from {party} to {party} is duplicated',
  function (this: SipWorld, nth: number, pattern: MessagePattern, from: string, to: string) {
    fault(this.lab, { nth, from, to, effect: 'duplicated', matches: pattern.matches })
  },
)

Given(
  'the {ordinal} {message} from {party} to {party} is delayed by {duration}',
  function (this: SipWorld, nth: number, pattern: MessagePattern, from: string, to: string, effect: number) {
    fault(this.lab, { nth, from, to, effect, matches: pattern.matches })
  },
)

When('the link between {phone} and the proxy goes down', function (this: SipWorld, name: string) {
  linkFaults(this.lab, name, { down: true })
  return this.lab.ready()
})

When('the link between {phone} and the proxy comes back', function (this: SipWorld, name: string) {
  linkFaults(this.lab, name, { down: false })
  return this.lab.ready()
})

When('the TCP connection of {phone} is closed', async function (this: SipWorld, name: string) {
  await this.lab.cut(name, 'closed')
})

When('the TCP connection of {phone} is reset', async function (this: SipWorld, name: string) {
  await this.lab.cut(name, 'reset')
})

Given('{phone} answers with ICMP port unreachable', function (this: SipWorld, name: string) {
  this.lab.unplug(name)
})

Given(
  'the {message} of {phone} and the {message} of {phone} cross',
  function (this: SipWorld, one: MessagePattern, first: string, two: MessagePattern, second: string) {
    for (const [from, pattern] of [
      [first, one],
      [second, two],
    ] as const)
      fault(this.lab, { nth: 1, from, to: 'proxy', effect: NEVER_LOST, matches: pattern.matches })
  },
)
