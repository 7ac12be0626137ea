// Phones behind NATs, and the RTP proxy that their streams are led through.

import { Given, When } from '@cucumber/cucumber'
import { expectProxiedCalls } from '../src/lab/rtp-proxy.js'
import type { Count } from '../src/lab/patterns.js'
import { Then, type SipWorld } from './world.js'

/** As usual for UDP. */
const NAT_FORGETS_MS = 30_000

Given(
  '{phone} is behind a NAT with public address {string}',
  function (this: SipWorld, name: string, address: string) {
    this.lab.hide(name, address, NAT_FORGETS_MS)
  },
)

Given(
  '{phone} is behind a NAT with public address {string} that forgets after {duration}',
  function (this: SipWorld, name: string, address: string, forgetsMs: number) {
    this.lab.hide(name, address, forgetsMs)
  },
)

Given('an RTP proxy at {string}', function (this: SipWorld, address: string) {
  this.lab.surroundings.rtpProxy.standAt(address)
})

When('the RTP proxy does not answer', function (this: SipWorld) {
  this.lab.surroundings.rtpProxy.isSilent = true
})

Then('the RTP proxy has {count} call(s)', function (this: SipWorld, count: Count) {
  return expectProxiedCalls(this.lab, count)
})
