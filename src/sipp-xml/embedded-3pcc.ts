// Third party call control (RFC 3725 flow I, as SIPp plays it): a controller made of two players, and a phone on each
// side. The controller's sides hand each other the session descriptions.

import { NO_BODY, PROVISIONAL, request, response, scenario, send, WITH_SESSION } from './embedded-parts.js'

/** The session description that the phone sent, with its Content-Type. */
const keep = (variable: string): string =>
  `<action><ereg regexp="Content-Type:.*" search_in="msg" assign_to="${variable}"/></action>`

const command = (text: string): string => `<sendCmd><![CDATA[\nCall-ID: [call_id]\n${text}\n]]></sendCmd>`

const asked = (tag: string) => ({
  invite: send(request('INVITE', 1, tag, '', NO_BODY), ' retrans="500"'),
  bye: send(request('BYE', 2, tag, '[peer_tag_param]', NO_BODY), ' retrans="500"'),
  ack: (end: string, attributes = ''): string =>
    send(request('ACK', 1, tag, '[peer_tag_param]', end), attributes),
})

const a = asked('SIPpTag03')
export const controllerA = scenario('3PCC controller, side A', [
  a.invite,
  PROVISIONAL,
  `<recv response="200" crlf="true" start_rtd="true">${keep('1')}</recv>`,
  command('[$1]'),
  `<recvCmd>${keep('2')}</recvCmd>`,
  a.ack('[$2]', ' rtd="true"'),
  '<pause milliseconds="1000"/>',
  a.bye,
  '<recv response="200" crlf="true"/>',
])

const b = asked('SIPpTag04')
export const controllerB = scenario('3PCC controller, side B', [
  `<recvCmd>${keep('1')}</recvCmd>`,
  send(request('INVITE', 1, 'SIPpTag04', '', '[$1]'), ' retrans="500"'),
  PROVISIONAL,
  `<recv response="200" crlf="true">${keep('2')}</recv>`,
  b.ack(NO_BODY, ' start_rtd="true"'),
  command('[$2]'),
  '<pause milliseconds="1000"/>',
  b.bye.replace('<send', '<send rtd="true"'),
  '<recv response="200" crlf="true"/>',
])

export const sideA = scenario('3PCC, phone on side A', [
  '<recv request="INVITE" crlf="true"/>',
  send(response('200 OK', 'SIPpTag05', WITH_SESSION), ' retrans="500"'),
  '<recv request="ACK" rtd="true" crlf="true"/>',
  '<recv request="BYE"/>',
  send(response('200 OK', '', NO_BODY)),
  '<timewait milliseconds="2000"/>',
])

export const sideB = scenario('3PCC, phone on side B', [
  '<recv request="INVITE" crlf="true"/>',
  send(response('180 Ringing', 'SIPpTag06', NO_BODY)),
  send(response('200 OK', 'SIPpTag06', WITH_SESSION), ' retrans="500"'),
  '<recv request="ACK" rtd="true" crlf="true"/>',
  '<recv request="BYE"/>',
  send(response('200 OK', '', NO_BODY)),
  '<timewait milliseconds="2000"/>',
])
