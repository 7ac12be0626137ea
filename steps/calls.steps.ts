// Calls, with the aliases engineers write: dials, picks up, declines, is busy, hears busy.

import { When, type DataTable } from '@cucumber/cucumber'
import {
  expectEarlyMedia,
  expectEnded,
  expectEstablished,
  expectFailure,
  expectNoRinging,
  expectRingback,
  expectRinging,
  expectStopped,
  orderCallee,
  orderInCall,
} from '../src/lab/calls.js'
import { parseStatus, type StatusPattern } from '../src/lab/patterns.js'
import { flood } from '../src/lab/flooding.js'
import { Then, type SipWorld } from './world.js'

const reasonOf = ({ reason }: StatusPattern) => (reason === undefined ? {} : { reason })
const headersOf = (table: DataTable) =>
  table.raw().map(([name, value]) => [name!, value === '(absent)' ? null : (value ?? '')] as const)

When(
  /^(?:(?<phone>[A-Z][\w-]*|"[^"]+")) (?:calls|dials) ((?:sips?|tel):\S+|[A-Z][\w-]*)$/,
  async function (this: SipWorld, name: string, target: string) {
    await this.lab.ready()
    await this.lab.order(name.replace(/"/g, ''), { verb: 'call', target: this.lab.uriOf(target) })
  },
)

When(
  '{phone} calls {target} with the headers:',
  async function (this: SipWorld, name: string, target: string, table: DataTable) {
    await this.lab.ready()
    await this.lab.order(name, { verb: 'call', target: this.lab.uriOf(target), headers: headersOf(table) })
  },
)

When(
  '{phone} calls {target} with the offer:',
  async function (this: SipWorld, name: string, target: string, body: string) {
    await this.lab.ready()
    await this.lab.order(name, { verb: 'call', target: this.lab.uriOf(target), body })
  },
)

Then('{phone} rings', function (this: SipWorld, name: string) {
  return expectRinging(this.lab, name)
})

Then('{phone} does not ring', function (this: SipWorld, name: string) {
  return expectNoRinging(this.lab, name)
})

Then('{phone} hears ringback', function (this: SipWorld, name: string) {
  return expectRingback(this.lab, name)
})

Then('{phone} receives early media', function (this: SipWorld, name: string) {
  return expectEarlyMedia(this.lab, name)
})

When('{phone} starts ringing', function (this: SipWorld, name: string) {
  return orderCallee(this.lab, name, { verb: 'ring' })
})

When('{phone} sends {status}', function (this: SipWorld, name: string, status: StatusPattern) {
  const code = status.code ?? 183
  if (code < 200) return orderCallee(this.lab, name, { verb: 'progress', status: code, ...reasonOf(status) })
  return orderCallee(this.lab, name, { verb: 'reject', status: code, ...reasonOf(status) })
})

When(/^([A-Z][\w-]*) (?:answers|picks up)$/, function (this: SipWorld, name: string) {
  return orderCallee(this.lab, name, { verb: 'answer' })
})

When(
  '{phone} rejects the call with {status}',
  function (this: SipWorld, name: string, status: StatusPattern) {
    return orderCallee(this.lab, name, { verb: 'reject', status: status.code!, ...reasonOf(status) })
  },
)

When('{phone} declines', function (this: SipWorld, name: string) {
  return orderCallee(this.lab, name, { verb: 'reject', status: 603 })
})

When('{phone} does not answer', function (this: SipWorld, name: string) {
  return expectRinging(this.lab, name)
})

Then(
  'the call between {phone} and {phone} is established',
  function (this: SipWorld, one: string, two: string) {
    return expectEstablished(this.lab, one, two)
  },
)

Then(
  'the call of {phone} fails with {status}',
  function (this: SipWorld, name: string, status: StatusPattern) {
    return expectFailure(this.lab, name, status)
  },
)

Then('{phone} hears busy', function (this: SipWorld, name: string) {
  return expectFailure(this.lab, name, parseStatus('486'))
})

When('{phone} cancels the call', function (this: SipWorld, name: string) {
  return this.lab.order(name, { verb: 'cancel' })
})

Then('{phone} stops ringing', function (this: SipWorld, name: string) {
  return expectStopped(this.lab, name)
})

When('{phone} hangs up', function (this: SipWorld, name: string) {
  return orderInCall(this.lab, name, { verb: 'hangup' })
})

Then('the call between {phone} and {phone} has ended', function (this: SipWorld, one: string, two: string) {
  return expectEnded(this.lab, one, two)
})

When('{phone} puts the call on hold', function (this: SipWorld, name: string) {
  return orderInCall(this.lab, name, { verb: 'hold' })
})

When('{phone} resumes the call', function (this: SipWorld, name: string) {
  return orderInCall(this.lab, name, { verb: 'resume' })
})

When('{phone} sends a re-INVITE with the offer:', function (this: SipWorld, name: string, body: string) {
  return orderInCall(this.lab, name, { verb: 'reinvite', body })
})

When('{phone} transfers the call to {target}', function (this: SipWorld, name: string, target: string) {
  return orderInCall(this.lab, name, { verb: 'transfer', target: this.lab.uriOf(target) })
})

When('{phone} sends the {method} within the call', function (this: SipWorld, name: string, method: string) {
  return orderInCall(this.lab, name, { verb: 'request', method, within: true })
})

When(
  '{phone} sends the {method} within the call with the headers:',
  function (this: SipWorld, name: string, method: string, table: DataTable) {
    return orderInCall(this.lab, name, { verb: 'request', method, within: true, headers: headersOf(table) })
  },
)

When(
  '{phone} sends the {method} to {target}',
  async function (this: SipWorld, name: string, method: string, target: string) {
    await this.lab.ready()
    await this.lab.order(name, { verb: 'request', method, target: this.lab.uriOf(target) })
  },
)

When(
  '{phone} sends {int} {method} to {target}',
  function (this: SipWorld, name: string, count: number, method: string, target: string) {
    return flood(this.lab, name, count, method, target)
  },
)

When(
  '{phone} sends the {method} to {target} with the headers:',
  async function (this: SipWorld, name: string, method: string, target: string, table: DataTable) {
    await this.lab.ready()
    await this.lab.order(name, {
      verb: 'request',
      method,
      target: this.lab.uriOf(target),
      headers: headersOf(table),
    })
  },
)

When('{phone} sends the request:', function (this: SipWorld, name: string, text: string) {
  return this.lab.order(name, { verb: 'raw', text })
})

When('{phone} responds with:', async function (this: SipWorld, name: string, text: string) {
  await this.lab.settle()
  await this.lab.order(name, { verb: 'raw', text })
})
