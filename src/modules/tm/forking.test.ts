// Forking: which final response goes upstream, what becomes of the other branches, and failure and reply routes.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ProfileName } from '../../proxy/profile.js'
import { brief, headerValues, request, responseTo, RouteRun, type Sent } from '../route-run.js'

const FORK = 'append_branch("sip:two@10.0.1.2"); t_relay();'
const INVITE = request('INVITE', 'sip:one@10.0.1.1', { headers: ['Max-Forwards: 70'] })

const briefs = (sent: readonly Sent[]): string[] => sent.map(brief)
const upstream = (sent: readonly Sent[]): string[] =>
  briefs(sent)
    .filter((line) => line.startsWith('10.0.0.1 '))
    .map((line) => line.slice(9))

/** A forked INVITE: the run, and the two requests. */
function forked(script = `route { ${FORK} }`, profile: ProfileName = 'ser') {
  const run = new RouteRun(script, profile)
  const sent = run.receive(INVITE).filter(({ bytes }) => bytes.startsWith('INVITE'))
  const answer = (branch: Sent | undefined, status: number, headers: string[] = []): Sent[] =>
    run.receive(responseTo(branch, status, `t${branch!.to}`, headers), {
      from: { address: branch!.to.split(':')[0]!, port: 5060 },
    })
  return { run, one: sent[0], two: sent[1], answer }
}

/** What the caller gets when the two branches answer so, in this order. */
function winner(first: number, second: number, profile: ProfileName): string {
  const { one, two, answer } = forked(undefined, profile)
  return [...upstream(answer(one, first)), ...upstream(answer(two, second))].join(' ')
}

const PAIRS: readonly (readonly [one: number, two: number, ser: number, rfc3261: number])[] = [
  [486, 404, 404, 404],
  [404, 486, 404, 404],
  [603, 486, 486, 603],
  [486, 603, 486, 603],
  [401, 404, 401, 401],
  [404, 401, 401, 401],
  [404, 407, 404, 407],
  [401, 407, 401, 401],
  [480, 408, 408, 408],
  [503, 404, 404, 404],
  [404, 503, 404, 404],
  [500, 404, 404, 404],
  [503, 500, 500, 500],
  [302, 404, 302, 302],
  [404, 302, 302, 302],
  [302, 603, 302, 603],
  [600, 603, 600, 600],
  [603, 600, 600, 600],
  [488, 415, 415, 415],
  [487, 486, 486, 486],
]

for (const [one, two, ser, rfc3261] of PAIRS)
  test(`of ${one} and ${two} SER relays ${ser}, the RFC ${rfc3261}`, () => {
    assert.equal(winner(one, two, 'ser'), String(ser))
    assert.equal(winner(one, two, 'rfc3261'), String(rfc3261))
  })

test('503 alone goes upstream as it is in SER and as 500 by the RFC', () => {
  assert.equal(winner(503, 503, 'ser'), '503')
  assert.equal(winner(503, 503, 'rfc3261'), '500')
})

test('the winner goes up as it came; by the RFC it takes the challenges of the others along', () => {
  const challenges = (profile: ProfileName): string[] => {
    const { one, two, answer } = forked(undefined, profile)
    answer(one, 401, ['WWW-Authenticate: Digest realm="one"'])
    const [sent] = answer(two, 407, ['Proxy-Authenticate: Digest realm="two"']).slice(-1)
    return [
      ...headerValues(sent!, 'To'),
      ...headerValues(sent!, 'WWW-Authenticate'),
      ...headerValues(sent!, 'Proxy-Authenticate'),
    ]
  }
  const to = '<sip:bob@example.com>;tag=t10.0.1.1:5060'
  assert.deepEqual(challenges('ser'), [to, 'Digest realm="one"'])
  assert.deepEqual(challenges('rfc3261'), [to, 'Digest realm="one"', 'Digest realm="two"'])
})

test('provisional responses of every branch are relayed, 100 is not', () => {
  const { one, two, answer } = forked()
  assert.deepEqual(upstream(answer(one, 100)), [])
  assert.deepEqual(upstream(answer(one, 180)), ['180'])
  assert.deepEqual(upstream(answer(two, 183)), ['183'])
})

test('a 2xx goes up at once, who rings is cancelled, who has said nothing is left alone', () => {
  const { run, one, two, answer } = forked()
  answer(two, 180)
  assert.deepEqual(briefs(answer(one, 200)), ['10.0.0.1 200', '10.0.1.2 CANCEL'])
  assert.deepEqual(briefs(answer(two, 487)), ['10.0.1.2 ACK'])
  run.until(1000)
  const silent = forked()
  assert.deepEqual(briefs(silent.answer(silent.one, 200)), ['10.0.0.1 200'])
  assert.deepEqual(silent.run.until(20_000), [], 'nor is its INVITE sent again')
})

test('by the RFC who has said nothing is cancelled as soon as it rings', () => {
  const { one, two, answer } = forked(undefined, 'rfc3261')
  assert.deepEqual(briefs(answer(one, 200)), ['10.0.0.1 200'])
  assert.deepEqual(briefs(answer(two, 180)), ['10.0.1.2 CANCEL'])
})

test('both 2xx of a fork reach the caller', () => {
  const { one, two, answer } = forked()
  assert.deepEqual(upstream(answer(one, 200)), ['200'])
  assert.deepEqual(upstream(answer(two, 200)), ['200'])
})

test('a 6xx leaves the others ringing in SER, and its 200 wins; by the RFC they are cancelled', () => {
  const ser = forked()
  ser.answer(ser.two, 180)
  assert.deepEqual(briefs(ser.answer(ser.one, 603)), ['10.0.1.1 ACK'])
  assert.deepEqual(upstream(ser.answer(ser.two, 200)), ['200'])
  const rfc = forked(undefined, 'rfc3261')
  rfc.answer(rfc.two, 180)
  assert.deepEqual(briefs(rfc.answer(rfc.one, 603)), ['10.0.1.1 ACK', '10.0.1.2 CANCEL'])
  assert.deepEqual(upstream(rfc.answer(rfc.two, 487)), ['603'])
})

test('one fails and the other is silent: 408 or the failure, whichever is lower, when its time is over', () => {
  for (const [status, best] of [
    [486, '408'],
    [404, '404'],
  ] as const) {
    const { run, one, answer } = forked()
    assert.deepEqual(upstream(answer(one, status)), [])
    assert.deepEqual(upstream(run.until(30_000)), [best])
  }
})

test('twelve branches leave at most, the thirteenth is refused', () => {
  const append = Array.from({ length: 12 }, (_, n) => `append_branch("sip:u@10.0.2.${n + 1}");`).join(' ')
  const { run } = forked(`route { ${append} t_relay(); }`)
  assert.equal(run.sent.filter(({ bytes }) => bytes.startsWith('INVITE')).length, 12)
  assert.match(run.logs.join('\n'), /max nr of branches exceeded/)
})

const SERIAL = `route { t_on_failure("1"); t_relay(); }
failure_route[1] { append_branch("sip:next@10.0.1.2"); t_on_failure("2"); t_relay(); }
failure_route[2] { append_branch("sip:last@10.0.1.3"); t_relay(); }`

test('failure routes try one after the other, and the lowest of all ever tried is the answer', () => {
  const { run, one, answer } = forked(SERIAL)
  const second = answer(one, 404).find(({ bytes }) => bytes.startsWith('INVITE'))
  assert.equal(second?.to, '10.0.1.2:5060')
  const third = answer(second, 486).find(({ bytes }) => bytes.startsWith('INVITE'))
  assert.equal(third?.to, '10.0.1.3:5060')
  assert.deepEqual(upstream(run.sent), ['100'])
  assert.deepEqual(upstream(answer(third, 480)), ['404'])
})

test('a failure route runs once when all branches have failed, and only for failures', () => {
  const { one, two, answer } = forked(`route { t_on_failure("1"); ${FORK} }
    failure_route[1] { append_branch("sip:next@10.0.1.3"); t_relay(); }`)
  assert.deepEqual(briefs(answer(one, 486)), ['10.0.1.1 ACK'])
  const third = answer(two, 404).find(({ bytes }) => bytes.startsWith('INVITE'))
  assert.equal(third?.to, '10.0.1.3:5060')
  assert.deepEqual(upstream(answer(third, 200)), ['200'])
})

test('a failure route for a branch that timed out tries the next one', () => {
  const { run } = forked(`modparam("tm", "fr_timer", 2)\n${SERIAL}`)
  const sent = briefs(run.until(2000))
  assert.ok(sent.includes('10.0.1.2 INVITE'))
  assert.deepEqual(upstream(run.until(6000)), ['408'])
})

test('a failure route that does nothing relays the winner, t_reply answers instead', () => {
  const arm = 'route { t_on_failure("1"); t_relay(); }'
  const idle = forked(`${arm} failure_route[1] { break; }`)
  assert.deepEqual(upstream(idle.answer(idle.one, 486)), ['486'])
  const own = forked(`${arm} failure_route[1] { t_reply("404", "changed"); }`)
  assert.deepEqual(upstream(own.answer(own.one, 486)), ['404'])
})

test('rewriting alone adds no branch in a failure route, append_branch() takes the rewritten URI', () => {
  const arm = 'route { t_on_failure("1"); t_relay(); }'
  const alone = forked(`${arm} failure_route[1] { rewriteuri("sip:n@10.0.1.2"); t_relay(); }`)
  assert.deepEqual(upstream(alone.answer(alone.one, 486)), ['486'])
  const both = forked(`${arm} failure_route[1] { rewriteuri("sip:n@10.0.1.2"); append_branch(); t_relay(); }`)
  assert.deepEqual(briefs(both.answer(both.one, 486)), ['10.0.1.1 ACK', '10.0.1.2 INVITE'])
})

test('t_check_status in a failure route sees the winning code', () => {
  const { one, two, answer } = forked(`route { t_on_failure("1"); ${FORK} }
    failure_route[1] { if (t_check_status("486")) { t_reply("600", "no"); };
      if (t_check_status("4[0-9]4")) { t_reply("480", "yes"); }; }`)
  answer(one, 486)
  assert.deepEqual(upstream(answer(two, 404)), ['480'])
})

test('an onreply route runs for each response and may change it', () => {
  const { one, answer } = forked(`route { t_on_reply("1"); t_relay(); }
    onreply_route[1] { if (status =~ "18[0-9]") { append_hf("X-Seen: yes\\r\\n"); }; }`)
  assert.deepEqual(headerValues(answer(one, 180)[0]!, 'X-Seen'), ['yes'])
  assert.deepEqual(headerValues(answer(one, 200)[0]!, 'X-Seen'), [])
})

test('flags live in the message; t_flush_flags carries them to the routes that come later', () => {
  const script = (flush: string): string => `route { t_newtran(); setflag(3); ${flush}
    t_on_failure("1"); t_forward_nonack("10.0.1.1", "5060"); }
    failure_route[1] { if (isflagset(3)) { t_reply("480", "set"); } else { t_reply("484", "not"); }; }`
  const answered = (flush: string): string[] => {
    const { one, answer } = forked(script(flush))
    return upstream(answer(one, 486))
  }
  assert.deepEqual(answered('t_flush_flags("1");'), ['480'])
  assert.deepEqual(answered(''), ['484'])
})
