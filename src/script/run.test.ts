// The value rules of ser-language 5 and 7.6, one row each. Every row is run three times: straight, with functions that
// wait for an answer instead, and observed; all three must do the same.

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { ScriptObserver } from './contract.js'
import { LISTS_MAX } from './run.js'
import { load, NOTHING, settle, TOYS, toy, type Toy } from './testdata/toy.js'

const QUIET: ScriptObserver = {
  routeEntered: () => undefined,
  routeLeft: () => undefined,
  statement: () => undefined,
  returned: () => undefined,
  decided: () => undefined,
  log: () => undefined,
}
const ERROR_LINE = 'log -1 WARNING: do_action: error in expression'
const NULL_LIST = (route: string): string => `log 1 WARNING: run_actions: null action list (${route})`

/** good() returns 1, bad() -1, stop() 0; mark notes its argument. */
type Row = readonly [what: string, script: string, heard: string, value: number]

const ROWS: readonly Row[] = [
  ['a list runs to its end', 'mark("a"); mark("b");', 'a b', 1],
  ['a negative value stops nothing', 'bad(); mark("a");', 'a', 1],
  ['the value of a list is that of its last statement', 'mark("a"); bad();', 'a', -1],
  ['zero stops the list', 'mark("a"); stop(); mark("b");', 'a', 0],
  ['break stops the list', 'break; mark("a");', '', 0],
  ['drop is break', 'drop(); mark("a");', '', 0],
  ['null statements do nothing', ';; mark("a");;', 'a', 1],
  ['break in a block leaves the whole route', 'if (good()) { mark("a"); break; } mark("b");', 'a', 0],
  [
    'break in blocks in each other too',
    'if (good()) { if (good()) { break; } mark("a"); } mark("b");',
    '',
    0,
  ],
  ['if true takes the first branch', 'if (good()) mark("a"); else mark("b");', 'a', 1],
  ['if false takes the other', 'if (bad()) mark("a"); else mark("b");', 'b', 1],
  ['if without a taken branch is 1', 'bad(); if (bad()) mark("a");', '', 1],
  ['if has the value of its branch', 'if (good()) bad();', '', -1],
  [
    'a function of 0 in a condition stops the list',
    'if (stop()) mark("a"); else mark("b"); mark("c");',
    '',
    0,
  ],
  ['not does not turn a stop', 'if (!stop()) mark("a"); else mark("b"); mark("c");', '', 0],
  ['a stop ends and', 'if (stop() && good()) mark("a"); else mark("b");', '', 0],
  ['a stop ends or', 'if (stop() || good()) mark("a"); else mark("b");', '', 0],
  ['and goes on only behind true', 'if (bad() && mark("x")) mark("a"); else mark("b");', 'b', 1],
  ['or goes on only behind false', 'if (good() || mark("x")) mark("a");', 'a', 1],
  ['and binds tighter than or', 'if (good() || bad() && bad()) mark("a");', 'a', 1],
  ['and binds tighter than or, the other way round', 'if (bad() and bad() or good()) mark("a");', 'a', 1],
  ['not binds tighter than and', 'if (!bad() && good()) mark("a");', 'a', 1],
  ['not negates a whole comparison', 'if (!method=="ACK") mark("a");', 'a', 1],
  ['not turns and around', 'if (!(good() && bad())) mark("a");', 'a', 1],
  ['not turns or around', 'if (!(bad() || good())) mark("a"); else mark("b");', 'b', 1],
  ['not turns nothing that stops', 'if (!(good() && stop())) mark("a"); else mark("b");', '', 0],
  ['not not is nothing', 'if (!!bad()) mark("a"); else if (not !good()) mark("b");', 'b', 1],
  ['not turns numbers and blocks', 'if (!0 && !{ mark("x"); bad(); }) mark("a");', 'x a', 1],
  ['parentheses change that', 'if ((good() || bad()) && bad()) mark("a"); else mark("b");', 'b', 1],
  ['single & and | are the same', 'if (bad() | good() & good()) mark("a");', 'a', 1],
  ['long chains are fine', `if (${Array(500).fill('bad()').join(' || ')} || good()) mark("a");`, 'a', 1],
  [
    'a number is a condition',
    'if (0) mark("a"); if (7) mark("b"); if (yes) mark("c"); if (off) mark("d");',
    'b c',
    1,
  ],
  ['a command is a condition', 'if (setflag(3)) mark("a");', 'setflag(3) a', 1],
  ['a bare command is one too', 'if (append_branch) mark("a");', 'append_branch() a', 1],
  ['break is a condition that stops', 'if (break) mark("a"); mark("b");', '', 0],
  ['a block is a condition', 'if ({ mark("x"); bad(); }) mark("a"); else mark("b");', 'x b', 1],
  ['an if is a condition', 'if if (bad()) {good();} else {bad();} mark("a") else mark("b");', 'b', 1],
  ['else belongs to the nearest if', 'if (bad()) if (good()) mark("a"); else mark("b"); mark("c");', 'c', 1],
  ['else if', 'if (bad()) mark("a"); else if (good()) mark("b"); else mark("c");', 'b', 1],
  [
    'an error in an expression counts as false',
    'if (src_ip==myself || method=~"x") mark("a"); else mark("b");',
    'b',
    1,
  ],
  ['route runs a list', 'route(1); mark("b"); } route[1] { mark("a");', 'a b', 1],
  [
    'break in a sub-route ends only that',
    'route(1); mark("b"); } route[1] { mark("a"); break; mark("c");',
    'a b',
    1,
  ],
  ['so does a zero', 'route(1); mark("b"); } route[1] { stop(); mark("c");', 'b', 1],
  ['route turns zero into 1', 'if (route(1)) mark("a"); else mark("b"); } route[1] { stop();', 'a', 1],
  ['route turns positive into 1', 'route(1); } route[1] { wait("7");', '', 1],
  [
    'route passes a negative value on',
    'if (route(1)) mark("a"); else mark("b"); } route[1] { bad();',
    'b',
    1,
  ],
  ['a negative value ends no sub-route', 'route(1); } route[1] { bad(); mark("a");', 'a', 1],
  ['route 0 may be called', 'route(1); } route[0] { mark("x"); } route[1] { mark("a");', 'a x', 1],
  [
    'a route defined twice is one list',
    'route(1); } route[1] { mark("a"); } route[1] { mark("b");',
    'a b',
    1,
  ],
  [
    'break in the first part skips the second',
    'route(1); } route[1] { break; } route[1] { mark("b");',
    '',
    1,
  ],
]

/** The script with functions that wait for an answer instead of returning at once. */
function waiting(script: string): string {
  return script
    .replaceAll('good()', 'wait("1")')
    .replaceAll('bad()', 'wait("-1")')
    .replaceAll('stop()', 'wait("0")')
}

function outcome(script: string, observer?: ScriptObserver, context: Toy = toy()): readonly [string, number] {
  const value = settle(load(`route { ${script} }`).run('request', 0, context, observer), () => NOTHING)
  return [context.heard.map((each) => each.replace(/^mark\((.*)\)$/, '$1')).join(' '), value]
}

for (const [what, script, heard, value] of ROWS)
  test(`values: ${what}`, () => {
    assert.deepEqual(outcome(script), [heard, value])
    assert.deepEqual(outcome(waiting(script)), [heard, value], 'waiting')
    assert.deepEqual(outcome(script, QUIET), [heard, value], 'observed')
    assert.deepEqual(outcome(waiting(script), QUIET), [heard, value], 'waiting and observed')
  })

test('values: an expression that cannot be evaluated is logged and false, even under not', () => {
  for (const test of [
    'uri==myself',
    'uri!=myself',
    '!uri==myself',
    'not (uri==myself)',
    '!(good() && uri==myself)',
    '!(bad() || uri==myself)',
    'good() && myself==uri',
  ])
    assert.deepEqual(
      outcome(`if (${test}) mark("a"); else mark("b");`, undefined, toy({ uri: 'tel:123' })),
      [`${ERROR_LINE} b`, 1],
      test,
    )
})

test('values: an error ends and and or', () => {
  const context = (): Toy => toy({ uri: 'tel:123' })
  assert.deepEqual(outcome('if (uri==myself || mark("x")) mark("a");', undefined, context()), [ERROR_LINE, 1])
  assert.deepEqual(outcome('if (uri==myself && mark("x")) mark("a");', undefined, context()), [ERROR_LINE, 1])
})

test('values: an undefined route is logged and counts as 1', () => {
  assert.deepEqual(outcome('if (route(7)) mark("a");'), [`${NULL_LIST('route[7]')} a`, 1])
})

test('values: without a main route nothing runs', () => {
  const context = toy()
  assert.equal(load('route[1] { mark("a"); }').run('request', 0, context), 0)
  assert.deepEqual(context.heard, [NULL_LIST('route')])
})

test('values: recursion ends at a hundred lists and the script goes on', () => {
  const [heard] = outcome('route(1); mark("z"); } route[1] { mark("a"); route(1);')
  const words = heard.split(/ (?=a|z|log)/)
  assert.equal(words.filter((word) => word === 'a').length, 99)
  assert.equal(words.at(-2), 'log -1 WARNING: too many recursive routing table lookups giving up!')
  assert.equal(words.at(-1), 'z')
})

test('values: lists of branches and of conditions count for that too', () => {
  const [heard] = outcome('route(1); } route[1] { if (good()) { mark("a"); route(1); }')
  assert.equal(heard.split(' ').filter((word) => word === 'a').length, 49)
})

test('values: a route that calls itself twice comes to an end', () => {
  const [heard] = outcome('route(1); mark("z"); } route[1] { route(1); mark("a"); route(1);')
  assert.match(heard, /too many action lists in one run giving up! .*z$/)
  assert.ok(heard.split(' ').filter((word) => word === 'a').length <= LISTS_MAX)
})

test('values: the hundredth branch in a row of else ifs is the last that runs', () => {
  const chain = (length: number): string => `${'if (bad()) break; else '.repeat(length)} mark("z");`
  assert.deepEqual(outcome(chain(99)), ['z', 1])
  assert.match(outcome(chain(100))[0], /too many recursive routing table lookups giving up!$/)
})

test('values: depth is given back while a run waits', () => {
  const calls = 'route(1); '.repeat(300)
  assert.deepEqual(outcome(`${calls} mark("z"); } route[1] { wait("1"); `), ['z', 1])
})

test('values: two runs wait at the same time and each goes on where it was', () => {
  const program = load(
    'route { mark("a"); if (wait("1") && wait("1")) { route(1); } mark("d"); } route[1] { wait("0"); mark("x"); }',
  )
  const [one, two] = [toy(), toy()]
  let first = program.run('request', 0, one)
  let second = program.run('request', 0, two)
  assert.deepEqual([one.heard, two.heard], [['mark(a)'], ['mark(a)']])
  assert.ok(typeof first !== 'number' && typeof second !== 'number')
  first = first.resume(NOTHING)
  assert.ok(typeof first !== 'number')
  first = first.resume(NOTHING)
  assert.deepEqual(two.heard, ['mark(a)'])
  second = settle(second, () => NOTHING)
  assert.deepEqual(two.heard, ['mark(a)', 'mark(d)'])
  assert.deepEqual(one.heard, ['mark(a)'])
  assert.equal(
    settle(first, () => NOTHING),
    1,
  )
  assert.deepEqual(one.heard, ['mark(a)', 'mark(d)'])
})

test('values: failure and reply routes run by their number', () => {
  const program = load('route { good(); } failure_route[2] { mark("f"); } onreply_route[1] { mark("r"); }')
  const context = toy()
  assert.equal(program.run('failure', 2, context), 1)
  assert.equal(program.run('onreply', 1, context), 1)
  assert.deepEqual(context.heard, ['mark(f)', 'mark(r)'])
  assert.equal(program.run('failure', 1, context), 0)
  assert.equal(context.heard.at(-1), NULL_LIST('failure_route[1]'))
})

test('values: a function that its block does not allow fails in a sub-route', () => {
  const program = load(
    'route { good(); } route[1] { request_only(); } failure_route[1] { if (route(1)) mark("a"); else mark("b"); }',
  )
  const context = toy()
  program.run('failure', 1, context)
  assert.deepEqual(context.heard, ['log -1 ERROR: request_only cannot be used in failure_route', 'mark(b)'])
})

test('an observer hears routes, statements, results and decisions in their order', () => {
  const heard: string[] = []
  const observer: ScriptObserver = {
    routeEntered: (route) => heard.push(`> ${route}`),
    routeLeft: (route, value) => heard.push(`< ${route} ${value}`),
    statement: (line, column, text, file) => heard.push(`${file}:${line}:${column} ${text}`),
    returned: (line, call, value) => heard.push(`${line} ${call} = ${value}`),
    decided: (line, column, taken) => heard.push(`${line}:${column} ${taken}`),
    log: (level, text) => heard.push(`log ${level} ${text}`),
  }
  const program = load(`route {
  if (method == "ACK" || wait("1")) {
    route(1); # here
  };
  break;
}
route[1] { bad(); }`)
  settle(program.run('request', 0, toy(), observer), () => NOTHING)
  assert.deepEqual(heard, [
    '> route',
    'toy.cfg:2:3 if (method == "ACK" || wait("1"))',
    '2 wait("1") = 1',
    '2:3 true',
    'toy.cfg:3:5 route(1)',
    '> route[1]',
    'toy.cfg:7:12 bad()',
    '7 bad() = -1',
    '< route[1] -1',
    'toy.cfg:5:3 break',
    '5 break = 0',
    '< route 0',
  ])
})

test('an observer hears complaints when the vocabulary has no place for them', () => {
  const heard: string[] = []
  const { log: _, ...silent } = TOYS
  load('route { route(3); }', silent).run('request', 0, toy(), {
    ...QUIET,
    log: (level, text) => heard.push(`${level} ${text}`),
  })
  assert.deepEqual(heard, ['1 WARNING: run_actions: null action list (route[3])'])
})
