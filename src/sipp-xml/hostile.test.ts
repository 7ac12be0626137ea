// Whatever arrives, a player goes on: nothing throws, and what it keeps stays bounded.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { embeddedScenario } from './embedded.js'
import { defaultOptions } from './default-options.js'
import { Random } from '../random.js'
import { Player } from './player.js'
import { readScenario } from './read.js'
import { OWN, PEER, requestOf, responseTo, send, Trial } from './sample-trial.js'

const junk = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constantFrom(
    '\r\n\r\n',
    '\0\0\0\0',
    'SIP/2.0',
    'SIP/2.0 \r\n\r\n',
    'INVITE',
    ' SIP/2.0\r\nCall-ID: x\r\n\r\n',
  ),
)

/** A message with something changed in it. */
const torn = fc
  .record({
    text: fc.constantFrom(
      requestOf('INVITE', 'x'),
      requestOf('ACK', 'x'),
      requestOf('BYE', 'x', 2, 'Route: <'),
      requestOf('CANCEL', '1-1@10.0.0.1'),
    ),
    at: fc.nat(300),
    drop: fc.nat(30),
    put: fc.constantFrom(
      '',
      '\r\n',
      ':',
      ';tag=',
      '\0',
      '\xff',
      'CSeq: 99999999999999999999 INVITE\r\n',
      'To:\r\n',
      'Content-Length: -5\r\n',
      '<<<>>>',
    ),
  })
  .map(({ text, at, drop, put }) => text.slice(0, at) + put + text.slice(at + drop))

test('torn messages and noise do not throw, over datagrams and streams', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(junk, torn), { maxLength: 12 }), fc.boolean(), (packets, overTcp) => {
      for (const name of ['uas', 'uac', 'branchs', 'regexp'] as const) {
        const scenario = embeddedScenario(name)!
        const options = defaultOptions({ name, scenario, local: OWN, random: new Random(1) })
        const player = new Player({
          ...options,
          transport: overTcp ? 'tcp' : 'udp',
          remote: { ...PEER, host: 'peer' },
          trace: true,
        })
        player.step({ type: 'wake' }, 0)
        player.step({ type: 'wake' }, 100)
        for (const [index, bytes] of packets.entries()) {
          const connection = overTcp ? { connection: 1 + (index % 2) } : {}
          player.step(
            {
              type: 'packet',
              transport: overTcp ? 'tcp' : 'udp',
              local: OWN,
              remote: PEER,
              bytes,
              ...connection,
            },
            100 + index,
          )
        }
        player.step({ type: 'closed', connection: 1, transport: 'tcp', remote: PEER, reason: 'reset' }, 500)
        player.step({ type: 'unreachable', transport: 'udp', local: OWN, remote: PEER }, 500)
        player.step({ type: 'wake' }, 100_000)
      }
    }),
    { numRuns: 150 },
  )
})

test('responses torn anywhere do not throw in a scenario that looks into them', () => {
  const actions =
    '<ereg regexp="(.*)@(.*)" search_in="hdr" header="Contact:" assign_to="1,2,3"/><ereg regexp="m=audio ([0-9]+)" search_in="body" assign_to="4,5"/>'
  const body = `${send('INVITE')}<recv response="401" auth="true" optional="true" rrs="true"><action>${actions}</action></recv><recv response="200" rrs="true"/>${send('ACK', 1, '', '[routes]\n[last_Contact:]\nX: [next_url] [$1] [$5]')}<Reference variables="1,2,3,4,5"/>`
  const more =
    'Record-Route: <sip:a;lr>, <sip:b>\r\nContact: <sip:c@d>\r\nWWW-Authenticate: Digest realm="r", nonce="n"'
  fc.assert(
    fc.property(
      fc.constantFrom('200 OK', '401 No'),
      fc.nat(500),
      fc.nat(60),
      fc.string({ unit: 'binary', maxLength: 20 }),
      (status, at, drop, put) => {
        const trial = new Trial(body)
        const reply = responseTo(trial.pass(1).last.bytes, status, more)
        trial.receive(reply.slice(0, at) + put + reply.slice(at + drop)).pass(50_000)
      },
    ),
    { numRuns: 300 },
  )
})

test('a message longer than the limit is discarded', () => {
  const trial = new Trial(`<recv request="INVITE"/>${send('BYE')}`)
  trial.receive(requestOf('INVITE', 'x', 1, `X: ${'y'.repeat(70_000)}`))
  assert.equal(trial.player.statistics.created, 0)
})

test('noise among the commands of other players is discarded', () => {
  const twin = { address: { address: '10.0.0.1', port: 6000 } }
  const text =
    '<recvCmd><action><ereg regexp="x" search_in="msg" assign_to="1"/></action></recvCmd>' +
    send('INFO') +
    '<recv response="200"/><Reference variables="1"/>'
  fc.assert(
    fc.property(fc.array(junk, { maxLength: 10 }), (chunks) => {
      const trial = new Trial(text, { twin })
      const local = { address: '10.0.0.1', port: 6000 }
      for (const bytes of [...chunks, '\x1b', 'Call-ID: a\r\n\r\n\x1b', 'internal-cmd: abort_call\x1b'])
        trial.give({ type: 'packet', transport: 'tcp', local, remote: PEER, bytes, connection: 9 })
    }),
    { numRuns: 200 },
  )
})

test('files of nothing but blanks are read in no time', () => {
  const started = performance.now()
  readScenario(
    `<scenario><send><![CDATA[${' '.repeat(1_000_000)}x${' \t'.repeat(1_000_000)}]]></send></scenario>`,
    'blanks',
  )
  readScenario(`<scenario><send a="${' '.repeat(500_000)}<${' '.repeat(500_000)}`, 'blanks')
  readScenario('<a '.repeat(300_000), 'blanks')
  readScenario(`<scenario>${'</'.repeat(300_000)}`, 'blanks')
  assert.ok(performance.now() - started < 10_000)
})
