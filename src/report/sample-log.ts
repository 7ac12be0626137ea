// A made-up run that the tests and the sample pages share: alice calls bob through the proxy, the first INVITE is lost.

import type { LogEntry, WireEntry } from '../driver.js'
import type { Bytes, Milliseconds } from '../endpoint.js'

const addresses: Record<string, { address: string; port: number }> = {
  alice: { address: '10.0.0.1', port: 5060 },
  proxy: { address: '10.0.0.9', port: 5060 },
  bob: { address: '10.0.0.2', port: 5060 },
}

const sdp = [
  'v=0',
  'o=alice 2890844526 2890844526 IN IP4 10.0.0.1',
  's=-',
  'c=IN IP4 10.0.0.1',
  't=0 0',
  'm=audio 49172 RTP/AVP 0 8',
  'a=rtpmap:0 PCMU/8000',
  '',
].join('\r\n')

/** A message of the call: start line, CSeq and whether it passed the proxy vary. */
export function callMessage(start: string, cseq: string, extra: readonly string[] = [], body = ''): Bytes {
  const type = body ? ['Content-Type: application/sdp'] : []
  const head = [
    start,
    ...extra,
    'Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK776asdhds;rport',
    'Max-Forwards: 70',
    'From: "Alice" <sip:alice@sipwright.test>;tag=1928301774',
    'To: "Bob" <sip:bob@sipwright.test>' + (/^(INVITE|SIP\/2.0 100)/.test(start) ? '' : ';tag=a6c85cf'),
    'Call-ID: a84b4c76e66710@10.0.0.1',
    `CSeq: ${cseq}`,
    'Contact: <sip:alice@10.0.0.1:5060>',
    ...type,
    `Content-Length: ${body.length}`,
  ]
  return head.join('\r\n') + '\r\n\r\n' + body
}

/** One packet between parties by name; on its way for 10 ms when delivered. */
export function wire(
  at: Milliseconds,
  path: string,
  bytes: Bytes,
  more: Partial<Pick<WireEntry, 'fate' | 'arrived' | 'transport'>> = {},
): WireEntry {
  const [from = '', to = ''] = path.split(' > ')
  const fate = more.fate ?? 'delivered'
  const arrived = fate === 'delivered' || fate === 'duplicate' ? { arrived: more.arrived ?? at + 10 } : {}
  const source = addresses[from] ?? { address: from, port: 5060 }
  const target = addresses[to] ?? { address: to, port: 5060 }
  const names = { ...(addresses[from] ? { from } : {}), ...(addresses[to] ? { to } : {}) }
  return {
    ...{ kind: 'wire', at, ...arrived, ...names, transport: more.transport ?? 'udp' },
    ...{ source, target, bytes, fate },
  }
}

const via = ['Via: SIP/2.0/UDP 10.0.0.9:5060;branch=z9hG4bK4b43c2ff8.1']
const route = ['Record-Route: <sip:10.0.0.9;lr>']
const invite = callMessage('INVITE sip:bob@sipwright.test SIP/2.0', '1 INVITE', [], sdp)
const status = (line: string, cseq: string, extra: string[] = [], body = '') =>
  callMessage(`SIP/2.0 ${line}`, cseq, extra, body)

/** Fourteen packets: the first INVITE is lost, sent again after 500 ms; the call lasts 32 s. */
export const sampleLog: readonly LogEntry[] = [
  { kind: 'mark', at: 0, text: 'Given a proxy running "registrar.cfg"' },
  { kind: 'mark', at: 0, text: 'And the first packet from alice to the proxy is lost' },
  { kind: 'mark', at: 0, text: 'When alice calls bob' },
  wire(0, 'alice > proxy', invite, { fate: 'lost' }),
  wire(500, 'alice > proxy', invite),
  wire(510, 'proxy > alice', status('100 trying -- your call is important to us', '1 INVITE')),
  wire(
    510,
    'proxy > bob',
    callMessage('INVITE sip:bob@10.0.0.2 SIP/2.0', '1 INVITE', [...route, ...via], sdp),
  ),
  wire(520, 'bob > proxy', status('180 Ringing', '1 INVITE', via)),
  wire(530, 'proxy > alice', status('180 Ringing', '1 INVITE'), { arrived: 650 }),
  { kind: 'mark', at: 3520, text: 'And bob answers' },
  wire(3520, 'bob > proxy', status('200 OK', '1 INVITE', [...route, ...via], sdp)),
  wire(3530, 'proxy > alice', status('200 OK', '1 INVITE', route, sdp)),
  wire(3540, 'alice > proxy', callMessage('ACK sip:bob@10.0.0.2 SIP/2.0', '1 ACK')),
  wire(3550, 'proxy > bob', callMessage('ACK sip:bob@10.0.0.2 SIP/2.0', '1 ACK', via)),
  { kind: 'mark', at: 35_560, text: 'Then bob hangs up after 32 seconds' },
  wire(35_560, 'bob > proxy', callMessage('BYE sip:alice@10.0.0.1 SIP/2.0', '2 BYE')),
  wire(35_570, 'proxy > alice', callMessage('BYE sip:alice@10.0.0.1 SIP/2.0', '2 BYE', via)),
  wire(35_580, 'alice > proxy', status('200 OK', '2 BYE', via)),
  wire(35_590, 'proxy > bob', status('200 OK', '2 BYE')),
]

/** What a hostile or broken peer may send. */
export const hostileBytes: readonly Bytes[] = [
  callMessage('INVITE sip:"><script>alert(1)</script>@x SIP/2.0', '1 INVITE', [
    'Subject: </script><img src=x onerror=alert(2)>',
  ]),
  callMessage('SIP/2.0 200 \x1b[2J\x07<b>OK</b>\x00\xff\xfe', '1 INVITE'),
  callMessage('OPTIONS sip:x SIP/2.0', '7 OPTIONS', ['Subject: ' + 'x'.repeat(10_000)]),
  callMessage('SIP/2.0 180 \xe2\x80\xae\xc3\x28 ]]> &amp; \xf0\x9f\x98\x80', '1 "INVITE', [
    "Call-ID: '><svg onload=x>",
  ]),
  '\x00\x01\x02\xff'.repeat(50),
  '',
  '<!-- --> ]]> \ufffd'.slice(0, 12),
]

export const hostileLog: readonly LogEntry[] = [
  { kind: 'mark', at: 0, text: 'Given <script>alert(3)</script>\x1b[31m and \u202eright to left' },
  ...hostileBytes.map((bytes, index) =>
    wire(index * 10, index % 2 ? '192.0.2.66 > proxy' : 'alice > proxy', bytes),
  ),
]
