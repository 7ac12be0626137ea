// The commands that a script's exec functions run, and what the log says.

import { Given, type DataTable } from '@cucumber/cucumber'
import { expectCommandGiven, expectCommandRuns } from '../src/lab/commands.js'
import type { Count } from '../src/lab/patterns.js'
import { Then, type SipWorld } from './world.js'

Given('the command {string} prints {string}', function (this: SipWorld, command: string, output: string) {
  this.lab.surroundings.commands.reply(command, { output })
})

Given('the command {string} prints:', function (this: SipWorld, command: string, output: string) {
  this.lab.surroundings.commands.reply(command, { output })
})

Given(
  'the command {string} prints {string} for {string}',
  function (this: SipWorld, command: string, output: string, argument: string) {
    this.lab.surroundings.commands.reply(command, { output }, argument)
  },
)

Given(
  'the command {string} prints for {string}:',
  function (this: SipWorld, command: string, argument: string, output: string) {
    this.lab.surroundings.commands.reply(command, { output }, argument)
  },
)

Given(
  'the command {string} fails with exit code {int}',
  function (this: SipWorld, command: string, code: number) {
    this.lab.surroundings.commands.reply(command, { code })
  },
)

Given('commands are really run', function (this: SipWorld) {
  this.lab.surroundings.commands.runReally()
})

Then('the command {string} is run {count} time(s)', function (this: SipWorld, command: string, count: Count) {
  return expectCommandRuns(this.lab, command, count)
})

Then('the command {string} is given:', function (this: SipWorld, command: string, table: DataTable) {
  return expectCommandGiven(this.lab, command, table.rowsHash())
})
