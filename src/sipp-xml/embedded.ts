// The scenarios that every SIPp has under a name (-sn, -oocsn), written for this player: the same messages in the same
// order, so that what worked with the name works here.

import { branchClient, branchServer, regexpClient } from './embedded-branches.js'
import { controllerA, controllerB, sideA, sideB } from './embedded-3pcc.js'
import { basicUac, basicUas, mediaUac, outOfCallDefault, outOfCallDummy } from './embedded-basic.js'
import { readScenario } from './read.js'
import type { Scenario } from './program.js'

export const EMBEDDED: Readonly<Record<string, { readonly about: string; readonly text: string }>> = {
  uac: { about: 'makes calls: INVITE, ACK, pause, BYE (the default)', text: basicUac },
  uas: { about: 'takes calls: 180, 200, and 200 to the BYE', text: basicUas },
  regexp: { about: 'uac that keeps parts of the answer in variables', text: regexpClient },
  branchc: { about: 'registers, calls, and goes two ways by the answer', text: branchClient },
  branchs: { about: 'the other end of branchc', text: branchServer },
  uac_pcap: { about: 'uac that plays a recording and a digit', text: mediaUac },
  '3pcc-C-A': { about: 'third party call control: controller, side A (starts last)', text: controllerA },
  '3pcc-C-B': { about: 'third party call control: controller, side B', text: controllerB },
  '3pcc-A': { about: 'third party call control: the phone on side A', text: sideA },
  '3pcc-B': { about: 'third party call control: the phone on side B', text: sideB },
}

/** For requests outside of any call (-oocsn). */
export const OUT_OF_CALL: Readonly<Record<string, { readonly about: string; readonly text: string }>> = {
  ooc_default: { about: 'answers any request with 200', text: outOfCallDefault },
  ooc_dummy: { about: 'takes any request and says nothing', text: outOfCallDummy },
}

/** An embedded scenario by its name. */
export function embeddedScenario(name: string): Scenario | undefined {
  const found = Object.hasOwn(EMBEDDED, name)
    ? EMBEDDED[name]
    : Object.hasOwn(OUT_OF_CALL, name)
      ? OUT_OF_CALL[name]
      : undefined
  return found && readScenario(found.text, name).scenario
}
