// The agenda keeps order of time, then of planning.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random } from '../random.js'
import { Agenda } from './agenda.js'

test('things happen in order of time, and at one time in the order in which they were planned', () => {
  const random = new Random(5)
  for (let round = 0; round < 50; round++) {
    const agenda = new Agenda()
    const planned: [at: number, order: number][] = []
    const happened: [at: number, order: number][] = []
    for (let order = 0; order < 200; order++) {
      const at = random.below(20)
      planned.push([at, order])
      agenda.plan(at, () => happened.push([at, order]))
    }
    while (agenda.next < Infinity) {
      const { next } = agenda
      agenda.act()
      assert.equal(happened.at(-1)?.[0], next)
    }
    planned.sort(([at, order], [otherAt, otherOrder]) => at - otherAt || order - otherOrder)
    assert.deepEqual(happened, planned)
  }
})

test('an empty agenda does nothing', () => {
  const agenda = new Agenda()
  agenda.act()
  assert.equal(agenda.next, Infinity)
})
