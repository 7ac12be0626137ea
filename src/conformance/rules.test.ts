// Every rule is shown a run that keeps it and runs that break it, each a good run with one packet changed or left out.

import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import type { WireEntry } from '../driver.js'
import { checkRun, RULES, rulesOffFor } from './index.js'
import { cancelledCall, goodCall, packet, type Sample } from './sample-calls.js'

const proxies = ['proxy']

function brokenBy(entries: readonly WireEntry[], more: { off?: string[]; silent?: string[] } = {}): string[] {
  return checkRun(entries, { proxies, off: [], ...more }).map(({ rule }) => rule)
}

/** The run with one packet replaced by others (or by none). */
function changed(run: WireEntry[], at: number, ...others: WireEntry[]): WireEntry[] {
  return run.toSpliced(at, 1, ...others)
}

/** Places in the good call. */
const INVITE_OUT = 2
const OK_OUT = 6
const BYE_OUT = 10
/** Places in the cancelled call. */
const CANCEL_OUT = 7
const ACK_OUT = 10

function invite(vias: string[], sample: Sample = {}): WireEntry {
  return packet('proxy > bob', 'INVITE', vias, { maxForwards: '69', ...sample })
}

/** The run goes on for a while after its last packet. */
function andLater(run: WireEntry[]): WireEntry[] {
  const end = run.at(-1)!.at + 1000
  return [...run, packet('alice > proxy', 'OPTIONS', ['alice o'], { at: end, callId: 'other' })]
}

const BROKEN: Record<string, Record<string, () => WireEntry[]>> = {
  'via-stack': {
    'a request loses the Via it came with': () => changed(goodCall(), INVITE_OUT, invite(['proxy p'])),
    'a request gains two': () => changed(goodCall(), INVITE_OUT, invite(['proxy p', 'proxy q', 'alice a'])),
    'the Via below is another one': () => changed(goodCall(), INVITE_OUT, invite(['proxy p', 'alice x'])),
    'a response keeps the topmost': () =>
      changed(goodCall(), OK_OUT, packet('proxy > alice', '200 OK', ['proxy p', 'alice a'], { toTag: 'B' })),
    'a response has another left': () =>
      changed(goodCall(), OK_OUT, packet('proxy > alice', '200 OK', ['alice x'], { toTag: 'B' })),
  },
  'branch-unique': {
    'no magic cookie': () => changed(goodCall(), INVITE_OUT, invite(['proxy 0', 'alice a'])),
    'one branch for two requests': () =>
      changed(
        goodCall(),
        BYE_OUT,
        packet('proxy > bob', 'BYE', ['proxy p', 'alice a3'], {
          ...{ toTag: 'B', cseq: '2 BYE', maxForwards: '69' },
        }),
      ),
    'one branch for two targets of a fork': () => {
      const fork = packet('proxy > bob', 'INVITE sip:bob@10.0.0.99', ['proxy p', 'alice a'], {
        maxForwards: '69',
      })
      return goodCall().toSpliced(INVITE_OUT + 1, 0, fork)
    },
    'one branch in two calls': () => [
      ...goodCall(),
      packet('alice > proxy', 'OPTIONS', ['alice o'], { callId: 'two' }),
      packet('proxy > bob', 'OPTIONS', ['proxy p', 'alice o'], { callId: 'two', maxForwards: '69' }),
    ],
  },
  'max-forwards': {
    'it does not fall': () =>
      changed(goodCall(), INVITE_OUT, invite(['proxy p', 'alice a'], { maxForwards: '70' })),
    'it is taken off': () =>
      changed(goodCall(), INVITE_OUT, invite(['proxy p', 'alice a'], { maxForwards: '' })),
    'it came with 0': () => [
      packet('alice > proxy', 'OPTIONS', ['alice a'], { maxForwards: '0' }),
      packet('proxy > bob', 'OPTIONS', ['proxy p', 'alice a'], { maxForwards: '0' }),
    ],
  },
  'response-target': {
    'another port than the Via has': () =>
      changed(goodCall(), OK_OUT, packet('proxy > alice', '200 OK', ['alice a'], { toTag: 'B', port: 5070 })),
    'not to received': () =>
      changed(
        goodCall(),
        OK_OUT,
        packet('proxy > alice', '200 OK', ['alice a;received=10.0.0.77'], { toTag: 'B' }),
      ),
    'not to rport': () =>
      changed(goodCall(), OK_OUT, packet('proxy > alice', '200 OK', ['alice a;rport=4000'], { toTag: 'B' })),
  },
  'content-length': {
    'a stream message with a body longer than it says': () => [
      packet('alice > proxy', 'MESSAGE', ['alice a'], { transport: 'tcp', body: 'hello' }),
      packet('proxy > bob', 'MESSAGE', ['proxy p', 'alice a'], {
        ...{ transport: 'tcp', body: 'hello', length: 4, maxForwards: '69' },
      }),
    ],
  },
  'one-final': {
    'a refusal behind a 2xx': () => [
      ...goodCall(),
      packet('proxy > alice', '486 Busy Here', ['alice a'], { toTag: 'C' }),
    ],
    'two refusals': () =>
      cancelledCall().toSpliced(12, 0, packet('proxy > alice', '486 Busy Here', ['alice a'], { toTag: 'B' })),
    'the same refusal with another To tag': () =>
      cancelledCall().toSpliced(
        12,
        0,
        packet('proxy > alice', '487 Request Terminated', ['alice a'], { toTag: 'C' }),
      ),
    'a second 200 to BYE': () => [
      ...goodCall(),
      packet('proxy > alice', '200 OK', ['alice a3'], { toTag: 'C', cseq: '2 BYE' }),
    ],
  },
  'ack-non-2xx': {
    'the proxy leaves out its ACK': () => andLater(changed(cancelledCall(), ACK_OUT)),
    'the caller leaves out its ACK': () => andLater(cancelledCall().slice(0, -1)),
    'the ACK has a branch of its own': () =>
      andLater(changed(cancelledCall(), ACK_OUT, packet('proxy > bob', 'ACK', ['proxy z'], { toTag: 'B' }))),
  },
  'cseq-order': {
    'it falls': () => [
      ...goodCall(),
      packet('alice > proxy', 'INFO', ['alice i'], { toTag: 'B', cseq: '1 INFO' }),
    ],
    'a new request repeats it': () => [
      ...goodCall(),
      packet('alice > proxy', 'INFO', ['alice i'], { toTag: 'B', cseq: '2 INFO' }),
    ],
  },
  'cseq-method': {
    'a request that the proxy makes names another method': () =>
      changed(
        cancelledCall(),
        ACK_OUT,
        packet('proxy > bob', 'ACK', ['proxy p'], { toTag: 'B', cseq: '1 INVITE' }),
      ),
  },
  'response-copies': {
    'another Call-ID': () =>
      changed(goodCall(), 1, packet('proxy > alice', '100 Trying', ['alice a'], { callId: 'x' })),
    'another CSeq': () =>
      changed(goodCall(), 1, packet('proxy > alice', '100 Trying', ['alice a'], { cseq: '7 INVITE' })),
    'another From tag': () =>
      changed(goodCall(), 1, packet('proxy > alice', '100 Trying', ['alice a'], { fromTag: 'X' })),
    'another To tag than the request had': () =>
      changed(goodCall(), 12, packet('proxy > alice', '200 OK', ['alice a3'], { toTag: 'X', cseq: '2 BYE' })),
  },
  'trying-once': {
    "the callee's 100 is passed on": () =>
      goodCall().toSpliced(
        3,
        0,
        packet('bob > proxy', '100 Trying', ['proxy p', 'alice a'], { toTag: 'B' }),
        packet('proxy > alice', '100 Trying', ['alice a'], { toTag: 'B' }),
      ),
  },
  'cancel-after-provisional': {
    'before any response': () => {
      const run = cancelledCall()
      const cancel = run.splice(CANCEL_OUT, 1)
      return run.toSpliced(INVITE_OUT + 1, 0, { ...cancel[0]!, at: run[INVITE_OUT]!.at, arrived: 0 })
    },
    'with another Request-URI': () =>
      changed(
        cancelledCall(),
        CANCEL_OUT,
        packet('proxy > bob', 'CANCEL sip:carol@example.com', ['proxy p'], { cseq: '1 CANCEL' }),
      ),
    'with another CSeq number': () =>
      changed(
        cancelledCall(),
        CANCEL_OUT,
        packet('proxy > bob', 'CANCEL', ['proxy p'], { cseq: '2 CANCEL' }),
      ),
    'in the branch of no INVITE': () =>
      changed(
        cancelledCall(),
        CANCEL_OUT,
        packet('proxy > bob', 'CANCEL', ['proxy z'], { cseq: '1 CANCEL' }),
      ),
  },
}

describe('the always-on rules', () => {
  it('find nothing in a call that is as it should be', () => {
    assert.deepEqual(brokenBy(andLater(goodCall())), [])
  })

  it('find nothing in a call that is given up as it should be', () => {
    assert.deepEqual(brokenBy(andLater(cancelledCall())), [])
  })

  it('are all shown being broken', () => {
    assert.deepEqual(Object.keys(BROKEN).sort(), RULES.map(({ id }) => id).sort())
  })

  for (const [id, runs] of Object.entries(BROKEN))
    for (const [what, run] of Object.entries(runs))
      it(`${id}: ${what}`, () => {
        assert.ok(brokenBy(run()).includes(id), `broken: ${brokenBy(run()).join(', ') || 'nothing'}`)
        assert.ok(!brokenBy(run(), { off: [id] }).includes(id))
      })
})

describe('what is no fault', () => {
  it('a packet that is sent again, or doubled by the network', () => {
    const run = cancelledCall().flatMap((one) => [one, one, { ...one, fate: 'duplicate' as const }])
    assert.deepEqual(brokenBy(andLater(run)), [])
  })

  it('several 2xx to one INVITE', () => {
    const run = goodCall().toSpliced(
      OK_OUT + 1,
      0,
      packet('bob > proxy', '200 OK', ['proxy p', 'alice a'], { toTag: 'C' }),
      packet('proxy > alice', '200 OK', ['alice a'], { toTag: 'C' }),
    )
    assert.deepEqual(brokenBy(run), [])
  })

  it('no ACK where the response was lost, the run ended, or silence is meant', () => {
    const run = cancelledCall().slice(0, -1)
    assert.deepEqual(brokenBy(run), [])
    const [lost, rest] = [run.at(-1)!, run.slice(0, -1)]
    const { arrived: _, ...unarrived } = lost
    assert.deepEqual(brokenBy(andLater([...rest, { ...unarrived, fate: 'lost' }])), [])
    assert.deepEqual(brokenBy(andLater(run), { silent: ['alice'] }), [])
  })

  it('no ACK for a response that comes after its INVITE was given up', () => {
    const run = [
      packet('alice > bob', 'INVITE', ['alice a'], { at: 0 }),
      packet('bob > alice', '486 Busy Here', ['alice a'], { at: 33_000, toTag: 'B' }),
    ]
    assert.deepEqual(brokenBy(andLater(run)), [])
  })

  it('a Max-Forwards that is added', () => {
    const run = [
      packet('alice > proxy', 'OPTIONS', ['alice a'], { maxForwards: '' }),
      packet('proxy > bob', 'OPTIONS', ['proxy p', 'alice a']),
    ]
    assert.deepEqual(brokenBy(run), [])
  })

  it('received and rport in a Via that was forwarded, when the response heeds them', () => {
    const via = 'alice a;received=10.0.0.77;rport=4000'
    const bob = { toTag: 'B' }
    const run = [
      packet('alice > proxy', 'OPTIONS', ['alice a;rport']),
      packet('proxy > bob', 'OPTIONS', ['proxy p', via], { maxForwards: '69' }),
      packet('bob > proxy', '200 OK', ['proxy p', via], { ...bob, cseq: '1 OPTIONS' }),
      {
        ...packet('proxy > alice', '200 OK', [via], { ...bob, cseq: '1 OPTIONS' }),
        target: { address: '10.0.0.77', port: 4000 },
      },
    ]
    assert.deepEqual(brokenBy(run), [])
  })

  it('what a phone does wrong on the way to the proxy, as far as the proxy does right', () => {
    const run = [packet('alice > proxy', 'INVITE', ['alice 0'], { cseq: '1 BYE', maxForwards: '0' })]
    assert.deepEqual(brokenBy(run), [])
  })

  it('bytes that are no message, or half of one', () => {
    const [one] = goodCall()
    const noise = [
      '',
      '\r\n\r\n',
      'INVITE',
      '\0\xff',
      one!.bytes.slice(0, 90),
      'SIP/2.0 200 OK\r\nVia: ,,;\r\n\r\n',
    ]
    for (const transport of ['udp', 'tcp'] as const) {
      const { from: _, ...stranger } = one!
      const run = noise.flatMap((bytes) => [
        { ...one!, bytes, transport },
        { ...stranger, bytes, transport },
      ])
      assert.deepEqual(brokenBy(run), [])
    }
  })
})

describe('a finding', () => {
  it('says who sent what when, and what is wrong', () => {
    const sent = invite(['proxy p', 'alice a'], { maxForwards: '70', at: 42 })
    const alice = packet('alice > proxy', 'INVITE', ['alice a'], { at: 41 })
    assert.deepEqual(checkRun([alice, sent], { proxies, off: [] }), [
      {
        rule: 'max-forwards',
        clause: 'RFC 3261 §16.6-3',
        at: 42,
        text: 'INVITE sip:bob@example.com SIP/2.0 (proxy to bob, 42 ms): Max-Forwards 70 came in, 70 went out',
        bytes: sent.bytes,
      },
    ])
  })

  it("names a stranger's messages too, also when a stream cuts them anywhere", () => {
    const inTcp = { transport: 'tcp' as const }
    const came = packet('alice > proxy', 'OPTIONS', ['alice a'], inTcp)
    const { from: _from, to: _to, ...sent } = packet('proxy > bob', 'OPTIONS', ['proxy p', 'alice a'], inTcp)
    const cut = [40, 200, sent.bytes.length].map((end, at, ends) => ({
      ...sent,
      bytes: sent.bytes.slice(ends[at - 1] ?? 0, end),
    }))
    const { to: _, ...atStranger } = came
    const found = checkRun([atStranger, ...cut], { proxies: ['10.0.0.1:5060'], off: [] })
    assert.deepEqual(
      found.map(({ rule }) => rule),
      ['max-forwards'],
    )
  })

  it('comes three times at most from one rule', () => {
    const run = Array.from({ length: 9 }, (_, at) => [
      packet('alice > proxy', 'OPTIONS', [`alice a${at}`], { cseq: `${at} OPTIONS` }),
      packet('proxy > bob', 'OPTIONS', [`proxy p${at}`, `alice a${at}`], { cseq: `${at} OPTIONS` }),
    ]).flat()
    assert.equal(brokenBy(run).length, 3)
  })
})

describe('the rules that a profile breaks on purpose', () => {
  it('are none in rfc3261, and in ser each has a reason', () => {
    assert.deepEqual(rulesOffFor('rfc3261'), [])
    assert.deepEqual(
      rulesOffFor('ser').map(({ rule }) => rule),
      ['via-stack', 'branch-unique', 'max-forwards'],
    )
    for (const { reason } of rulesOffFor('ser')) assert.match(reason, /SER/)
  })
})
