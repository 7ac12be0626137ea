// Short messages over GSM modems.

import { Given, When } from '@cucumber/cucumber'
import { expectSms, smsArrives } from '../src/lab/modem.js'
import { Then, type SipWorld } from './world.js'

Given('a GSM modem at {string}', function (this: SipWorld, device: string) {
  this.lab.surroundings.modems.at(device)
})

Given('the GSM modem refuses {int} message(s)', function (this: SipWorld, count: number) {
  this.lab.surroundings.modems.one.refusals = count
})

When('the SMS {string} arrives from {string}', function (this: SipWorld, text: string, number: string) {
  smsArrives(this.lab, number, text)
})

Then('the SMS {string} is sent to {string}', function (this: SipWorld, text: string, number: string) {
  return expectSms(this.lab, text, number)
})
