// What plays can say, tried without a server: the tests hand the player its packets and look at what it sends.

import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import type { Address, Output } from '../../endpoint.js'
import { Random } from '../../random.js'
import { partiesOf } from './case.js'
import { readCases } from './case-file.js'
import { CasePlayer } from './player.js'
import { doorsOf, fill, type Scene } from './scene.js'

const SERVER: Address = { address: '10.0.0.9', port: 5060 }

function playing(text: string): { player: CasePlayer; scene: Scene } {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => `    ${line}`)
  const [one] = readCases(['## X-1 a row', 'MUST · RFC 3261 §1 · proxy', '', ...lines].join('\n'), 'x.md')
  const play = one!.plays[0]!
  const places = new Map(
    partiesOf(play).map((party, index): [string, Address] => [
      party,
      { address: `10.0.1.${index + 1}`, port: 5060 },
    ]),
  )
  const scene: Scene = {
    ...{ server: SERVER, domain: 'example.com', nobody: { address: '10.9.9.9', port: 5060 } },
    ...{ places, doors: doorsOf(play, places), nonce: 'n', random: new Random(1) },
    ...{ patienceMs: 1000, silenceMs: 500, slackMs: 20, dataOf: (name) => `octets of ${name}` },
  }
  return { player: new CasePlayer(scene, play, 0), scene }
}

const wake = (player: CasePlayer, now: number): Output[] => player.step({ type: 'wake' }, now)
const sends = (outputs: Output[]) => outputs.filter((output) => output.type === 'send')
const arrives = (player: CasePlayer, bytes: string, now: number, connection?: number): Output[] =>
  player.step(
    {
      ...{ type: 'packet', transport: connection === undefined ? 'udp' : 'tcp', bytes },
      ...{ local: { address: '10.0.1.1', port: 5060 }, remote: SERVER },
      ...(connection === undefined ? {} : { connection }),
    },
    now,
  )

describe('what parties do by themselves', () => {
  it('is no acknowledgement of what names no call', () => {
    const { player } = playing(
      'caller sends octets\n  INVITE sip:a@b SIP/2.0\\r\\nCSeq: 1 INVITE\\r\\n\\r\\n\nwait 1 s',
    )
    wake(player, 0)
    assert.deepEqual(sends(arrives(player, 'SIP/2.0 400 Bad\r\nCSeq: 1 INVITE\r\n\r\n', 1)), [])
  })
})

describe('what parties look at', () => {
  it('is a header, whatever its name means to a program', () => {
    const { player } = playing('caller receives OPTIONS with\n  constructor is one\n  __proto__ is two')
    const text = 'OPTIONS sip:a@b SIP/2.0\r\nconstructor: one\r\n__proto__: two\r\n\r\n'
    wake(player, 0)
    arrives(player, text, 1)
    assert.equal(player.verdict?.text, '')
  })
})

describe('where parties send', () => {
  it('is the port that the play says', () => {
    const { player } = playing('caller sends OPTIONS to sip:x at {nobody}')
    const [sent] = sends(wake(player, 0))
    assert.deepEqual(sent?.type === 'send' && sent.remote, { address: '10.9.9.9', port: 5060 })
  })

  it('is the next port over TLS, at both ends', () => {
    const { player } = playing('caller sends INVITE to sip:x over tls')
    const [sent] = sends(wake(player, 0))
    assert(sent?.type === 'send')
    assert.deepEqual([sent.transport, sent.local.port, sent.remote.port], ['tls', 5061, 5061])
    assert.match(sent.bytes, /Via: SIP\/2\.0\/TLS 10\.0\.1\.1:5061;/)
    assert.match(sent.bytes, /Contact: <sip:caller@10\.0\.1\.1:5061;transport=tls>/)
  })
})

describe('what a server that is a user agent is told', () => {
  it('is to send requests, in its last call too', () => {
    const { player } = playing('the server sends OPTIONS to sip:x\nthe server sends BYE to dialog')
    wake(player, 0)
    assert.deepEqual(
      player.takeOrders().map(({ method, uri }) => [method, uri]),
      [
        ['OPTIONS', 'sip:x'],
        ['BYE', undefined],
      ],
    )
  })

  it('may be what it cannot do', () => {
    const { player } = playing('the server sends BYE to dialog\nwait 1 s')
    wake(player, 0)
    player.fail('no call')
    wake(player, 1000)
    assert.deepEqual(player.verdict, { passed: false, text: 'no call', line: 5 })
  })
})

describe('what parties send', () => {
  it('is a file, with words replaced', () => {
    const { player } = playing('caller sends file a/b.dat with\n  octets becomes {caller} \\x00')
    assert.deepEqual(
      sends(wake(player, 0)).map(({ bytes }) => bytes),
      ['10.0.1.1:5060 \0 of a/b.dat'],
    )
  })

  it('must hold the words that are to be replaced', () => {
    const { player } = playing('caller sends file a.dat with\n  nothing of it becomes x')
    wake(player, 0)
    assert.match(player.verdict?.text ?? '', /there is no "nothing of it" in a.dat/)
  })

  it('is a file cut at every octet, or damaged many times', () => {
    const { player } = playing(
      'caller sends file abc cut at every octet\ncaller sends file abc changed in one octet 9 times',
    )
    const octets = sends(wake(player, 0)).map(({ bytes }) => bytes)
    assert.equal(octets.length, 'octets of abc'.length - 1 + 9)
    assert.deepEqual(octets.slice(0, 2), ['o', 'oc'])
    assert.ok(octets.slice(-9).every(({ length }) => length === 'octets of abc'.length))
  })

  it('is sent many times, each a request of its own', () => {
    const { player } = playing('caller sends OPTIONS to sip:x@h 3 times')
    const sent = sends(wake(player, 0)).map(({ bytes }) => /Call-ID: (.*)/.exec(bytes)?.[1])
    assert.deepEqual(sent, ['caller-1-n', 'caller-2-n', 'caller-3-n'])
  })

  it('is told to the server where the server is the one to send', () => {
    const { player } = playing(
      'the server sends OPTIONS to callee with\n  X: {domain}\nthe server calls sip:a@b',
    )
    wake(player, 0)
    assert.deepEqual(player.takeOrders(), [
      { method: 'OPTIONS', uri: 'sip:callee-n@10.0.1.1:5060', headers: [['X', 'example.com']] },
      { method: 'INVITE', uri: 'sip:a@b', headers: [] },
    ])
    assert.equal(player.hasOrders, false)
  })

  it('is padded to the octets that the case asks for', () => {
    const { player } = playing('caller sends OPTIONS to sip:x@h with\n  padded to 1290 octets')
    assert.deepEqual(
      sends(wake(player, 0)).map(({ bytes }) => bytes.length),
      [1290],
    )
  })

  it('goes out in pieces, and from another address', () => {
    const { player } = playing(`
caller also listens at {caller host}:5070
caller sends OPTIONS to sip:x@h from {caller host}:5070 over tcp in pieces of 7`)
    const pieces = sends(wake(player, 0))
    assert.ok(pieces.length > 10 && pieces.slice(0, -1).every(({ bytes }) => bytes.length === 7))
    assert.deepEqual(pieces[0]!.local, { address: '10.0.1.1', port: 5070 })
  })

  it('is nothing but the octets, if the case says so', () => {
    const { player } = playing('caller sends octets over tcp\n  \\r\\n\\r\\n')
    assert.deepEqual(
      sends(wake(player, 0)).map(({ bytes }) => bytes),
      ['\r\n\r\n'],
    )
  })
})

describe('where parties listen', () => {
  it('is UDP and TCP, unless the case says UDP only, and other addresses besides', () => {
    const { scene } = playing(`
callee listens on UDP only
callee also listens at 224.0.1.75:5060`)
    assert.deepEqual(
      scene.doors.map(({ transport, address }) => `${transport} ${address}`),
      ['udp 10.0.1.1', 'udp 224.0.1.75'],
    )
  })
})

describe('what is no message', () => {
  it('is waited for by a pattern', () => {
    const { player } = playing('caller receives octets matching ^\\r\\n$')
    wake(player, 0)
    arrives(player, '\r\n', 10, 4)
    assert.equal(player.verdict?.passed, true)
  })

  it('breaks silence', () => {
    const { player } = playing('caller receives nothing')
    wake(player, 0)
    arrives(player, 'HTTP/1.1 400 Bad Request\r\n\r\n', 10)
    assert.equal(player.verdict?.passed, false)
  })
})

describe('a connection that the server closes', () => {
  const ended = { type: 'closed', connection: 4, transport: 'tcp', remote: SERVER } as const

  it('is what a play may wait for', () => {
    const { player } = playing('caller receives nothing for 1 ms\nthe server closes a connection')
    wake(player, 0)
    player.step({ ...ended, reason: 'closed' }, 1)
    assert.equal(player.verdict?.passed, true)
  })

  it('is not one that never opened', () => {
    const { player } = playing('caller receives nothing for 1 ms\nthe server closes a connection')
    wake(player, 0)
    player.step({ ...ended, reason: 'refused' }, 1)
    wake(player, 1001)
    assert.equal(player.verdict?.passed, false)
  })
})

describe('one of', () => {
  const RESPONSE = [
    'SIP/2.0 200 OK',
    'Via: SIP/2.0/UDP 10.0.1.1;branch=z9hG4bKx',
    'From: <sip:a@h>;tag=1',
    'To: <sip:b@h>;tag=2',
    'Call-ID: x',
    'CSeq: 1 OPTIONS',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n')

  it('takes the alternative whose checks hold', () => {
    const { player } = playing(`
one of
  - caller receives 200 with
      Server is present
      then caller receives 404
  - caller receives 200 with
      Call-ID is x`)
    wake(player, 0)
    arrives(player, RESPONSE, 10)
    assert.equal(player.verdict?.passed, true)
  })

  it('fails when the checks of none hold', () => {
    const { player } = playing('one of\n  - caller receives 200 with\n      Call-ID is y')
    wake(player, 0)
    arrives(player, RESPONSE, 10)
    wake(player, 1000)
    assert.equal(player.verdict?.passed, false)
  })
})

it('placeholders change the case of what they stand for', () => {
  const { scene } = playing('caller receives nothing')
  assert.equal(
    fill('{upper domain} {lower domain}', scene, () => undefined),
    'EXAMPLE.COM example.com',
  )
})

it('a placeholder is the sum of others', () => {
  const { scene } = playing('wait 1 s')
  const value = fill('{sum server port and nobody port}', scene, () => undefined)
  assert.equal(value, '10120')
})

it('a party to whom a request goes takes part, though nothing else is said of it', () => {
  const { scene } = playing('caller sends INVITE to callee')
  assert.deepEqual([...scene.places.keys()], ['caller', 'callee'])
})
