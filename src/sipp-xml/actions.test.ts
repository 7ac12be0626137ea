// The actions, and the variables they work on.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InjectionFile } from './injection.js'
import { answer, requestOf, responseTo, send, Trial } from './sample-trial.js'

/** Carries actions out in a nop, and returns what a log of `shown` says behind them. */
function after(actions: string, shown: string, options = {}): string {
  const trial = new Trial(
    `<nop><action>${actions}<log message="&lt;${shown}&gt;"/></action></nop>${send('OPTIONS')}`,
    options,
  )
  return trial.pass(1).said.find((text) => text.startsWith('<')) ?? trial.said.join('; ')
}

/** The same on a response with this header and body. */
function onResponse(actions: string, shown: string, header = '', body = ''): Trial & { shown: string } {
  const trial = new Trial(
    `${send('OPTIONS')}<recv response="200"><action>${actions}</action></recv><nop><action><log message="&lt;${shown}&gt;"/></action></nop>`,
  )
  const reply = responseTo(trial.pass(1).last.bytes, '200 OK', header)
  trial.receive(reply + body)
  return Object.assign(trial, { shown: trial.said.find((text) => text.startsWith('<')) ?? '' })
}

test('numbers have six decimals, and a 0 is as good as nothing', () => {
  assert.equal(
    after('<assign assign_to="a" value="1.5"/><add assign_to="a" value="1"/>', '[$a]'),
    '<2.500000>',
  )
  assert.equal(after('<assign assign_to="a" value="3"/><subtract assign_to="a" variable="a"/>', '[$a]'), '<>')
})

test('a division by zero changes nothing, and is said', () => {
  const actions =
    '<assign assign_to="a" value="1"/><assign assign_to="b" value="0"/><divide assign_to="a" variable="b"/>'
  const trial = new Trial(
    `<nop><action>${actions}<log message="&lt;[$a]&gt;"/></action></nop>${send('OPTIONS')}`,
  ).pass(1)
  assert.match(trial.said.join(), /divide by zero.*<1.000000>/)
})

test('a text becomes a number only when all of it is one', () => {
  assert.equal(
    after('<assignstr assign_to="s" value=" 42"/><todouble assign_to="n" variable="s"/>', '[$n]'),
    '<42.000000>',
  )
  assert.equal(
    after('<assignstr assign_to="s" value="42x"/><todouble assign_to="n" variable="s"/>', '[$n]'),
    '<>',
  )
})

test('comparisons give truths, strcmp gives a number', () => {
  const actions =
    '<assign assign_to="n" value="5"/><test assign_to="t" variable="n" compare="greater_than" value="4"/><test assign_to="f" variable="n" compare="less_than" value="4"/>'
  assert.equal(after(actions, '[$t] [$f]'), '<true false>')
  const strings =
    '<assignstr assign_to="s" value="b"/><strcmp assign_to="e" variable="s" value="b"/><strcmp assign_to="l" variable="s" value="c"/><strcmp assign_to="g" variable="s" value="a"/>'
  assert.equal(after(strings, '[$e] [$l] [$g]'), '< -1.000000 1.000000>')
})

test('a failed check is counted at the end, and the call plays on', () => {
  for (const [check, failure] of [
    ['<test variable="n" compare="equal" value="1" check_it="true"/>', 'TestDoesntMatch'],
    ['<test variable="n" compare="equal" value="0" check_it_inverse="true"/>', 'TestShouldntMatch'],
    ['<strcmp variable="n" value="x" check_it="true"/>', 'StrcmpDoesntMatch'],
    ['<strcmp variable="n" value="" check_it_inverse="true"/>', 'StrcmpShouldntMatch'],
    ['<ereg regexp="nothing" search_in="msg" check_it="true" assign_to="n"/>', 'RegexpDoesntMatch'],
    ['<ereg regexp="SIP" search_in="msg" check_it_inverse="true" assign_to="n"/>', 'RegexpShouldntMatch'],
    ['<ereg regexp="x" search_in="hdr" header="X-No:" check_it="true" assign_to="n"/>', 'RegexpHdrNotFound'],
  ] as const) {
    const trial = onResponse(check, '[$n]')
    assert.deepEqual(trial.failures, [failure])
    assert.notEqual(trial.shown, '')
    assert.equal(trial.player.exitCode, 1)
  }
})

test('a header is looked for as plain text, anywhere, unless at the start of a line', () => {
  const header = 'Refer-To: <sip:refer@x>\r\nX-Both: To: inside'
  const find = (more: string): string =>
    onResponse(`<ereg regexp=".*" search_in="hdr" header="To:" ${more} assign_to="a"/>`, '[$a]', header).shown
  assert.equal(find(''), '< <sip:service@10.0.0.2>;tag=b>')
  assert.equal(find('occurrence="2"'), '< <sip:refer@x>>')
  assert.equal(find('occurence="3"'), '< inside>')
  assert.equal(find('start_line="true" occurrence="2"'), '<>')
  assert.equal(find('case_indep="true"'), '< <sip:service@10.0.0.2>;tag=b>')
})

test('groups go into the variables behind the first; the body is what follows the blank line', () => {
  const found = onResponse(
    '<ereg regexp="(k)(e|x)(y)?=(.*)" search_in="body" assign_to="all,1,2,3,4"/>',
    '[$all]|[$1][$2][$3]|[$4]',
    'X: 1',
    'a=b\r\nkey=value',
  )
  assert.equal(found.shown, '<key=value|key|value>')
})

test('the last character set is POSIX, and \\d is a d', () => {
  assert.equal(
    onResponse(
      '<ereg regexp="[[:digit:]]+" search_in="hdr" header="X-N:" assign_to="a"/>',
      '[$a]',
      'X-N: ab12',
    ).shown,
    '<12>',
  )
})

test('lookup, insert and replace change memory only', () => {
  const file = (): InjectionFile => {
    const read = InjectionFile.read('u.csv', 'SEQUENTIAL\nann;1\nbob;2\n') as InjectionFile
    read.index(0)
    return read
  }
  const lookup = (key: string): string => `<lookup assign_to="l" file="u.csv" key="${key}"/>`
  assert.equal(after(lookup('bob'), '[$l]', { injection: [file()] }), '<1.000000>')
  assert.equal(after(lookup('eve'), '[$l]', { injection: [file()] }), '<-1.000000>')
  assert.equal(
    after(`<insert file="u.csv" value="eve;3"/>${lookup('eve')}`, '[$l] [field1 line=[$l]]', {
      injection: [file()],
    }).slice(0, 9),
    '<2.000000',
  )
  assert.equal(
    after(`<replace file="u.csv" line="1" value="eve;9"/>${lookup('bob')}`, '[$l]', { injection: [file()] }),
    '<-1.000000>',
  )
  assert.match(
    after('<insert file="none.csv" value="x"/>', 'x', { injection: [file()] }),
    /Invalid injection file for insert: none.csv/,
  )
})

test('time of day comes from the clock that was handed in', () => {
  assert.equal(
    after('<gettimeofday assign_to="s,us"/>', '[$s] [$us]', { epochMs: 1_700_000_000_250 }),
    '<1700000000.000000 251000.000000>',
  )
})

test('jump goes to an index, and not to itself', () => {
  const trial = new Trial(
    `<nop><action><assign assign_to="to" value="2"/><jump variable="to"/></action></nop><nop><action><log message="passed over"/></action></nop>${send('OPTIONS')}`,
  )
  assert.deepEqual(trial.pass(1).take(), ['OPTIONS sip:service@10.0.0.2:5060'])
  assert.deepEqual(trial.said, [])
  const self = new Trial(
    '<nop><action><assign assign_to="to" value="0"/><add assign_to="to" value="0"/><jump variable="to"/></action></nop><recv request="BYE"/>',
  )
  self.receive(requestOf('BYE', 'x'))
  assert.match(self.player.fatal!, /jumps to itself/)
})

test('setdest changes where the call sends to; not the transport', () => {
  const actions = (host: string, protocol: string): string =>
    `<nop><action><setdest host="${host}" port="5070" protocol="${protocol}"/></action></nop>${send('OPTIONS')}`
  assert.deepEqual(new Trial(actions('10.0.0.9', 'UDP')).pass(1).last.remote, {
    address: '10.0.0.9',
    port: 5070,
  })
  assert.match(new Trial(actions('10.0.0.9', 'tcp')).pass(1).player.fatal!, /switch protocols/)
  assert.match(new Trial(actions('example.com', 'udp')).pass(1).player.fatal!, /Unknown host/)
})

test('a shell command is asked of the host only when that is allowed', () => {
  const body = `<nop><action><exec command="echo [service]"/></action></nop>${send('OPTIONS')}`
  assert.match(new Trial(body).pass(1).player.fatal!, /refused/)
  const asked = new Trial(body, { allowsShell: true, service: '$(reboot)' })
    .pass(1)
    .outputs.find((output) => output.type === 'ask')?.question
  assert.ok(asked?.kind === 'exec')
  // What a keyword becomes is no part of what the shell reads.
  assert.deepEqual(
    [asked.command, asked.argument, asked.environment],
    ['echo ${SIPP_1}', undefined, { SIPP_1: '$(reboot)' }],
  )
})

test('int_cmd: stop_call at a message rejects the call, in a nop the call counts neither way', () => {
  const message = new Trial(
    `<recv request="INFO"><action><exec int_cmd="stop_call"/></action></recv>${answer('200 OK')}`,
  )
  message.receive(requestOf('INFO', 'x'))
  assert.deepEqual(message.failures, ['CallRejected'])
  const nop = new Trial(
    `<nop><action><exec int_cmd="stop_call"/></action></nop>${send('OPTIONS')}<recv response="200"/>`,
  )
  nop.pass(1).receive(responseTo(nop.last.bytes, '200 OK'))
  assert.equal(nop.player.statistics.total.SuccessfulCall + nop.player.statistics.total.FailedCall, 0)
})

test('user variables are kept for each user, global ones for all calls', () => {
  const actions =
    '<add assign_to="all" value="1"/><add assign_to="mine" value="1"/><log message="&lt;[$all] [$mine]&gt;"/>'
  const pace = {
    rate: 10,
    periodMs: 1000,
    total: 4,
    limit: undefined,
    users: 2,
    increase: 0,
    increaseMs: 1,
    rateMax: undefined,
    quitsAtMax: true,
  }
  const trial = new Trial(
    `<Global variables="all"/><User variables="mine"/><nop><action>${actions}</action></nop><pause milliseconds="10"/>${send('OPTIONS')}`,
    { pace },
  )
  trial.give({ type: 'wake' }).pass(100)
  const logs = trial.said.filter((text) => text.startsWith('<'))
  assert.deepEqual(logs, [
    '<1.000000 1.000000>',
    '<2.000000 1.000000>',
    '<3.000000 2.000000>',
    '<4.000000 2.000000>',
  ])
})

test('verifyauth says whether the credentials of a request prove a password', () => {
  const verdict = (password: string): string => {
    const server = new Trial(
      `<recv request="REGISTER"><action><verifyauth assign_to="ok" username="ann" password="${password}"/><log message="&lt;[$ok]&gt;"/></action></recv>${answer('200 OK')}`,
    )
    const client = new Trial(
      `${send('REGISTER')}<recv response="401" auth="true"/>${send('REGISTER', 2, '', '[authentication username=ann password=secret]')}<recv response="200"/>`,
    )
    client
      .pass(1)
      .receive(
        responseTo(
          client.last.bytes,
          '401 No',
          'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256',
        ),
      )
    server.receive(client.last.bytes)
    return server.said.find((text) => text.startsWith('<'))!
  }
  assert.equal(verdict('secret'), '<true>')
  assert.equal(verdict('wrong'), '<false>')
})
