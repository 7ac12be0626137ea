// Captures: played again as phones, compared with what was captured, and phones that wait for every order.

import { Given, When, type DataTable } from '@cucumber/cucumber'
import { behave } from '../src/lab/behaviour.js'
import { expectAsCaptured, playCapture, takeCapture } from '../src/lab/capture-bench.js'
import { Then, type SipWorld } from './world.js'

Given('{phone} rings only when told to', function (this: SipWorld, name: string) {
  behave(this.lab, name, { incoming: { kind: 'manual' } })
})

Given('the capture {string}', function (this: SipWorld, file: string) {
  return takeCapture(this.lab, file, [])
})

Given('the capture {string} with the parties:', function (this: SipWorld, file: string, table: DataTable) {
  return takeCapture(this.lab, file, table.hashes())
})

When('the capture is replayed as both sides', function (this: SipWorld) {
  return playCapture(this.lab, 'both', 1)
})

When('the capture is replayed as {phone}', function (this: SipWorld, name: string) {
  return playCapture(this.lab, name, 1)
})

When(
  'the capture is replayed as both sides at {float} times the speed',
  function (this: SipWorld, speed: number) {
    return playCapture(this.lab, 'both', speed)
  },
)

When(
  'the capture is replayed as {phone} at {float} times the speed',
  function (this: SipWorld, name: string, speed: number) {
    return playCapture(this.lab, name, speed)
  },
)

Then('what {phone} receives matches the capture', function (this: SipWorld, name: string) {
  expectAsCaptured(this.lab, name, [])
})

Then(
  'what {phone} receives matches the capture, ignoring:',
  function (this: SipWorld, name: string, table: DataTable) {
    expectAsCaptured(
      this.lab,
      name,
      table.raw().map(([header]) => header ?? ''),
    )
  },
)
