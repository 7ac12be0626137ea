// Forking, redirection, routes.

import { When, type DataTable } from '@cucumber/cucumber'
import { expectParallel, expectRedirection, expectSeries, orderCallee } from '../src/lab/calls.js'
import { parseCount, type Count, type MessagePattern, type StatusPattern } from '../src/lab/patterns.js'
import { expectBranches, expectFailureRoute, expectReached, expectRuns } from '../src/lab/routes.js'
import { contactWishes } from '../src/lab/tables.js'
import { expectCount } from '../src/lab/traffic.js'
import {
  expectAllAnswered,
  expectBestResponse,
  expectCancelled,
  expectNoPending,
  expectNoRecursion,
  expectOneFinal,
} from '../src/lab/forking.js'
import { Then, type SipWorld } from './world.js'

Then('the call is forked to {phones} in parallel', function (this: SipWorld, names: string[]) {
  return expectParallel(this.lab, names)
})

Then('the call is tried at {phones} in series', function (this: SipWorld, names: string[]) {
  return expectSeries(this.lab, names)
})

Then(
  '{count} branches are created, each with its own branch parameter',
  function (this: SipWorld, count: Count) {
    return expectBranches(this.lab, count)
  },
)

Then('every branch but that of {phone} is cancelled', function (this: SipWorld, name: string) {
  return expectCancelled(this.lab, name)
})

Then('no branch is left pending', function (this: SipWorld) {
  return expectNoPending(this.lab)
})

Then('{phone} receives exactly one final response', function (this: SipWorld, name: string) {
  return expectOneFinal(this.lab, name)
})

Then('{phone} receives the 2xx of every answering branch', function (this: SipWorld, name: string) {
  return expectAllAnswered(this.lab, name)
})

Then(
  'the response forwarded to {phone} is {status} from {phone}',
  function (this: SipWorld, name: string, status: StatusPattern, from: string) {
    return expectBestResponse(this.lab, name, status, from)
  },
)

When(
  '{phone} redirects the call with {status} to:',
  function (this: SipWorld, name: string, status: StatusPattern, table: DataTable) {
    return orderCallee(this.lab, name, {
      verb: 'redirect',
      status: status.code!,
      contacts: contactWishes(table.hashes()),
    })
  },
)

Then('the proxy recurses to {target}', function (this: SipWorld, target: string) {
  return expectReached(this.lab, target)
})

Then('the proxy does not recurse', function (this: SipWorld) {
  return expectNoRecursion(this.lab)
})

Then(
  '{phone} is redirected with {status} to:',
  function (this: SipWorld, name: string, status: StatusPattern, table: DataTable) {
    return expectRedirection(
      this.lab,
      name,
      status,
      table.hashes().map(({ contact }) => contact ?? ''),
    )
  },
)

Then('failure_route {string} runs', function (this: SipWorld, number: string) {
  return expectFailureRoute(this.lab, number)
})

Then(
  'failure_route {string} runs for {status}',
  function (this: SipWorld, number: string, status: StatusPattern) {
    return expectFailureRoute(this.lab, number, status)
  },
)

Then(
  'failure_route {string} runs for {status} from {phone}',
  function (this: SipWorld, number: string, status: StatusPattern, phone: string) {
    return expectFailureRoute(this.lab, number, status, phone)
  },
)

Then('failure_route {string} runs {count} time(s)', function (this: SipWorld, number: string, count: Count) {
  return expectRuns(this.lab, `failure_route[${number}]`, count)
})

Then('failure_route {string} does not run', function (this: SipWorld, number: string) {
  return expectRuns(this.lab, `failure_route[${number}]`, parseCount('no'))
})

Then('onreply_route {string} runs {count} time(s)', function (this: SipWorld, number: string, count: Count) {
  return expectRuns(this.lab, `onreply_route[${number}]`, count)
})

Then('route {string} runs {count} time(s)', function (this: SipWorld, number: string, count: Count) {
  return expectRuns(this.lab, number === '0' ? 'route' : `route[${number}]`, count)
})

Then('the call falls back to {target}', function (this: SipWorld, target: string) {
  return expectReached(this.lab, target)
})

Then('the call reaches {target}', function (this: SipWorld, target: string) {
  return expectReached(this.lab, target)
})

Then(
  '{party} received {count} {message}',
  function (this: SipWorld, name: string, count: Count, pattern: MessagePattern) {
    return expectCount(this.lab, name, count, pattern)
  },
)
