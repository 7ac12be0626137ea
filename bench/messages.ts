// The messages of the call that everything is measured with, shaped as SIPp's and as a desk phone's.

import type { Bytes } from '../src/endpoint.js'

const SDP = [
  'v=0',
  'o=user1 53655765 2353687637 IN IP4 127.0.0.1',
  's=-',
  'c=IN IP4 127.0.0.1',
  't=0 0',
  'm=audio 6000 RTP/AVP 0',
  'a=rtpmap:0 PCMU/8000',
  '',
].join('\r\n')

/** A request of call number `call` as a caller sends it; `user` is who is called. */
export function request(method: string, call: number, user = 'service', toTag = '', number = 1): Bytes {
  const body = method === 'INVITE' ? SDP : ''
  const cseq = method === 'ACK' ? 1 : number
  return (
    `${method} sip:${user}@127.0.0.1:5060 SIP/2.0\r\n` +
    `Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-${call}-1-${method}${number}\r\n` +
    `From: sipp <sip:sipp@127.0.0.1:5070>;tag=${call}SIPpTag001\r\n` +
    `To: ${user} <sip:${user}@127.0.0.1:5060>${toTag}\r\n` +
    `Call-ID: ${call}-1@127.0.0.1\r\nCSeq: ${cseq} ${method}\r\nContact: sip:sipp@127.0.0.1:5070\r\n` +
    `Max-Forwards: 70\r\nSubject: Performance Test\r\n` +
    (body === '' ? '' : 'Content-Type: application/sdp\r\n') +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  )
}

/** A REGISTER as a phone sends it. */
export function register(user: string, number: number): string {
  const from = `<sip:${user}@127.0.0.1>`
  return (
    `REGISTER sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK-r${number}\r\n` +
    `Max-Forwards: 70\r\nFrom: ${from};tag=${number}\r\nTo: ${from}\r\nCall-ID: reg-${number}@10.20.30.40\r\n` +
    `CSeq: 1 REGISTER\r\nContact: <sip:${user}@10.20.30.40:5060>;expires=36000\r\nUser-Agent: Deskphone/11.7.2\r\n` +
    'Content-Length: 0\r\n\r\n'
  )
}

/** The answer to a request as it was received: its Via, From, To, Call-ID, CSeq and Record-Route lines copied. */
export function response(status: string, received: Bytes): Bytes {
  const head = received.slice(0, received.indexOf('\r\n\r\n')).split('\r\n')
  const copied = head
    .filter((line) => /^(?:Via|From|To|Call-ID|CSeq|Record-Route):/.test(line))
    .map((line) => (line.startsWith('To:') && !line.includes('tag=') ? `${line};tag=1SIPpTag01` : line))
  const body = status.startsWith('200') && received.startsWith('INVITE') ? SDP : ''
  const end = ['Contact: <sip:127.0.0.1:5080;transport=UDP>', `Content-Length: ${body.length}`]
  return `SIP/2.0 ${status}\r\n${[...copied, ...end].join('\r\n')}\r\n\r\n${body}`
}

/** An INVITE as it comes through two proxies from a desk phone: 1.8 kB. */
export const FAT_INVITE: Bytes = (() => {
  const body =
    SDP +
    Array.from({ length: 12 }, (_, at) => `a=fmtp:${96 + at} mode-set=0,2,4,7; octet-align=1\r\n`).join('')
  return [
    'INVITE sip:bob@192.0.2.20:5062;transport=udp;line=x71hs SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bKd7f1.8a3e1b2c4d5e6f708192a3b4c5d6e7f8.0;i=3',
    'Via: SIP/2.0/UDP 192.0.2.1:5060;rport=5060;received=192.0.2.1;branch=z9hG4bK0c1a.51d8e2a7.0',
    'Via: SIP/2.0/UDP 10.1.2.3:5060;rport=49152;received=203.0.113.7;branch=z9hG4bK-524287-1---a1b2c3d4e5f6a7b8',
    'Record-Route: <sip:192.0.2.2;lr=on;ftag=7a6b5c4d>, <sip:192.0.2.1;lr=on;ftag=7a6b5c4d>',
    'Max-Forwards: 68',
    'From: "Alice Liddell" <sip:alice@example.com>;tag=7a6b5c4d',
    'To: "Bob" <sip:bob@example.com>',
    'Call-ID: 84720NTJmYzQ5ZDEwMWU4YTU0ZjYxZDZlMTc2ZjQ3@10.1.2.3',
    'CSeq: 1 INVITE',
    'Contact: <sip:alice@203.0.113.7:49152;transport=udp>;+sip.instance="<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>"',
    'Allow: INVITE, ACK, CANCEL, BYE, REFER, OPTIONS, NOTIFY, SUBSCRIBE, PRACK, UPDATE, INFO, MESSAGE',
    'Supported: replaces, timer, 100rel, norefersub, outbound, path, gruu',
    'User-Agent: Deskphone/11.7.2 (build 20250114)',
    'Session-Expires: 1800;refresher=uac',
    'Min-SE: 90',
    'P-Asserted-Identity: "Alice Liddell" <sip:alice@example.com>',
    'P-Preferred-Identity: <sip:alice@example.com>',
    'Content-Type: application/sdp',
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
})()

/** What a proxy sees of one call: INVITE, 180, 200, ACK, BYE, 200. */
export function callMessages(): Bytes[] {
  const invite = request('INVITE', 1)
  const tag = ';tag=1SIPpTag01'
  const bye = request('BYE', 1, 'service', tag, 2)
  const through = (message: Bytes): Bytes =>
    message.replace(
      '\r\n',
      '\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1.2345678.0\r\nRecord-Route: <sip:127.0.0.1;lr>\r\n',
    )
  return [
    invite,
    response('180 Ringing', through(invite)),
    response('200 OK', through(invite)),
    request('ACK', 1, 'service', tag),
    bye,
    response('200 OK', through(bye)),
  ]
}
