// Registration.

import { Given, When, type DataTable } from '@cucumber/cucumber'
import type { Count, StatusPattern } from '../src/lab/patterns.js'
import {
  expectAccepted,
  expectBindingCount,
  expectBindings,
  expectChallenge,
  expectExpiry,
  expectRefused,
  registerBeforehand,
} from '../src/lab/registering.js'
import { contactWishes } from '../src/lab/tables.js'
import { Then, type SipWorld } from './world.js'

Given('{phone} is registered', function (this: SipWorld, name: string) {
  registerBeforehand(this.lab, name, {})
})

Given('{phone} is registered for {duration}', function (this: SipWorld, name: string, ms: number) {
  registerBeforehand(this.lab, name, { expiresS: ms / 1000 })
})

Given('{phone} is registered with q={float}', function (this: SipWorld, name: string, q: number) {
  registerBeforehand(this.lab, name, { q })
})

Given(
  '{phone} is registered for {duration} with q={float}',
  function (this: SipWorld, name: string, ms: number, q: number) {
    registerBeforehand(this.lab, name, { expiresS: ms / 1000, q })
  },
)

Given('{phone} is registered at the contacts:', function (this: SipWorld, name: string, table: DataTable) {
  registerBeforehand(this.lab, name, { contacts: contactWishes(table.hashes()) })
})

When('{phone} registers', function (this: SipWorld, name: string) {
  return this.lab.order(name, { verb: 'register' })
})

When('{phone} registers for {duration}', function (this: SipWorld, name: string, ms: number) {
  return this.lab.order(name, { verb: 'register', expiresS: ms / 1000 })
})

When('{phone} registers the contacts:', function (this: SipWorld, name: string, table: DataTable) {
  return this.lab.order(name, { verb: 'register', contacts: contactWishes(table.hashes()) })
})

When('{phone} unregisters', function (this: SipWorld, name: string) {
  return this.lab.order(name, { verb: 'unregister' })
})

When('{phone} removes all its contacts', function (this: SipWorld, name: string) {
  return this.lab.order(name, { verb: 'removeAllBindings' })
})

When('{phone} queries its bindings', function (this: SipWorld, name: string) {
  return this.lab.order(name, { verb: 'queryBindings' })
})

Then('the registration of {phone} is accepted', async function (this: SipWorld, name: string) {
  await this.lab.ready()
  await expectAccepted(this.lab, name)
})

Then(
  'the registration of {phone} is refused with {status}',
  async function (this: SipWorld, name: string, status: StatusPattern) {
    await this.lab.ready()
    await expectRefused(this.lab, name, status)
  },
)

Then(
  '{phone} is challenged with {status} for the realm {string}',
  async function (this: SipWorld, name: string, status: StatusPattern, realm: string) {
    await expectChallenge(this.lab, name, status, realm)
  },
)

Then('{target} has {count} binding(s)', function (this: SipWorld, target: string, count: Count) {
  return expectBindingCount(this.lab, target, count)
})

Then('{target} has the bindings:', function (this: SipWorld, target: string, table: DataTable) {
  return expectBindings(
    this.lab,
    target,
    table.hashes().map(({ contact }) => contact ?? ''),
  )
})

Then(
  'the binding of {phone} expires after {duration}',
  async function (this: SipWorld, name: string, ms: number) {
    this.lab.virtual('an exact expiry')
    await expectExpiry(this.lab, name, ms)
  },
)
