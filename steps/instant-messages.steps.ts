// Instant messages.

import { When, type DataTable } from '@cucumber/cucumber'
import { expectText, expectTextCount, sendText } from '../src/lab/instant-messages.js'
import { Then, type SipWorld } from './world.js'

When(
  '{phone} sends the text {string} to {target}',
  function (this: SipWorld, name: string, text: string, target: string) {
    return sendText(this.lab, name, text, target)
  },
)

When(
  '{phone} sends the text {string} to {target} with the headers:',
  function (this: SipWorld, name: string, text: string, target: string, table: DataTable) {
    return sendText(this.lab, name, text, target, Object.entries(table.rowsHash()))
  },
)

Then('{phone} gets the text {string}', function (this: SipWorld, name: string, text: string) {
  return expectText(this.lab, name, text)
})

Then('{phone} got {int} text(s)', function (this: SipWorld, name: string, count: number) {
  return expectTextCount(this.lab, name, count)
})
