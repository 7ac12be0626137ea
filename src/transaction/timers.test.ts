// Transaction: timers.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../random.js'
import { TimerQueue, type Timer } from './timers.js'

function fired(queue: TimerQueue<string>, now: number): string[] {
  const names: string[] = []
  queue.expire(now, (timer) => names.push(timer.owner))
  return names
}

test('timers fire in the order of their deadlines, equal ones in the order of starting', () => {
  const queue = new TimerQueue<string>()
  queue.start(500, 0, 'b', 'x')
  queue.start(300, 0, 'a', 'x')
  queue.start(300, 200, 'c', 'x')
  assert.equal(queue.deadline, 300)
  assert.deepEqual(fired(queue, 299.9), [])
  assert.deepEqual(fired(queue, 500), ['a', 'b', 'c'])
  assert.equal(queue.deadline, undefined)
})

test('a stopped timer neither fires nor counts as a deadline', () => {
  const queue = new TimerQueue<string>()
  const first = queue.start(100, 0, 'first', 'x')
  queue.start(100, 50, 'second', 'x')
  queue.stop(first)
  queue.stop(first)
  assert.equal(queue.size, 1)
  assert.equal(queue.deadline, 150)
  assert.deepEqual(fired(queue, 1000), ['second'])
})

test('a timer started while another fires runs in the same round when it is due', () => {
  const queue = new TimerQueue<string>()
  const names: string[] = []
  queue.start(100, 0, 'first', 'x')
  queue.expire(100, (timer) => {
    names.push(timer.owner)
    if (timer.owner === 'first') queue.start(0, 100, 'second', 'x')
  })
  assert.deepEqual(names, ['first', 'second'])
})

test('a timer stopped by one that fires before it at the same instant does not fire', () => {
  const queue = new TimerQueue<string>()
  const names: string[] = []
  queue.start(100, 0, 'first', 'x')
  const second = queue.start(100, 0, 'second', 'x')
  queue.expire(100, (timer) => {
    names.push(timer.owner)
    queue.stop(second)
  })
  assert.deepEqual(names, ['first'])
})

test('two million starts and stops leave next to nothing behind', () => {
  const queue = new TimerQueue<string>()
  const durations = [500, 1000, 4000, 32000]
  let longest = 0
  for (let i = 0; i < 2_000_000; i++) {
    const timer = queue.start(durations[i & 3]!, i / 1000, 'x', 'x')
    queue.stop(timer)
    if (i % 100_000 === 0) longest = Math.max(longest, retained(timer))
  }
  assert.equal(queue.size, 0)
  assert.equal(queue.deadline, undefined)
  assert.ok(longest <= 1100, `a ring held ${longest} dead timers`)
})

function retained(timer: Timer<string>): number {
  return timer.ring.timers.length - timer.ring.head
}

test('any number of different durations does not grow the queue for ever', () => {
  const queue = new TimerQueue<string>()
  let last: Timer<string> | undefined
  for (let i = 0; i < 10_000; i++) {
    queue.stop(last)
    last = queue.start(1000 + i, 0, `t${i}`, 'x')
  }
  assert.equal(queue.deadline, 1000 + 9_999)
  assert.deepEqual(fired(queue, 20_000), ['t9999'])
})

test('random starts, stops and expiries agree with a sorted list', () => {
  const random = new Random(7)
  const queue = new TimerQueue<string>()
  let model: { timer: Timer<string>; owner: string; at: number; order: number }[] = []
  let now = 0
  for (let i = 0; i < 20_000; i++) {
    const dice = random.below(10)
    if (dice < 5) {
      const timer = queue.start([10, 25, 70][random.below(3)]!, now, `t${i}`, 'x')
      model.push({ timer, owner: timer.owner, at: timer.deadline, order: i })
    } else if (dice < 8 && model.length > 0) {
      const [gone] = model.splice(random.below(model.length), 1)
      queue.stop(gone!.timer)
    } else {
      now += random.below(20)
      const due = model.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at || a.order - b.order)
      model = model.filter(({ at }) => at > now)
      assert.deepEqual(
        fired(queue, now),
        due.map(({ owner }) => owner),
      )
    }
    assert.equal(queue.size, model.length)
    assert.equal(queue.deadline, model.length === 0 ? undefined : Math.min(...model.map(({ at }) => at)))
  }
})

test('a timer that is stopped or has fired lets go of its owner', () => {
  const queue = new TimerQueue<string>()
  const [first, second] = [queue.start(10, 0, 'one', 'x'), queue.start(10, 0, 'two', 'x')]
  assert.equal(first.owner, 'one')
  queue.stop(first)
  assert.equal(first.owner, undefined)
  queue.expire(10, ({ owner }) => assert.equal(owner, 'two'))
  assert.equal(second.owner, undefined)
})
