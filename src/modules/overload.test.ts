// Next hops that have too much to do (RFC 7339).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brief, headerValues, request, responseTo, RouteRun, type Sent } from './route-run.js'

const LOADS = ['sl', 'overload', 'tm'].map((name) => `loadmodule "${name}"`).join('\n')
const ROUTE = 'route { if (!t_relay()) sl_reply_error(); }'
const SCRIPT = `${LOADS}\nmodparam("overload", "oc", 1)\n${ROUTE}`
const HOP = { address: '10.0.0.2', port: 5060 }

class Calling {
  readonly run = new RouteRun(SCRIPT)
  #number = 0

  ask(method = 'MESSAGE', to = '<sip:bob@example.com>'): Sent[] {
    const branch = `z9hG4bKo${++this.#number}`
    const sent = this.run.receive(request(method, 'sip:bob@10.0.0.2', { branch, callId: branch, to }))
    return sent.filter(({ bytes }) => !/ 100 /.test(bytes))
  }

  /** Asks, and has the hop answer with this in our Via. */
  told(params: string): void {
    const [sent] = this.ask()
    const answer = responseTo(sent, 200).replace(/^(Via: [^\r]*);oc;oc-algo="loss"/m, `$1;${params}`)
    assert.deepEqual(this.run.receive(answer, { from: HOP }).map(brief), ['10.0.0.1 200'])
  }

  /** Of a hundred requests so many are held back. */
  heldBack(method = 'MESSAGE', to?: string): number {
    return Array.from({ length: 100 }, () => brief(this.ask(method, to)[0]!)).filter((text) =>
      text.endsWith('503'),
    ).length
  }
}

test('our Via says that we take part, and another parameter keeps it silent', () => {
  assert.match(headerValues(new Calling().ask()[0]!, 'Via')[0]!, /;oc;oc-algo="loss"$/)
  const [silent] = new RouteRun(`${LOADS}\n${ROUTE}`).receive(request('MESSAGE', 'sip:bob@10.0.0.2'))
  assert.doesNotMatch(headerValues(silent!, 'Via')[0]!, /;oc/)
})

test('what a next hop asks for is kept to, until its time is over', () => {
  const calling = new Calling()
  calling.told('oc=100;oc-validity=2000;oc-algo="loss";oc-seq=1.1')
  assert.equal(calling.heldBack(), 100)
  assert.deepEqual(headerValues(calling.ask()[0]!, 'Retry-After'), [])
  calling.run.now = 2000
  assert.equal(calling.heldBack(), 0)
})

test('half of it is about half of it, and calls that stand go before', () => {
  const calling = new Calling()
  calling.told('oc=50;oc-validity=60000')
  const held = calling.heldBack()
  assert.ok(held > 30 && held < 70, String(held))
  assert.equal(calling.heldBack('INFO', '<sip:bob@example.com>;tag=b'), 0)
})

test('a validity of 0 ends it, an older wish does not count, and one without validity holds half a second', () => {
  const calling = new Calling()
  calling.told('oc=0;oc-validity=60000;oc-seq=2')
  calling.run.now = 1
  const [sent] = calling.ask()
  const answer = (params: string) =>
    responseTo(sent, 200).replace(/^(Via: [^\r]*);oc;oc-algo="loss"/m, `$1;${params}`)
  calling.run.receive(answer('oc=100;oc-validity=60000;oc-seq=1'), { from: HOP })
  assert.equal(calling.heldBack(), 0, 'older')
  calling.run.receive(answer('oc=100;oc-seq=3'), { from: HOP })
  assert.equal(calling.heldBack(), 100)
  calling.run.receive(answer('oc=100;oc-validity=0;oc-seq=4'), { from: HOP })
  assert.equal(calling.heldBack(), 0, 'over')
  calling.run.receive(answer('oc=100;oc-seq=5'), { from: HOP })
  calling.run.now = 501
  assert.equal(calling.heldBack(), 0, 'half a second later')
})

test('what is no wish is not heard', () => {
  for (const params of ['oc', 'oc=101', 'oc=x', 'oc=1000', 'oc=100;oc-algo="rate"']) {
    const calling = new Calling()
    calling.told(params)
    assert.equal(calling.heldBack(), 0, params)
  }
})

test('it must be loaded before tm', () => {
  const late = ['sl', 'tm', 'overload'].map((name) => `loadmodule "${name}"`).join('\n')
  assert.throws(
    () => new RouteRun(`${late}\nmodparam("overload", "oc", 1)\n${ROUTE}`),
    /must come before "tm.so"/,
  )
})
