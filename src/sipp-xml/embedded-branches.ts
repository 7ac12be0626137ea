// Embedded scenarios with variables and labels: regexp, branchc, branchs.

import { NO_BODY, PROVISIONAL, request, response, scenario, send, WITH_SESSION } from './embedded-parts.js'

const withTag = (method: string, cseq: number, to: string, end: string): string =>
  request(method, cseq, 'SIPpTag02', to, end)

export const regexpClient = scenario('UAC with regular expressions', [
  send(withTag('INVITE', 1, '', WITH_SESSION), ' retrans="500"'),
  PROVISIONAL,
  `<recv response="200" start_rtd="true">
    <action>
      <ereg regexp="[0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}[.][0-9]{1,3}[:][0-9]{1,5}" search_in="msg" check_it="true" assign_to="1"/>
      <ereg regexp=".*" search_in="hdr" header="Contact:" check_it="true" assign_to="6"/>
      <ereg regexp="o=([[:alnum:]]*) ([[:alnum:]]*) ([[:alnum:]]*)" search_in="msg" check_it="true" assign_to="3,4,5,8"/>
    </action>
  </recv>`,
  send(
    withTag(
      'ACK',
      1,
      '[peer_tag_param]',
      `X-Found: 1 [$1], 3 [$3], 4 [$4], 5 [$5], 6 [$6], 8 [$8]\n${NO_BODY}`,
    ),
  ),
  '<pause milliseconds="1000"/>',
  send(withTag('BYE', 2, '[peer_tag_param]', NO_BODY), ' retrans="500"'),
  '<recv response="200" crlf="true" rtd="true"/>',
])

const registration = `REGISTER sip:[remote_ip] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: ua1 <sip:ua1@example.com:[local_port]>;tag=[pid]SIPpTag07[call_number]
To: ua1 <sip:ua1@example.com:[local_port]>
Call-ID: reg///[call_id]
CSeq: 7 REGISTER
Contact: <sip:ua1@[local_ip]:[local_port]>
Max-Forwards: 70
Expires: 1200
${NO_BODY}`

const call = (method: string, cseq: number, to: string, end: string): string =>
  request(method, cseq, 'SIPpTag07b', to, end).replace(
    'From: sipp <sip:sipp@',
    'From: ua[call_number] <sip:ua1@',
  )

export const branchClient = scenario('Branching client', [
  send(registration, ' retrans="500"'),
  '<recv response="100" optional="true"/>',
  '<recv response="180" optional="true"/>',
  '<recv response="200" rtd="true" next="5"/>',
  '<recv response="200"/>',
  '<label id="5"/>',
  send(call('INVITE', 1, '', WITH_SESSION), ' retrans="500"'),
  PROVISIONAL,
  '<recv response="403" optional="true" next="1"/>',
  `<recv response="200">
    <action>
      <ereg regexp="ua25" search_in="hdr" header="Contact:" assign_to="8"/>
    </action>
  </recv>`,
  send(call('ACK', 1, '[peer_tag_param]', NO_BODY), ' next="1" test="8"'),
  '<pause milliseconds="5000"/>',
  '<label id="1"/>',
  send(call('BYE', 2, '[peer_tag_param]', NO_BODY), ' retrans="500"'),
  '<recv response="200" crlf="true"/>',
  '<pause milliseconds="4000"/>',
])

export const branchServer = scenario('Branching server', [
  '<recv request="REGISTER"/>',
  send(`${response('200 OK', 'SIPpTag08', `Expires: 300\n${NO_BODY}`)}`),
  `<recv request="INVITE" crlf="true">
    <action>
      <ereg regexp="ua2" search_in="hdr" header="From:" assign_to="3"/>
    </action>
  </recv>`,
  send(response('100 Trying', '', NO_BODY), ' next="1" test="3"'),
  send(response('403 Error', 'SIPpTag08', NO_BODY), ' next="2"'),
  '<label id="1"/>',
  send(response('180 Ringing', 'SIPpTag08', NO_BODY)),
  send(response('200 OK', 'SIPpTag08', WITH_SESSION), ' retrans="500"'),
  '<recv request="ACK" rtd="true" crlf="true"/>',
  '<label id="2"/>',
  '<recv request="BYE"/>',
  send(response('200 OK', '', NO_BODY)),
  '<timewait milliseconds="4000"/>',
])
