// SIPp scenarios, played in process, by the sipp of this machine or in containers.

import { Given, type DataTable } from '@cucumber/cucumber'
import type { Count } from '../src/lab/patterns.js'
import {
  expectSippCalls,
  expectSippExit,
  expectSippFailure,
  expectSippRemark,
  expectSippResponseTime,
  expectSippRetransmissions,
  expectSippSuccess,
} from '../src/lab/sipp/judging.js'
import { playSippScenario, runSippContainer } from '../src/lab/sipp/play.js'
import { Then, type SipWorld } from './world.js'

Given('{phone} plays the SIPp scenario {string}', function (this: SipWorld, name: string, file: string) {
  playSippScenario(this.lab, name, file)
})

Given(
  '{phone} plays the SIPp scenario {string} with:',
  function (this: SipWorld, name: string, file: string, table: DataTable) {
    playSippScenario(this.lab, name, file, table.raw())
  },
)

Given(
  '{phone} plays the SIPp scenario {string} for {int} calls, {int} a second',
  function (this: SipWorld, name: string, file: string, calls: number, rate: number) {
    playSippScenario(this.lab, name, file, [], { calls, rate })
  },
)

Given(
  '{phone} plays the SIPp scenario {string} for {int} calls, {int} a second, with:',
  function (this: SipWorld, name: string, file: string, calls: number, rate: number, table: DataTable) {
    playSippScenario(this.lab, name, file, table.raw(), { calls, rate })
  },
)

Given(
  '{phone} plays the SIPp scenario {string} for {int} calls, {int} a second, at most {int} at once',
  function (this: SipWorld, name: string, file: string, calls: number, rate: number, limit: number) {
    playSippScenario(this.lab, name, file, [], { calls, rate, limit })
  },
)

Given(
  'a SIPp container {phone} runs {string} at {string}',
  function (this: SipWorld, name: string, file: string, address: string) {
    runSippContainer(this.lab, name, file, address)
  },
)

Given(
  'a SIPp container {phone} runs {string} at {string} with the options {string}',
  function (this: SipWorld, name: string, file: string, address: string, options: string) {
    runSippContainer(this.lab, name, file, address, options)
  },
)

Then('the SIPp scenario of {phone} succeeds', async function (this: SipWorld, name: string) {
  await expectSippSuccess(this.lab, name)
})

Then('the SIPp scenario of {phone} fails', async function (this: SipWorld, name: string) {
  await expectSippFailure(this.lab, name)
})

Then(
  'the SIPp scenario of {phone} fails with {string}',
  async function (this: SipWorld, name: string, reason: string) {
    await expectSippFailure(this.lab, name, reason)
  },
)

Then(
  'the SIPp scenario of {phone} ends with exit code {int}',
  async function (this: SipWorld, name: string, code: number) {
    await expectSippExit(this.lab, name, code)
  },
)

Then(
  '{count} call(s) of the SIPp scenario of {phone} succeed(s)',
  async function (this: SipWorld, count: Count, name: string) {
    await expectSippCalls(this.lab, name, count, 'succeed')
  },
)

Then(
  '{count} call(s) of the SIPp scenario of {phone} fail(s)',
  async function (this: SipWorld, count: Count, name: string) {
    await expectSippCalls(this.lab, name, count, 'fail')
  },
)

Then(
  'the SIPp scenario of {phone} needed {count} retransmission(s)',
  async function (this: SipWorld, name: string, count: Count) {
    await expectSippRetransmissions(this.lab, name, count)
  },
)

Then(
  'the longest response time of the SIPp scenario of {phone} is at most {duration}',
  async function (this: SipWorld, name: string, ms: number) {
    await expectSippResponseTime(this.lab, name, 'longest', ms)
  },
)

Then(
  'the mean response time of the SIPp scenario of {phone} is at most {duration}',
  async function (this: SipWorld, name: string, ms: number) {
    await expectSippResponseTime(this.lab, name, 'mean', ms)
  },
)

Then(
  'the SIPp scenario of {phone} logs {string}',
  async function (this: SipWorld, name: string, words: string) {
    await expectSippRemark(this.lab, name, words)
  },
)
