// A caller behind a NAT, for tests: where its packets come from, and the session description that it offers.

import { request, type Sent } from '../route-run.js'

/** The NAT's outer address. */
export const OUTSIDE = { address: '198.51.100.7', port: 40_000 }

export const SDP = [
  'v=0',
  'o=alice 1 1 IN IP4 192.168.1.2',
  's=-',
  'c=IN IP4 192.168.1.2',
  't=0 0',
  'm=audio 49170 RTP/AVP 0',
  'a=rtcp:49171 IN IP4 192.168.1.2',
  'm=video 49180/2 RTP/AVP 31',
  'c=IN IP4 192.168.1.3/127',
  'm=text 0 RTP/AVP 98',
  '',
].join('\r\n')

export const SDP_HEADERS = [
  'Contact: "sip:alice@192.168.1.2" <sip:alice@192.168.1.2:5062;x=y?h=1>;q=0.5',
  'Content-Type: application/sdp',
]

/** Its INVITE. */
export function invite(body = SDP, more: Partial<Parameters<typeof request>[2]> = {}): string {
  return request('INVITE', 'sip:bob@10.0.0.2', { headers: SDP_HEADERS, body, ...more })
}

/** The body of what was sent. */
export const bodyOf = (sent: Sent | undefined): string =>
  sent!.bytes.slice(sent!.bytes.indexOf('\r\n\r\n') + 4)
