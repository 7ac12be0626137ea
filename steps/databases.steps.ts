// The tables that scripts ask (subscribers, groups, accounting ...), whatever database they name.

import { Given, When, type DataTable } from '@cucumber/cucumber'
import { expectRowCount, expectRows, fillTable } from '../src/lab/database.js'
import type { Count } from '../src/lab/patterns.js'
import { Then, type SipWorld } from './world.js'

Given('the table {word} contains:', function (this: SipWorld, name: string, table: DataTable) {
  return fillTable(this.lab, name, table.hashes())
})

Given('the database is {string}', function (this: SipWorld, url: string) {
  this.lab.surroundings.database.goTo(url)
})

Given('the database is down', function (this: SipWorld) {
  this.lab.surroundings.database.fail()
})

When('the database fails', async function (this: SipWorld) {
  await this.lab.ready()
  this.lab.surroundings.database.fail()
})

When('the database works again', async function (this: SipWorld) {
  await this.lab.ready()
  this.lab.surroundings.database.recover()
})

Then('the table {word} holds:', function (this: SipWorld, name: string, table: DataTable) {
  return expectRows(this.lab, name, table.hashes())
})

Then('the table {word} holds exactly:', function (this: SipWorld, name: string, table: DataTable) {
  return expectRows(this.lab, name, table.hashes(), true)
})

Then('the table {word} has {count} row(s)', function (this: SipWorld, name: string, count: Count) {
  return expectRowCount(this.lab, name, count)
})

Then(
  'the table {word} has {count} row(s) with:',
  function (this: SipWorld, name: string, count: Count, table: DataTable) {
    return expectRowCount(this.lab, name, count, table.rowsHash())
  },
)
