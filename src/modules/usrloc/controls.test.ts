// Control commands of usrloc and sl: SER's texts.

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { request, RouteRun } from '../route-run.js'

function run(params = ''): RouteRun {
  return new RouteRun(
    `loadmodule "sl.so"\nloadmodule "usrloc.so"\nloadmodule "registrar.so"\n${params}
     route { if (method == "REGISTER") { save("location"); break; };
       if (method == "INFO") { lookup("aliases"); break; };
       if (uri =~ "bob") { sl_send_reply("404", "Not Found"); break; }; sl_send_reply("299", "Odd"); }`,
  )
}
const DOMAIN = 'modparam("usrloc", "use_domain", 1)\nmodparam("registrar", "use_domain", 1)'
const ROWS = 'modparam("usrloc", "db_mode", 1)\nmodparam("usrloc", "db_url", "sqlite://x.db")'

function registered(one: RouteRun, contact = '<sip:alice@10.0.0.1>;q=0.5', expires = 3600): RouteRun {
  one.receive(
    request('REGISTER', 'sip:example.com', {
      to: '<sip:Alice@example.com>',
      headers: [`Contact: ${contact}`, `Expires: ${expires}`],
    }),
  )
  return one
}

test('a contact is shown with its q and the seconds that are left', () => {
  const one = registered(run())
  one.until(29_900)
  const shown = '200 OK\n<sip:alice@10.0.0.1>;q=0.50;expires=3571\n'
  assert.equal(one.control('ul_show_contact', 'location', 'alice'), shown)
  assert.equal(one.control('ul_show_contact', 'location', 'ALICE@anywhere'), shown)
})

test('who has no contact, and what is no table, is said', () => {
  const one = registered(run(), undefined, 10)
  assert.equal(
    one.control('ul_show_contact', 'location', 'bob'),
    '404 Username bob in table location not found\n',
  )
  assert.equal(
    one.control('ul_show_contact', 'location', 'Bob@Example.com'),
    '404 Username bob@Example.com in table location not found\n',
  )
  assert.equal(one.control('ul_show_contact', 'nowhere', 'bob'), '400 table (nowhere) not found\n')
  assert.equal(one.control('ul_show_contact'), '400 ul_show_contact: table name expected\n')
  assert.equal(one.control('ul_show_contact', 'location'), '400 ul_show_contact: user name expected\n')
  one.now = 65_000
  assert.equal(one.control('ul_show_contact', 'location', 'alice'), '404 No registered contacts found\n')
})

test('contacts are added, updated and taken away by hand', () => {
  const one = run()
  const args = ['aliases', 'Bob@example.com', 'sip:bob@10.0.0.2', '100', '0.75', '0']
  assert.equal(
    one.control('ul_add', ...args),
    "200 Added to table\n('bob','sip:bob@10.0.0.2') to 'aliases'\n",
  )
  one.control('ul_add', ...args.with(3, '200'))
  assert.equal(
    one.control('ul_show_contact', 'aliases', 'bob'),
    '200 OK\n<sip:bob@10.0.0.2>;q=0.75;expires=200\n',
  )
  const gone = '200 Contact (bob, sip:bob@10.0.0.2) deleted from table aliases\n'
  assert.equal(
    one.control('ul_rm_contact', 'aliases', 'bob', 'sip:x@y'),
    '404 Contact sip:x@y in table aliases not found\n',
  )
  assert.equal(one.control('ul_rm_contact', 'aliases', 'bob', 'sip:bob@10.0.0.2'), gone)
  assert.equal(
    one.control('ul_rm_contact', 'aliases', 'bob', 'sip:bob@10.0.0.2'),
    '404 Username bob in table aliases not found\n',
  )
  registered(one)
  assert.equal(one.control('ul_rm', 'location', 'alice'), '200 user (location, alice) deleted\n')
  assert.equal(one.control('ul_rm', 'location', 'alice'), '200 user (location, alice) deleted\n')
})

test('what is wrong with an addition is said as SER says it', () => {
  const args = ['location', 'bob', 'sip:bob@10.0.0.2', '100', '1.00', '0']
  const wrong: readonly (readonly [number, string, string])[] = [
    [1, '', '400 ul_add: aor name expected\n'],
    [2, '', '400 ul_add: contact expected\n'],
    [2, `sip:${'b'.repeat(200)}`, '400 ul_add: contact expected\n'],
    [3, '', '400 ul_add: expires expected\n'],
    [3, '-1', '400 Invalid expires format\n'],
    [3, '0', "500 Error while adding contact\n ('bob','sip:bob@10.0.0.2') in table 'location'\n"],
    [4, 'often', '400 Invalid q format\n'],
    [5, 'yes', '400 Invalid replicate format\n'],
    [
      0,
      'nowhere',
      '400 Table \'nowhere\' not found in memory, use save("nowhere") or lookup("nowhere") in the configuration script first\n',
    ],
  ]
  for (const [at, value, answer] of wrong)
    assert.equal(run().control('ul_add', ...args.with(at, value)), answer)
})

test('with use_domain addresses of record have their domain', () => {
  const one = registered(run(DOMAIN))
  assert.equal(
    one.control('ul_show_contact', 'location', 'alice'),
    '400 ul_show_contact: user@domain expected\n',
  )
  assert.equal(one.control('ul_rm', 'location', 'alice'), '400 ul_rm: username@domain expected\n')
  assert.match(one.control('ul_show_contact', 'location', 'alice@example.com'), /^200 OK\n<sip:alice/)
})

test('tables are counted and dumped', () => {
  const one = registered(registered(run()), '<sip:alice@10.0.0.7>', 5)
  assert.equal(one.control('ul_stats'), "200 ok\nDomain Registered Expired\n'location' 1 0\n'aliases' 0 0\n")
  one.until(70_000)
  assert.equal(one.control('ul_stats'), "200 ok\nDomain Registered Expired\n'location' 1 1\n'aliases' 0 0\n")
  assert.equal(
    one.control('ul_dump'),
    `200 ok
===Domain list===
---Domain---
name : 'location'
size : 1
table: (nil)
d_ll {
    n    : 1
    first: (nil)
    last : (nil)
}

...Record((nil))...
domain: 'location'
aor   : 'alice'
~~~Contact((nil))~~~
domain    : 'location'
aor       : 'alice'
Contact   : 'sip:alice@10.0.0.1'
Expires   : 3530
q         :       0.50
Call-ID   : 'call-1'
CSeq      : 1
replic    : 0
User-Agent: ''
State     : CS_SYNC
Flags     : 0
next      : (nil)
prev      : (nil)
~~~/Contact~~~~
.../Record...

---/Domain---
---Domain---
name : 'aliases'
size : 0
table: (nil)
d_ll {
    n    : 0
    first: (nil)
    last : (nil)
}
---/Domain---
===/Domain list===
`,
  )
  assert.equal(one.control('ul_flush'), '200 ul_flush completed')
})

test('what is to last is answered when it is on the disk', () => {
  const one = run(ROWS)
  one.give({ type: 'wake' })
  const rows = { kind: 'rows', rows: [], affected: 1 } as const
  for (let left = one.asked.length; left > 0; left--) one.answer(rows)
  const args = ['location', 'bob', 'sip:bob@10.0.0.2', '100', '1.00', '0']
  assert.equal(one.control('ul_add', ...args), '')
  one.answer(rows)
  assert.match(one.answers.pop() ?? '', /^200 Added/)
  assert.equal(one.control('ul_rm', 'location', 'bob'), '')
  one.answer({ kind: 'failure', reason: 'gone' })
  assert.equal(one.answers.pop(), '500 Error while deleting user bob\n')
  assert.match(one.control('ul_show_contact', 'location', 'bob'), /^200 OK/)
})

test('stateless replies are counted by status and class', () => {
  const one = run()
  one.receive(request('INVITE', 'sip:bob@example.com'))
  one.receive(request('INVITE', 'sip:alice@example.com', { branch: 'z9hG4bK2' }))
  assert.equal(
    one.control('sl_stats'),
    [
      '200 ok',
      '200: 0 202: 0 2xx: 1      ',
      '300: 0 301: 0 302: 0 3xx: 0      ',
      '400: 0 401: 0 403: 0 404: 1 407: 0 408: 0 483: 0 4xx: 0      ',
      '500: 0 5xx: 0      ',
      '6xx: 0      ',
      'xxx: 0      ',
      'failures: 0      ',
      '',
    ].join('\n'),
  )
})
