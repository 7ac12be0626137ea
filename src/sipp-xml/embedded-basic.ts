// The plain embedded scenarios: uac, uas, uac_pcap, and what answers outside of calls.

import { NO_BODY, PROVISIONAL, request, response, scenario, send, WITH_SESSION } from './embedded-parts.js'

const INVITE = send(request('INVITE', 1, 'SIPpTag00', '', WITH_SESSION), ' retrans="500"')
const ACK = send(request('ACK', 1, 'SIPpTag00', '[peer_tag_param]', NO_BODY))
const BYE = send(request('BYE', 2, 'SIPpTag00', '[peer_tag_param]', NO_BODY), ' retrans="500"')

export const basicUac = scenario('Basic UAC', [
  INVITE,
  PROVISIONAL,
  '<recv response="200" rtd="true"/>',
  ACK,
  '<pause/>',
  BYE,
  '<recv response="200" crlf="true"/>',
])

export const basicUas = scenario('Basic UAS', [
  '<recv request="INVITE" crlf="true"/>',
  send(response('180 Ringing', 'SIPpTag01', NO_BODY)),
  send(response('200 OK', 'SIPpTag01', WITH_SESSION), ' retrans="500"'),
  '<recv request="ACK" rtd="true" crlf="true"/>',
  '<recv request="BYE"/>',
  send(response('200 OK', '', NO_BODY)),
  '<timewait milliseconds="4000"/>',
])

export const mediaUac = scenario('UAC with media', [
  INVITE,
  PROVISIONAL,
  '<recv response="200" rtd="true" crlf="true"/>',
  ACK,
  '<nop><action><exec play_pcap_audio="pcap/g711a.pcap"/></action></nop>',
  '<pause milliseconds="8000"/>',
  '<nop><action><exec play_pcap_audio="pcap/dtmf_2833_1.pcap"/></action></nop>',
  '<pause milliseconds="1000"/>',
  BYE,
  '<recv response="200" crlf="true"/>',
])

export const outOfCallDefault = scenario('Out-of-call UAS', [
  '<recv request=".*" regexp_match="true"/>',
  send(response('200 OK', '', NO_BODY)),
])

export const outOfCallDummy = scenario('Out-of-call, silent', ['<recv request=".*" regexp_match="true"/>'])
