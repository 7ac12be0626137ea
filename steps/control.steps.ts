// Control commands, as SER's FIFO has them, given to the proxy while it runs.

import { When } from '@cucumber/cucumber'
import {
  expectControlAnswer,
  expectControlAnswerHas,
  giveControl,
  giveControlLines,
} from '../src/lab/control.js'
import { Then, type SipWorld } from './world.js'

When('the control command {string} is given', function (this: SipWorld, words: string) {
  return giveControl(this.lab, words)
})

When(
  'the control command {string} is given with the lines:',
  function (this: SipWorld, name: string, lines: string) {
    return giveControlLines(this.lab, name, lines)
  },
)

Then('it answers {string}', function (this: SipWorld, text: string) {
  return expectControlAnswer(this.lab, text)
})

Then('it answers:', function (this: SipWorld, text: string) {
  return expectControlAnswer(this.lab, text)
})

Then('its answer contains {string}', function (this: SipWorld, text: string) {
  return expectControlAnswerHas(this.lab, text)
})

Then('its answer looks like {pattern}', function (this: SipWorld, pattern: RegExp) {
  return expectControlAnswerHas(this.lab, pattern)
})
