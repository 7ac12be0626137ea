// Accounting records: rows of the tables acc and missed_calls.

import type { DataTable } from '@cucumber/cucumber'
import { expectRowCount, expectRows } from '../src/lab/database.js'
import type { Count } from '../src/lab/patterns.js'
import { Then, type SipWorld } from './world.js'

Then('an accounting record is written with:', function (this: SipWorld, table: DataTable) {
  return expectRows(this.lab, 'acc', [table.rowsHash()])
})

Then('a missed call is written with:', function (this: SipWorld, table: DataTable) {
  return expectRows(this.lab, 'missed_calls', [table.rowsHash()])
})

Then('{count} accounting record(s) is/are written', function (this: SipWorld, count: Count) {
  return expectRowCount(this.lab, 'acc', count)
})

Then('{count} missed call(s) is/are written', function (this: SipWorld, count: Count) {
  return expectRowCount(this.lab, 'missed_calls', count)
})
