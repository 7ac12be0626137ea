// How a player executes a scenario and matches messages: the rules of SIPp, one by one.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { answer, requestOf, responseTo, send, Trial } from './sample-trial.js'
import { NO_BEHAVIOURS } from './options.js'
import { DEFAULT_PACE, DEFAULT_RETRANSMISSION } from './default-options.js'

const OK = '<recv response="200"/>'
const log = (text: string): string => `<nop><action><log message="${text}"/></action></nop>`

describe('a client', () => {
  it('sends, waits, and ends when its calls are over', () => {
    const trial = new Trial(send('OPTIONS') + OK)
    assert.deepEqual(trial.pass(1).take(), ['OPTIONS sip:service@10.0.0.2:5060'])
    assert.equal(trial.player.ended, false)
    trial.receive(responseTo(trial.last.bytes, '200 OK'))
    assert.equal(trial.player.ended, true)
    assert.equal(trial.player.exitCode, 0)
    assert.equal(trial.player.deadline, undefined)
  })

  it('takes optional responses on its way, again and in any order', () => {
    const trial = new Trial(
      `${send('INVITE')}<recv response="100" optional="true"/><recv response="180" optional="true"/>${OK}`,
    )
    const invite = trial.pass(1).last.bytes
    for (const status of ['180 Ringing', '100 Trying', '180 Again']) trial.receive(responseTo(invite, status))
    assert.equal(trial.player.calls, 1)
    trial.receive(responseTo(invite, '200 OK'))
    assert.equal(trial.player.exitCode, 0)
    assert.deepEqual(
      trial.player.statistics.commands.map(({ received }) => received),
      [0, 1, 2, 1],
    )
  })

  it('matches a response by its code and by the method of a request sent before', () => {
    const trial = new Trial(send('OPTIONS') + OK)
    const options = trial.pass(1).last.bytes
    trial.receive(responseTo(options.replace('1 OPTIONS', '1 INFO'), '200 OK'))
    assert.deepEqual(trial.failures, ['UnexpectedMessage'])
  })

  it('takes a late optional response that lies directly behind it', () => {
    const trial = new Trial(
      `${send('INVITE')}<recv response="180" optional="true"/>${OK}${send('ACK')}<pause milliseconds="50"/>`,
    )
    const invite = trial.pass(1).last.bytes
    trial.receive(responseTo(invite, '200 OK')).take()
    // An old 200 to the INVITE: the ACK is sent again, nothing else happens.
    trial.receive(responseTo(invite, '200 OK').replace('\r\n\r\n', '\r\nX: again\r\n\r\n'))
    assert.deepEqual(trial.take(), ['ACK sip:service@10.0.0.2:5060'])
    assert.equal(trial.pass(60).player.exitCode, 0)
  })

  it('takes what is optional="global" at any time later, and goes on behind it, as SIPp does', () => {
    const body = `${send('SUBSCRIBE')}${OK}<recv request="NOTIFY" optional="global"/><recv request="INFO"/><recv request="BYE"/>`
    const id = '1-1@10.0.0.1'
    const ending = (...methods: string[]): number => {
      const trial = new Trial(body)
      trial.pass(1).receive(responseTo(trial.last.bytes, '200 OK'))
      for (const [index, method] of methods.entries()) trial.receive(requestOf(method, id, 7 + index))
      return trial.player.exitCode
    }
    assert.equal(ending('INFO', 'BYE'), 0)
    assert.equal(ending('INFO', 'NOTIFY', 'INFO', 'BYE'), 0)
    assert.equal(ending('INFO', 'NOTIFY', 'BYE'), 1)
  })

  it('waits, when an optional response has come, for what stands behind it, with its limit', () => {
    const body = `${send('INVITE')}<recv response="180" optional="true"/><recv response="200" timeout="100"/>`
    const trial = new Trial(body)
    trial.receive(responseTo(trial.pass(1).last.bytes, '180 Ringing')).pass(200)
    assert.deepEqual(trial.failures, ['TimeoutOnRecv'])
  })

  it('raises [cseq] by every request but ACK and CANCEL, and to what it receives', () => {
    const body = `${send('INVITE', '[cseq]')}${send('ACK', '[cseq]')}${send('CANCEL', '[cseq]')}${send('INFO', '[cseq]')}<recv request="INFO"/>${send('BYE', '[cseq]')}<recv request="MESSAGE"/>`
    const trial = new Trial(body, { firstCseq: 5 })
    trial.pass(1).receive(requestOf('INFO', '1-1@10.0.0.1', 40))
    const numbers = trial.sent.map((text) => /^CSeq: (\d+)/m.exec(text)?.[1])
    assert.deepEqual(numbers, ['5', '5', '5', '6', '41'])
  })
})

describe('retransmission', () => {
  const body = send('OPTIONS', 1, 'retrans="500"') + OK

  it('doubles up to T2 for requests, nine times, then gives up', () => {
    const trial = new Trial(body)
    trial.pass(1)
    const times: number[] = []
    for (let seen = trial.sent.length; !trial.player.ended && trial.now < 100_000;) {
      trial.pass(100)
      if (trial.sent.length > seen) times.push(Math.round(trial.now / 100) / 10)
      seen = trial.sent.length
    }
    assert.deepEqual(times, [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5])
    assert.deepEqual(trial.failures, ['MaxUDPRetrans'])
  })

  it('of an INVITE goes on doubling, five times', () => {
    const trial = new Trial(send('INVITE', 1, 'retrans="500"') + OK)
    trial.pass(40_000)
    assert.equal(trial.take().length, 6)
    assert.equal(trial.player.exitCode, 1)
  })

  it('stops at any response to an INVITE, and waits T2 after a provisional one to others', () => {
    const invite = new Trial(
      `${send('INVITE', 1, 'retrans="500"')}<recv response="100" optional="true"/>${OK}`,
    )
    invite.pass(1).receive(responseTo(invite.last.bytes, '100 Trying')).take()
    assert.deepEqual(invite.pass(60_000).take(), [])
    const other = new Trial(
      `${send('OPTIONS', 1, 'retrans="500"')}<recv response="100" optional="true"/>${OK}`,
    )
    other.pass(1).receive(responseTo(other.last.bytes, '100 Trying')).take()
    assert.deepEqual(other.pass(3900).take(), [])
    assert.equal(other.pass(200).take().length, 1)
  })

  it('is switched off by -nr, and does not exist without retrans', () => {
    const off = new Trial(body, { retransmission: { ...DEFAULT_RETRANSMISSION, enabled: false } })
    assert.equal(off.pass(60_000).take().length, 1)
    assert.equal(new Trial(send('OPTIONS') + OK).pass(60_000).take().length, 1)
  })

  it('holds the next send back until the answer is there', () => {
    const trial = new Trial(
      `${send('OPTIONS', 1, 'retrans="500"')}${send('INFO', 2)}<recv response="200" optional="true"/>${OK}`,
    )
    assert.deepEqual(trial.pass(100).take(), ['OPTIONS sip:service@10.0.0.2:5060'])
  })

  it('of the peer is answered with what it had made us send', () => {
    const trial = new Trial(
      `<recv request="INVITE"/>${answer('180 Ringing')}${answer('200 OK')}<recv request="ACK"/>`,
    )
    const invite = requestOf('INVITE', 'x')
    assert.deepEqual(trial.receive(invite).take(), ['180 Ringing', '200 OK'])
    assert.deepEqual(trial.receive(invite).take(), ['200 OK'])
    assert.equal(trial.player.statistics.total.Retransmissions, 1)
  })

  it('of the peer is dropped while nothing has come of the first', () => {
    const trial = new Trial(
      `<recv request="INVITE"/><pause milliseconds="100"/>${answer('200 OK')}<recv request="ACK"/>`,
    )
    const invite = requestOf('INVITE', 'x')
    assert.deepEqual(trial.receive(invite).receive(invite).take(), [])
    assert.deepEqual(trial.pass(100).take(), ['200 OK'])
  })

  it('is seen loosely with -rtcheck loose', () => {
    const options = { retransmission: { ...DEFAULT_RETRANSMISSION, loose: true } }
    const trial = new Trial(`<recv request="INVITE"/>${answer('200 OK')}<recv request="ACK"/>`, options)
    trial.receive(requestOf('INVITE', 'x')).take()
    assert.deepEqual(trial.receive(requestOf('INVITE', 'x', 1, 'X-Changed: yes')).take(), ['200 OK'])
  })
})

describe('unexpected messages', () => {
  const call = `${send('INVITE')}${OK}${send('ACK')}<recv request="INFO"/>`

  it('abort with ACK, ACK and BYE, CANCEL, or BYE, by what was said before', () => {
    const refused = new Trial(call)
    refused.pass(1).receive(responseTo(refused.last.bytes, '486 Busy')).take()
    assert.equal(refused.sent.length, 0)
    const after = (first: string[], last: (trial: Trial) => string): string[] => {
      const trial = new Trial(
        `${send('INVITE')}<recv response="180" optional="true"/><recv response="200" optional="true"/><recv response="603"/>`,
      )
      const invite = trial.pass(1).last.bytes
      for (const status of first) trial.receive(responseTo(invite, status))
      trial.take()
      return trial
        .receive(last(trial))
        .take()
        .map((line) => line.split(' ')[0]!)
    }
    assert.deepEqual(
      after([], (trial) => responseTo(trial.last.bytes, '486 Busy')),
      ['ACK'],
    )
    assert.deepEqual(
      after(['180 Ringing'], () => requestOf('INFO', '1-1@10.0.0.1')),
      ['CANCEL'],
    )
    assert.deepEqual(
      after(['200 OK'], () => requestOf('INFO', '1-1@10.0.0.1')),
      ['ACK', 'BYE'],
    )
  })

  it('say BYE in a call that stands', () => {
    const trial = new Trial(call)
    trial.pass(1).receive(responseTo(trial.last.bytes, '200 OK')).take()
    assert.deepEqual(
      trial
        .receive(requestOf('MESSAGE', '1-1@10.0.0.1'))
        .take()
        .map((line) => line.split(' ')[0]),
      ['BYE'],
    )
    assert.match(trial.said.join(), /while expecting 'INFO' \(index 3\), received 'MESSAGE/)
  })

  it('a BYE or CANCEL is answered, and fails the call; a PING is answered', () => {
    for (const method of ['BYE', 'CANCEL', 'PING']) {
      const trial = new Trial(call)
      trial.pass(1).receive(responseTo(trial.last.bytes, '200 OK')).take()
      assert.deepEqual(trial.receive(requestOf(method, '1-1@10.0.0.1')).take(), ['200 OK'], method)
      assert.equal(trial.player.exitCode, method === 'PING' ? 0 : 1)
    }
  })

  it('are ignored with -nd', () => {
    const trial = new Trial(call, { behaviours: NO_BEHAVIOURS })
    trial.pass(1).receive(responseTo(trial.last.bytes, '200 OK')).take()
    for (const method of ['BYE', 'PING', 'MESSAGE']) trial.receive(requestOf(method, '1-1@10.0.0.1'))
    assert.deepEqual(trial.take(), [])
    assert.equal(trial.receive(requestOf('INFO', '1-1@10.0.0.1')).player.exitCode, 0)
  })

  it('an ACK with another CSeq than the INVITE fails the call', () => {
    const trial = new Trial(`<recv request="INVITE"/>${answer('200 OK')}<recv request="ACK"/>`)
    trial.receive(requestOf('INVITE', 'x', 3)).receive(requestOf('ACK', 'x', 4))
    assert.equal(trial.player.statistics.total.FailedCall, 1)
  })

  it('outside of any call are discarded by a client, and a new call for a server', () => {
    const client = new Trial(call)
    client.pass(1).receive(requestOf('OPTIONS', 'other'))
    assert.equal(client.player.statistics.total.OutOfCallMsgs, 1)
    const server = new Trial(`<recv request="OPTIONS"/>${answer('200 OK')}`)
    server.receive(requestOf('INFO', 'other'))
    assert.deepEqual(server.failures, ['UnexpectedMessage'])
  })

  it('for a call that is over are noted, and not taken for a new one', () => {
    const trial = new Trial(`<recv request="OPTIONS"/>${answer('200 OK')}`)
    trial.receive(requestOf('OPTIONS', 'x')).receive(requestOf('INFO', 'x'))
    assert.equal(trial.player.statistics.total.DeadCallMsgs, 1)
    assert.equal(trial.player.statistics.created, 1)
    trial.pass(40_000).receive(requestOf('OPTIONS', 'x', 9))
    assert.equal(trial.player.statistics.created, 2)
  })
})

describe('time', () => {
  it('a receive has its limit, and goes where ontimeout says', () => {
    const trial = new Trial(
      `${send('OPTIONS')}<recv response="200" timeout="100" ontimeout="late"/>${log('in time')}<label id="late"/>${log('late')}`,
    )
    trial.pass(99)
    assert.equal(trial.player.calls, 1)
    trial.pass(5)
    assert.deepEqual(
      trial.said.filter((text) => text.startsWith('late') || text.startsWith('in')),
      ['late'],
    )
  })

  it('the limit of an optional receive does not reach the mandatory one behind it', () => {
    const trial = new Trial(
      `${send('INVITE')}<recv response="180" optional="true"/><recv response="200" timeout="100"/>`,
    )
    assert.equal(trial.pass(10_000).player.calls, 1)
  })

  it('-timeout ends it: 97 without a success, 255 with -timeout_error', () => {
    const silent = new Trial(send('OPTIONS') + OK, { timeoutMs: 1000 })
    assert.equal(silent.pass(1000).player.ended, true)
    assert.equal(silent.player.exitCode, 97)
    const strict = new Trial(send('OPTIONS') + OK, { timeoutMs: 1000, timeoutIsFailure: true })
    assert.equal(strict.pass(1000).player.exitCode, 255)
    assert.match(strict.player.fatal!, /timed out after '1.000' seconds/)
  })

  it('messages during a pause are unexpected, or ignored with -pause_msg_ign', () => {
    const body = `${send('OPTIONS')}<pause milliseconds="100"/>${OK}`
    const trial = new Trial(body)
    trial.pass(1).receive(requestOf('INFO', '1-1@10.0.0.1'))
    assert.deepEqual(trial.failures, ['UnexpectedMessage'])
    const deaf = new Trial(body, { ignoresInPause: true })
    deaf.pass(1).receive(requestOf('INFO', '1-1@10.0.0.1'))
    assert.equal(deaf.player.calls, 1)
  })

  it('a scenario that loops without waiting lets time pass all the same', () => {
    const trial = new Trial(`<label id="1"/>${send('OPTIONS')}<nop next="1"/>`, { lostPercent: 100 })
    trial.pass(3)
    assert.equal(trial.player.calls, 1)
    assert.ok(trial.player.deadline! > trial.now)
  })
})

describe('a player', () => {
  it('makes calls at its rate, up to so many at once and in all', () => {
    const trial = new Trial(send('OPTIONS') + OK, { pace: { ...DEFAULT_PACE, total: 7, limit: 3 } })
    assert.equal(trial.pass(250).take().length, 2)
    assert.equal(trial.pass(1000).take().length, 1)
    for (const { bytes } of trial.outputs.filter((output) => output.type === 'send'))
      trial.receive(responseTo(bytes, '200 OK'))
    assert.equal(trial.pass(1000).take().length, 3)
  })

  it('keeps so many users going with -users, each with its number', () => {
    const pace = { ...DEFAULT_PACE, total: 4, users: 2 }
    const trial = new Trial(send('OPTIONS', 1, '', 'X-User: [userid] of [users]') + OK, { pace })
    const users = (): string[] => trial.sent.map((text) => /X-User: (.*)\r/.exec(text)![1]!)
    assert.deepEqual(trial.give({ type: 'wake' }) && users(), ['1 of 2', '2 of 2'])
    trial.receive(responseTo(trial.sent[0]!, '200 OK'))
    assert.deepEqual(users().slice(2), ['1 of 2'])
  })

  it('quits after the last call when it is told to, and at once when it is told again', () => {
    const trial = new Trial(send('OPTIONS') + OK, { deadCallMs: 0 })
    trial.pass(1).give({ type: 'command', command: { kind: 'quit' } })
    assert.equal(trial.player.ended, false)
    trial.give({ type: 'command', command: { kind: 'quit' } })
    assert.equal(trial.player.ended, true)
    assert.deepEqual(trial.give({ type: 'wake' }).player.calls, 1)
  })

  it('pauses and changes its rate while it runs', () => {
    const pace = DEFAULT_PACE
    const trial = new Trial(send('OPTIONS') + OK, { pace })
    trial
      .pass(200)
      .give({ type: 'command', command: { kind: 'pause' } })
      .take()
    assert.deepEqual(trial.pass(1000).take(), [])
    trial.give({ type: 'command', command: { kind: 'pause' } })
    trial.give({ type: 'command', command: { kind: 'rate', rate: 100 } })
    assert.equal(trial.pass(100).take().length, 10)
    trial.give({ type: 'command', command: { kind: 'dance' } })
  })
})
