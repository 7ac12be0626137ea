// Systems under test: another one in the engine's place, or beside it.

import { Given, type DataTable } from '@cucumber/cucumber'
import type { SipWorld } from './world.js'
import { Then } from './world.js'

/** Which one it is was read before the scenario began. */
Given('the system under test is at {string}', function (this: SipWorld, place: string) {
  this.lab.proxy().listenAt(place)
})

/** Columns: name, and if need be image and script. The other runs follow when all scenarios are over. */
Given('each scenario also runs against:', function (this: SipWorld, table: DataTable) {
  for (const { name: target = '', image, script } of table.hashes()) {
    if (script) this.lab.proxy().keepFile(script, target)
    this.also.push({ target, ...(image && { image }) })
  }
})

Then('all systems under test behave alike', function (this: SipWorld) {
  this.alike = { except: [] }
})

/** Columns: message, and if need be header. */
Then('all systems under test behave alike except for:', function (this: SipWorld, table: DataTable) {
  const except = table.hashes().map(({ message = '', header }) => ({ message, ...(header && { header }) }))
  this.alike = { except }
})
