// Where maddr and sips lead, by the RFC and for SER.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { request, RouteRun, type Sent } from '../modules/route-run.js'
import type { ProfileName } from './profile.js'

const SCRIPT = `alias="ours.example"
route {
  if (loose_route()) { t_relay(); break; };
  if (uri == myself) { sl_send_reply("299", "Ours"); break; };
  if (!t_relay()) sl_reply_error(); }`
const TLS = { transport: 'tls', address: '10.0.0.9', port: 5061 } as const

function sent(uri: string, profile: ProfileName, routes: readonly string[] = []): Sent {
  const headers = ['Max-Forwards: 70', ...routes.map((route) => `Route: ${route}`)]
  const run = new RouteRun(SCRIPT, profile, {}, [TLS])
  return run.receive(request('MESSAGE', uri, { headers }))[0]!
}

const line = ({ transport, to, bytes }: Sent): string =>
  `${transport} ${to} ${/^(?:SIP\/2.0 \d+|\S+ \S+)/.exec(bytes)![0]}`

for (const [uri, strict, ser] of [
  ['sip:u@10.0.0.2', 'udp 10.0.0.2:5060 MESSAGE sip:u@10.0.0.2', undefined],
  [
    'sip:u@10.0.0.2;maddr=10.0.0.9;x',
    'udp 10.0.0.2:5060 MESSAGE sip:u@10.0.0.2;x',
    'udp 10.0.0.2:5060 MESSAGE sip:u@10.0.0.2;maddr=10.0.0.9;x',
  ],
  [
    'sip:u@10.0.0.2:5060;maddr=10.0.0.9;transport=udp',
    'udp 10.0.0.2:5060 MESSAGE sip:u@10.0.0.2:5060',
    'udp 10.0.0.2:5060 MESSAGE sip:u@10.0.0.2:5060;maddr=10.0.0.9;transport=udp',
  ],
  [
    'sip:u@10.0.0.2:5090;maddr=10.0.0.9',
    'udp 10.0.0.9:5090 MESSAGE sip:u@10.0.0.2:5090;maddr=10.0.0.9',
    'udp 10.0.0.2:5090 MESSAGE sip:u@10.0.0.2:5090;maddr=10.0.0.9',
  ],
  [
    'sip:u@192.0.2.1;maddr=10.0.0.2',
    'udp 10.0.0.2:5060 MESSAGE sip:u@192.0.2.1;maddr=10.0.0.2',
    'udp 192.0.2.1:5060 MESSAGE sip:u@192.0.2.1;maddr=10.0.0.2',
  ],
  [
    'sip:u@ours.example;maddr=10.0.0.2',
    'udp 10.0.0.2:5060 MESSAGE sip:u@ours.example;maddr=10.0.0.2',
    'udp 10.0.0.1:5060 SIP/2.0 299',
  ],
  ['sips:u@10.0.0.2', 'tls 10.0.0.2:5061 MESSAGE sips:u@10.0.0.2', undefined],
  ['sips:u@10.0.0.2;transport=tcp', 'tls 10.0.0.2:5061 MESSAGE sips:u@10.0.0.2;transport=tcp', undefined],
  ['sips:u@10.0.0.2;transport=udp', 'udp 10.0.0.1:5060 SIP/2.0 500', undefined],
] as const)
  test(`${uri} leads to ${strict}`, () => {
    assert.equal(line(sent(uri, 'rfc3261')), strict)
    assert.equal(line(sent(uri, 'ser')), ser ?? strict)
  })

test('a sips request takes a sip Route over TLS; for SER the Route alone counts', () => {
  const to = (profile: ProfileName) => {
    const { transport, to: address } = sent('sips:u@far.example', profile, ['<sip:10.0.0.3;lr>'])
    return `${transport} ${address}`
  }
  assert.deepEqual([to('rfc3261'), to('ser')], ['tls 10.0.0.3:5061', 'udp 10.0.0.3:5060'])
})
