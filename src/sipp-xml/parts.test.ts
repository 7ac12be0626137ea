// Parts of the player by themselves: injection files, routes, pace, distributions, received messages, media, columns.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Random } from '../random.js'
import { basicUac } from './embedded-basic.js'
import { cleanCdata, cleanMessage, firstLineOf } from './cdata.js'
import { convertScenario, featureText } from './convert.js'
import { DEFAULT_PACE, defaultMedia } from './default-options.js'
import { DISTRIBUTIONS, draw, type Distribution } from './distribution.js'
import { InjectionFile } from './injection.js'
import { messageEntry, shortEntry } from './log-text.js'
import { MediaStreams } from './media.js'
import { CallPace } from './pace.js'
import { readScenario } from './read.js'
import { Received } from './received.js'
import { routeSet } from './routes.js'
import { requestOf, responseTo, send, Trial } from './sample-trial.js'
import { progressLine, screenText } from './screen.js'
import { countsHead, countsRow, statisticsHead, statisticsRow } from './statistics-csv.js'
import type { Output } from '../endpoint.js'
import type { Call } from './call.js'

describe('the text of a send', () => {
  it('loses its indentation and gains the blank line', () => {
    assert.equal(cleanCdata('\n   A b\n\t  C: d  \n  '), 'A b\nC: d\n\n')
    assert.equal(cleanMessage('\n  A b\n\n  body\n  more\n '), 'A b\n\nbody\nmore\n')
    assert.equal(cleanMessage('A b\n\nbody'), 'A b\n\nbody')
  })

  it('begins with a method or a code', () => {
    assert.deepEqual(firstLineOf('INVITE sip:x SIP/2.0'), { method: 'INVITE', code: undefined })
    assert.deepEqual(firstLineOf('SIP/2.0 486 Busy'), { method: undefined, code: 486 })
    for (const bad of [undefined, 'INVITE', 'SIP/2.0 999 No', 'SIP/2.0 x'])
      assert.equal(typeof firstLineOf(bad), 'string')
  })
})

describe('an injection file', () => {
  it('says what is wrong with it', () => {
    for (const text of ['', 'a;b\nc', 'SEQUENTIAL', 'SEQUENTIAL\n# only\n\nafter the end'])
      assert.equal(typeof InjectionFile.read('x.csv', text), 'string', text)
  })

  it('is taken in sequence, by chance, or by user', () => {
    const of = (order: string): InjectionFile =>
      InjectionFile.read('x', `${order}\r\na\r\nb\r\nc\r\n`) as InjectionFile
    const random = new Random(1)
    const sequence = of('SEQUENTIAL')
    assert.deepEqual(
      [0, 0, 0, 0].map(() => sequence.nextLine(0, random)),
      [0, 1, 2, 0],
    )
    assert.ok(Array.from({ length: 50 }).every(() => of('RANDOM').nextLine(0, random)! < 3))
    assert.deepEqual(
      [0, 1, 3, 4].map((user) => of('USER').nextLine(user, random)),
      [undefined, 0, 2, undefined],
    )
    assert.equal(sequence.field(1, 0), 'b')
  })
})

describe('a route set', () => {
  it('is as it came from a request, and turned round from a response', () => {
    const routes = '<sip:a;lr>, <sip:b;lr>'
    assert.deepEqual(routeSet(routes, '<sip:c@d>', true), { routes, nextUrl: 'sip:c@d' })
    assert.deepEqual(routeSet(routes, '"C" <sip:c@d>;x', false), {
      routes: '<sip:b;lr>, <sip:a;lr>',
      nextUrl: 'sip:c@d',
    })
  })

  it('with a strict first hop leads there, and the contact goes last', () => {
    assert.deepEqual(routeSet('<sip:a>, <sip:b;lr>', '<sip:c@d>', true), {
      routes: '<sip:b;lr>, <sip:c@d>',
      nextUrl: 'sip:a',
    })
  })

  it('needs a contact', () => {
    assert.equal(routeSet('<sip:a;lr>', '', true), undefined)
    assert.deepEqual(routeSet('', 'sip:c@d', true), { routes: undefined, nextUrl: 'sip:c@d' })
  })
})

describe('the pace', () => {
  it('is even, and makes nothing up for what was not allowed', () => {
    const pace = new CallPace({ ...DEFAULT_PACE, rate: 3, limit: 2 }, 0)
    assert.equal(pace.deadline, 334)
    assert.equal(pace.due(334, 0, 0), 1)
    assert.equal(pace.deadline, 667)
    assert.equal(pace.due(2000, 1, 1), 1)
    assert.equal(pace.due(2000, 2, 0), 0)
  })

  it('rises step by step, and says when it has come to its end', () => {
    const pace = new CallPace({ ...DEFAULT_PACE, rate: 10, increase: 10, increaseMs: 1000, rateMax: 25 }, 0)
    assert.equal(pace.raise(999), undefined)
    pace.raise(1000)
    assert.equal(pace.rate, 20)
    assert.equal(pace.raise(2000), 'quit')
  })
})

describe('distributions', () => {
  it('have the means that their parameters say', () => {
    const samples: readonly (readonly [Distribution, number])[] = [
      [{ kind: 'fixed', value: 7 }, 7],
      [{ kind: 'uniform', min: 10, max: 20 }, 15],
      [{ kind: 'normal', mean: 50, stdev: 5 }, 50],
      [{ kind: 'lognormal', mean: 2, stdev: 0.5 }, Math.exp(2.125)],
      [{ kind: 'exponential', mean: 30 }, 30],
      [{ kind: 'weibull', lambda: 10, k: 1 }, 10],
      [{ kind: 'pareto', k: 3, x_m: 10 }, 15],
      [{ kind: 'gpareto', shape: 0, scale: 10, location: 5 }, 15],
      [{ kind: 'gamma', k: 0.5, theta: 20 }, 10],
      [{ kind: 'negbin', n: 5, p: 0.5 }, 5],
    ]
    assert.deepEqual(
      samples.map(([{ kind }]) => kind),
      Object.keys(DISTRIBUTIONS),
    )
    const random = new Random(42)
    for (const [distribution, mean] of samples) {
      let sum = 0
      for (let nth = 0; nth < 20_000; nth++) sum += draw(distribution, random)
      assert.ok(Math.abs(sum / 20_000 - mean) < mean * 0.06, `${distribution.kind}: ${sum / 20_000}`)
    }
  })
})

describe('a received message', () => {
  it('is searched, compact and folded headers included', () => {
    const message = new Received(
      'INVITE x SIP/2.0\r\nv: SIP/2.0/UDP a;branch=z1\r\nVIA: b\r\n c\r\ni: id\r\nCSeq: 7 INVITE\r\n\r\nVia: body',
    )
    assert.equal(message.header('Via'), 'SIP/2.0/UDP a;branch=z1, b\n c')
    assert.deepEqual(
      [message.callId, message.branch, message.cseq, message.body],
      ['id', 'z1', { number: 7, method: 'INVITE' }, 'Via: body'],
    )
  })

  it('without anything in it says so', () => {
    const empty = new Received('x')
    assert.deepEqual(
      [empty.method, empty.code, empty.callId, empty.branch, empty.peerTag, empty.body],
      ['', 0, '', '', undefined, undefined],
    )
    assert.equal(new Received('SIP/2.0 abc').code, 0)
  })

  it('tells the tag of the To header, also behind a name with a semicolon', () => {
    assert.equal(
      new Received('SIP/2.0 200 OK\r\nTo: "a;tag=no" <sip:x;tag=no@y>;x=1;tag=yes\r\n\r\n').peerTag,
      'yes',
    )
  })
})

describe('media', () => {
  const call = { media: { address: '10.0.0.2', audio: 7000, video: 0, image: 0 } } as Call
  const packets = [0, 20, 40].map((atMs) => ({ atMs, bytes: `packet ${atMs}` }))
  const options = {
    ...defaultMedia('10.0.0.1'),
    sends: true,
    recordings: new Map([['a.pcap', packets]]),
    sounds: new Map([['a.raw', 'x'.repeat(400)]]),
  }
  const sent = (streams: MediaStreams, now: number): number => {
    const outputs: Output[] = []
    streams.wake(now, outputs)
    return outputs.length
  }

  it('are sent at their times, paused and resumed, and end with the call', () => {
    const streams = new MediaStreams(options)
    streams.order(call, { kind: 'recording', media: 'audio', file: 'a.pcap' }, 100)
    assert.equal(streams.deadline, 100)
    assert.equal(sent(streams, 120), 2)
    streams.order(call, { kind: 'control', word: 'pause' }, 120)
    assert.equal(streams.deadline, undefined)
    streams.order(call, { kind: 'control', word: 'resume' }, 1120)
    assert.equal(streams.deadline, 1140)
    streams.stop(call)
    assert.equal(streams.deadline, undefined)
  })

  it('of a raw file are RTP packets of 20 ms, in rounds', () => {
    const streams = new MediaStreams(options)
    streams.order(call, { kind: 'stream', what: 'a.raw,2,0' }, 0)
    const outputs: Output[] = []
    streams.wake(1000, outputs)
    const bytes = outputs.map((output) => (output.type === 'send' ? output.bytes : ''))
    assert.deepEqual(
      bytes.map(({ length }) => length),
      [172, 172, 92, 172, 172, 92],
    )
    assert.equal(bytes[5]!.slice(0, 8), '\x80\0\0\x05\0\0\x03\x20')
  })

  it('of digits are telephone events, the last of each with its end', () => {
    const streams = new MediaStreams(options)
    streams.order(call, { kind: 'digits', digits: '1x#' }, 0)
    const outputs: Output[] = []
    streams.wake(1000, outputs)
    const events = outputs.map((output) => (output.type === 'send' ? output.bytes.charCodeAt(12) : -1))
    assert.deepEqual(events, [1, 1, 1, 1, 1, 11, 11, 11, 11, 11])
  })

  it('take nothing but time when nothing is to be sent, or nobody listens', () => {
    const quiet = new MediaStreams({ ...options, sends: false })
    assert.match(quiet.order(call, { kind: 'digits', digits: '1' }, 0), /nothing is sent/)
    const streams = new MediaStreams(options)
    assert.match(
      streams.order(call, { kind: 'recording', media: 'video', file: 'a.pcap' }, 0),
      /no port for video/,
    )
    assert.match(streams.order(call, { kind: 'recording', media: 'audio', file: 'none' }, 0), /not there/)
    assert.equal(streams.deadline, undefined)
  })

  it('that arrive at the media port are sent back with -rtp_echo', () => {
    const trial = new Trial(`<recv request="INFO"/>${send('BYE')}`, { media: { ...options, echoes: true } })
    const packet = {
      type: 'packet',
      transport: 'udp',
      remote: { address: '10.0.0.2', port: 7000 },
      bytes: '\x80rtp',
    } as const
    trial.give({ ...packet, local: { address: '10.0.0.1', port: 6002 } })
    assert.deepEqual([trial.last.bytes, trial.last.remote.port], ['\x80rtp', 7000])
    assert.equal(trial.player.statistics.created, 0)
  })
})

describe('what is written', () => {
  const time = { start: 'S', lastReset: 'R', now: 'N', elapsedMs: 3_661_250, periodMs: 500, targetRate: 10 }

  it("has SIPp's columns, as many in a row as in the head", () => {
    const trial = new Trial(
      `${send('OPTIONS')}<recv response="200" rtd="true" counter="c"/><ResponseTimeRepartition value="10, 20"/><CallLengthRepartition value="50"/>`,
    )
    trial.pass(1).receive(responseTo(trial.last.bytes, '200 OK'))
    const { statistics, scenario } = trial.player
    const head = statisticsHead(statistics)
    const row = statisticsRow(statistics, time)
    assert.equal(row.split(';').length, head.split(';').length)
    assert.match(
      head,
      /^StartTime;LastResetTime;CurrentTime;ElapsedTime\(P\);ElapsedTime\(C\);TargetRate;CallRate\(P\);CallRate\(C\);IncomingCall\(P\)/,
    )
    assert.match(
      head,
      /;ResponseTimeRepartition1;ResponseTimeRepartition1_<10;ResponseTimeRepartition1_<20;ResponseTimeRepartition1_>=20;/,
    )
    assert.match(row, /^S;R;N;00:00:00;01:01:01;10;2;0.000273131;0;0;1;1;1;0;1;1;0;0;/)
    assert.equal(
      countsHead(scenario),
      'CurrentTime;ElapsedTime;0_OPTIONS_Sent;0_OPTIONS_Retrans;1_200_Recv;1_200_Retrans;1_200_Timeout;1_200_Unexp;\n',
    )
    assert.equal(countsRow(scenario, statistics, time), 'N;01:01:01:250000;1;0;1;0;0;0;\n')
    statistics.nextPeriod()
    assert.match(
      statisticsRow(statistics, time),
      /^S;R;N;00:00:00;01:01:01;10;0;0.000273131;0;0;0;1;1;0;0;1;/,
    )
  })

  it('about messages has the form of messages.log and shortmessages.log', () => {
    const bytes = requestOf('INVITE', 'x')
    assert.equal(
      messageEntry('T', 'sent', 'udp', bytes),
      `${'-'.repeat(47)} T\nUDP message sent (${bytes.length} bytes):\n\n${bytes}\n`,
    )
    assert.match(
      messageEntry('T', 'received', 'tcp', bytes),
      /^-{47} T\nTCP message received \[\d+\] bytes :\n\n/,
    )
    assert.equal(
      shortEntry('T', 'received', bytes),
      'T\tR\tx\tCSeq:1 INVITE\tINVITE sip:a@10.0.0.1 SIP/2.0\n',
    )
  })

  it('on the screen is every message with its counts, and in a line the sum', () => {
    const trial = new Trial(
      `${send('INVITE')}<recv response="180" optional="true"/><recv response="200" crlf="true"/><nop hide="true"/><pause display="a rest"/>`,
    )
    trial.pass(1).receive(responseTo(trial.last.bytes, '180 Ringing'))
    const at = { elapsedMs: 2000, callRate: 1, remote: '10.0.0.2:5060', local: '10.0.0.1:5060' }
    const screen = screenText(trial.player, at)
    assert.match(screen, /^ +INVITE ---------->.* 1 +0 +0 +0$/m)
    assert.match(screen, /^ +180 <---------- \(opt\.\).* 1 +0 +0 +0$/m)
    assert.match(screen, /a rest/)
    assert.doesNotMatch(screen, /NOP/)
    assert.match(
      progressLine(trial.player, at),
      /^00:00:02 {2}1 calls made \(1\.0\/s\), 1 open, 0 successful, 0 failed/,
    )
  })
})

describe('a scenario as a feature', () => {
  it('says calls in steps, and remarks what cannot be said', () => {
    const { scenario } = readScenario(basicUac, 'uac')
    const converted = convertScenario(scenario!)
    assert.deepEqual(converted.lines, [
      'When Caller calls sip:callee@example.com',
      'And Callee answers',
      'Then the call between Caller and Callee is established',
      '# line 38: a pause whose length is not written down',
      'When Caller hangs up',
      'Then the call between Caller and Callee has ended',
    ])
    assert.match(featureText('Calls', [{ name: 'uac', converted }]), /^Feature: Calls\n\n {2}Background:/)
  })
})
