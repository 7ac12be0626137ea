// The messages that a player sends by itself: when a call is aborted, and to requests that nobody expected. A scenario
// may put its own in their place (<DefaultMessage>).

import type { DefaultMessage, Scenario } from './program.js'
import { templateOf, type Template } from './template.js'

const CONTACT = 'Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>'
const DIALOG = '[last_From]\n[last_To]\nCall-ID: [call_id]'
const END = 'Max-Forwards: 70\nContent-Length: 0\n\n'
const OWN_VIA = 'Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]'

const TEXTS: Readonly<Record<DefaultMessage, string>> = {
  '3pcc_abort': 'call-id: [call_id]\ninternal-cmd: abort_call\n\n',
  ack: `ACK [last_Request_URI] SIP/2.0\n[last_Via]\n${DIALOG}\nCSeq: [last_cseq_number] ACK\n${CONTACT}\n${END}`,
  ack2: `ACK [last_Request_URI] SIP/2.0\n${OWN_VIA}\n${DIALOG}\nCSeq: [last_cseq_number] ACK\n${CONTACT}\n${END}`,
  bye: `BYE [next_url] SIP/2.0\n${OWN_VIA}\n[routes]\n${DIALOG}\nCSeq: [last_cseq_number+1] BYE\n${CONTACT}\n${END}`,
  cancel: `CANCEL [last_Request_URI] SIP/2.0\n[last_Via]\n${DIALOG}\nCSeq: [last_cseq_number] CANCEL\n${CONTACT}\n${END}`,
  '200':
    'SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]\n[last_CSeq:]\n' +
    'Contact: <sip:[local_ip]:[local_port];transport=[transport]>\nContent-Length: 0\n\n',
}

const own = Object.fromEntries(
  Object.entries(TEXTS).map(([name, text]) => [
    name,
    templateOf(text, { slotOf: () => -1, complain: () => undefined, userKeyword: () => undefined }),
  ]),
) as Record<DefaultMessage, Template>

const cache = new WeakMap<Scenario, Readonly<Record<DefaultMessage, Template>>>()

/** The automatic messages of a scenario. */
export function parsedDefaults(scenario: Scenario): Readonly<Record<DefaultMessage, Template>> {
  let templates = cache.get(scenario)
  if (templates === undefined) cache.set(scenario, (templates = { ...own, ...scenario.defaults }))
  return templates
}
