// What a bound script exposes: options, modules, parameters, its shape for coverage, and warnings.

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import type { FunctionRecord } from './contract.js'
import { load, NOTHING, settle, toy, TOYS, type Toy } from './testdata/toy.js'

const warned = (script: string): string[] =>
  load(script).warnings.map(({ position: { line, column }, text }) => `${line}:${column} ${text}`)

test('options are known by their canonical name, the last value counts', () => {
  const { options } = load(
    'debug=1 sock_mode=0600 check_via=on fifo="/tmp/f" log_facility=LOG_USER debug=3 route { ; }',
  )
  assert.deepEqual(Object.fromEntries(options), {
    debug: 3,
    fifo_mode: 0o600,
    check_via: 1,
    fifo: '/tmp/f',
    log_facility: 'LOG_USER',
  })
})

test('listen and alias add up and keep protocol, port and place', () => {
  const { options } = load('listen=10.0.0.1 "b" listen=tcp:[::1]:5062\nalias=a.b:7777 route { ; }')
  const place = (line: number, column: number) => ({ file: 'toy.cfg', line, column })
  assert.deepEqual(options.get('listen'), [
    { proto: undefined, host: '10.0.0.1', port: undefined, place: place(1, 8) },
    { proto: undefined, host: 'b', port: undefined, place: place(1, 17) },
    { proto: 'tcp', host: '::1', port: 5062, place: place(1, 28) },
  ])
  assert.deepEqual(options.get('alias'), [{ proto: undefined, host: 'a.b', port: 7777, place: place(2, 7) }])
})

test('the order of listen and port is kept', () => {
  const { assignments } = load('listen=a listen=b port=5062 listen=c route { ; }')
  const shown = assignments.map(({ name, value }) => [
    name,
    typeof value === 'object' ? value[0]?.host : value,
  ])
  assert.deepEqual(shown, [
    ['listen', 'a'],
    ['listen', 'b'],
    ['port', 5062],
    ['listen', 'c'],
  ])
})

test('modules are known by their file names, in load order', () => {
  assert.deepEqual(load('loadmodule "/usr/lib/ser/modules/other.so" route { ; }').modules, ['main', 'other'])
})

test('parameters have their initial values until they are set', () => {
  const { params } = load('loadmodule "other.so" modparam("MAIN_module", "label", "x") route { ; }')
  assert.deepEqual(Object.fromEntries(params), { main: { size: 3, label: 'x' }, other: { size: 1 } })
})

test('one modparam sets the parameter of every module that its pattern matches', () => {
  for (const pattern of ['main|other', 'main_module|OTHER', '.*'])
    assert.deepEqual(
      [...load(`loadmodule "other.so" modparam("${pattern}", "size", 7) route { ; }`).params.values()].map(
        ({ size }) => size,
      ),
      [7, 7],
    )
})

test('parameters of modules of two programs are not shared', () => {
  load('modparam("main", "size", 9) route { ; }')
  assert.equal(load('route { ; }').params.get('main')?.['size'], 3)
})

test('the shape of a script lists its statements, its decisions and their routes', () => {
  const { lines, arms, routes } = load(`route {
  if (good() && setflag(1)) {
    log("a"); log("b");
  } else if (bad()) route(2);
  if ({ log("c"); good(); }) break;
}
failure_route[1] { log("d"); }
route[2] { ; }`)
  const shown = (shapes: typeof lines): string[] =>
    shapes.map(({ line, column, route }) => `${line}:${column} ${route}`)
  assert.deepEqual(routes, ['route', 'failure_route[1]', 'route[2]'])
  assert.deepEqual(shown(arms), ['2:3 route', '4:10 route', '5:3 route'])
  assert.deepEqual(shown(lines), [
    '2:3 route',
    '3:5 route',
    '3:15 route',
    '4:10 route',
    '4:21 route',
    '5:3 route',
    '5:9 route',
    '5:19 route',
    '5:30 route',
    '7:20 failure_route[1]',
  ])
})

test('what loads but does not do what it seems to is warned of', () => {
  assert.deepEqual(warned('route { ; }'), [])
  assert.deepEqual(warned('fork=yes route { ; }'), ['1:1 fork: nothing is forked'])
  assert.deepEqual(warned('fork=no route { ; }'), [], 'what is switched off needs no warning')
  assert.deepEqual(warned('route { route(3); }'), ['1:9 route[3] is not defined: calling it does nothing'])
  assert.deepEqual(warned('route[1] { ; }'), ['1:1 there is no route block: every request is dropped'])
  assert.deepEqual(warned('route { ; } route { ; }'), [
    '1:13 route stands twice: this block is run after the first',
  ])
  assert.deepEqual(warned('route { if (uri=~"\\d") break; }'), [
    '1:18 \\d is no escape in a pattern: it stands for d',
  ])
  assert.deepEqual(warned('route { search("\\d"); subst("/\\d/x/"); }'), [
    '1:16 \\d is no escape in a pattern: it stands for d',
    '1:29 \\d is no escape in a pattern: it stands for d',
  ])
})

test('blocks deeper than the original runs them are warned of once', () => {
  const chain = (length: number): string =>
    `route { ${'if (bad()) log("a"); else '.repeat(length)} log("z"); }`
  assert.deepEqual(warned(chain(99)), [])
  const [warning, ...more] = warned(chain(120))
  assert.match(warning ?? '', /^1:2583 more than 100 blocks in each other: the innermost are skipped$/)
  assert.deepEqual(more, [])
})

test('a sub-route is warned of for the blocks that call it, also through another', () => {
  assert.deepEqual(
    warned(`route { route(1); }
route[1] { request_only(); }
route[2] { route(1); route(2); }
failure_route[1] { route(2); }
failure_route[2] { route(1); }
onreply_route[1] { if (good()) { route(1); } }`),
    [
      '2:12 request_only fails when failure_route[2] runs route[1]: it cannot be used in failure_route',
      '2:12 request_only fails when onreply_route[1] runs route[1]: it cannot be used in onreply_route',
    ],
  )
})

test('arguments come as their kinds say', () => {
  const heard = (statement: string): string | undefined => {
    const context = toy()
    load(`route { ${statement} } failure_route[1] { ; } onreply_route[2] { ; }`).run('request', 0, context)
    return context.heard[0]
  }
  assert.equal(heard('log("a");'), 'log(a)')
  assert.equal(heard('log(-3, "a");'), 'log(-3,a)')
  assert.equal(heard('setflag(0x10);'), 'setflag(16)')
  assert.equal(heard('seturi("sip:a@b");'), 'rewriteuri(sip:a@b)')
  assert.equal(heard('forward(uri:host, uri:port);'), 'forward(Symbol(uri:host),Symbol(uri:port))')
  assert.equal(heard('forward(10.0.0.1, 5060);'), 'forward(10.0.0.1,5060)')
  assert.equal(heard('forward(a.b);'), 'forward(a.b)')
  assert.equal(heard('send("a-b");'), 'send(a-b)')
  assert.equal(heard('append_branch;'), 'append_branch()')
  assert.equal(
    heard('force_send_socket(tcp:10.0.0.1:5);'),
    'force_send_socket({"proto":"tcp","host":"10.0.0.1","port":5})',
  )
  assert.equal(heard('force_send_socket("a");'), 'force_send_socket({"host":"a"})')
  assert.equal(heard('optional("a");'), 'optional(a)')
  assert.equal(heard('optional("a", "-2");'), 'optional(a,-2)')
  assert.equal(heard('search("^a.b$");'), 'search(/(?<=\\n|(?<![\\s\\S]))a[^\\n]b(?=\\n|(?![\\s\\S]))/is)')
  assert.equal(heard('on_failure("1");'), 'on_failure(1)')
  assert.equal(heard('on_failure("0");'), 'on_failure(0)')
  assert.equal(heard('on_reply("2");'), 'on_reply(2)')
  assert.equal(heard('even("4");'), 'even(4)')
})

test('a function may take more arguments than the original knew', () => {
  const told: unknown[] = []
  const three: FunctionRecord<Toy> = {
    args: ['string', 'integer', 'string'],
    routes: ['request'],
    about: 'three',
    call: (_: Toy, ...args: unknown[]) => told.push(...args),
  }
  const modules = TOYS.modules.map((module) => ({ ...module, functions: { three } }))
  load('route { three("a", "2", "c"); }', { ...TOYS, modules }).run('request', 0, toy())
  assert.deepEqual(told, ['a', 2, 'c'])
})

test('something is told before each command and function, not before routes and conditions', () => {
  const told: string[] = []
  const beforeAction = ({ heard }: Toy): void => void told.push(String(heard.length))
  const program = load('route { route(1); if (uri==myself && good()) log("b"); } route[1] { log("a"); }', {
    ...TOYS,
    beforeAction,
  })
  program.run('request', 0, toy())
  assert.deepEqual(told, ['0', '1', '1'])
})

test('of two modules with the same function the last loaded counts', () => {
  const twice: FunctionRecord<Toy> = { args: [], routes: ['request'], about: 'another', call: () => -1 }
  const modules = TOYS.modules.map((module) =>
    module.file === 'other' ? { ...module, functions: { good: twice } } : module,
  )
  const program = load('loadmodule "other.so" route { good(); }', { ...TOYS, modules })
  assert.equal(
    settle(program.run('request', 0, toy()), () => NOTHING),
    -1,
  )
})
