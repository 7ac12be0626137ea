// sms: what is sent to telephones and what comes from them, over a modem that the test plays.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deliveredPdu, ModemSimulator, reportPdu } from '../lab/modem.js'
import { brief, headerValues, request, RouteRun, type Sent } from './route-run.js'
import { addressed, partsOf } from './sms/text.js'

const NETS = `modparam("sms", "networks", "D1[m=2]; D2")
modparam("sms", "links", "One[D1;D2]")
`
const PDU = `${NETS}modparam("sms", "modems", "One[d=/dev/ttyS0;l=10]")\n`
const ASCII = `${NETS}modparam("sms", "modems", "One[d=/dev/ttyS0;m=ASCII;l=10;r=3]")\n`
const SEND = 'route { if (sms_send_msg()) sl_send_reply("202", "sent"); else sl_send_reply("500", "no"); }'

/** Answers what the modem is asked until the line is quiet; returns what was sent meanwhile. */
function converse(run: RouteRun, modem: ModemSimulator): Sent[] {
  const sent: Sent[] = []
  for (let ask = run.asked[0]; ask !== undefined; ask = run.asked[0]) {
    assert.equal(ask.question.kind, 'exchange')
    const bytes = ask.question.kind === 'exchange' ? ask.question.bytes : ''
    sent.push(...run.answer({ kind: 'octets', octets: modem.feed(bytes) }))
  }
  return sent
}

/** Lets time pass, and the modem answer; returns what was sent meanwhile. */
function pass(run: RouteRun, modem: ModemSimulator, until: number): Sent[] {
  const sent: Sent[] = []
  for (let at = run.now; at <= until; at += 1000) sent.push(...run.until(at), ...converse(run, modem))
  return sent
}

const message = (
  uri = 'sip:+491771234@example.com',
  body = 'hello',
  headers: readonly string[] = ['Content-Type: text/plain'],
) => request('MESSAGE', uri, { headers, body, to: '<sip:+491779999@example.com>' })

function sendText(script: string, text = message(), modem = new ModemSimulator()) {
  const run = new RouteRun(script)
  const replies = run.receive(text).map(brief)
  const later = pass(run, modem, run.now)
  return { run, modem, replies, later }
}

const isMessage = ({ bytes }: Sent): boolean => bytes.startsWith('MESSAGE ')

test('a message goes out as a short message in text mode', () => {
  const { modem, replies } = sendText(ASCII + SEND)
  assert.deepEqual(replies, ['10.0.0.1 202'])
  assert.deepEqual(modem.sent, [
    {
      number: '+491771234',
      content: 'From sip:alice@example.com (if you reply DONOT remove it)\n\nhello\n\n[IPTEL.ORG]',
    },
  ])
})

test('in the other modes it is a PDU, with or without the address of the centre', () => {
  const pdu = (mode: string) =>
    sendText(NETS + `modparam("sms", "modems", "One[d=/dev/ttyS0;m=${mode}]")\n` + SEND).modem.sent[0]!
      .content
  assert.match(pdu('NEW'), /^001100099194711732F400/)
  assert.equal(pdu('OLD'), pdu('NEW').slice(2))
  assert.equal(pdu('DIGICOM'), pdu('NEW'))
})

test('the line is made ready once: echo, card, mode, centre', () => {
  const modem = new ModemSimulator()
  modem.pin = '1234'
  const run = new RouteRun(
    `${NETS}modparam("sms", "modems", "One[d=/dev/ttyS0;p=1234;c=+491710760000;l=5]")\nroute { break; }`,
  )
  pass(run, modem, 12_000)
  assert.deepEqual(modem.commands, [
    ...['ATE0', 'AT+CPIN?', 'AT+CPIN="1234"', 'AT+CMGF=0', 'AT+CSCA="+491710760000"'],
    ...['AT+CMGL=4', 'AT+CMGL=4', 'AT+CMGL=4'],
  ])
})

test('without its PIN, or with a wrong one, nothing is sent, and the log says so', () => {
  const said = (pin: string) => {
    const modem = new ModemSimulator()
    modem.pin = '1234'
    const modems = `modparam("sms", "modems", "One[d=/dev/ttyS0${pin}]")\n`
    return sendText(NETS + modems + SEND, message(), modem).run.logs[0]
  }
  assert.equal(said(''), 'ERROR: sms: modem One: the card wants a PIN, and the modem has none (p=)')
  assert.equal(said(';p=9999'), 'ERROR: sms: modem One: the PIN was refused')
})

test('the number is in the Request-URI, in the original one, or in To', () => {
  const number = (script: string, uri: string) => sendText(ASCII + script, message(uri)).modem.sent[0]?.number
  assert.equal(number(SEND, 'sip:+49301@example.com'), '+49301')
  assert.equal(number('route { rewriteuser("+49302"); sms_send_msg(); }', 'sip:+49301@example.com'), '+49302')
  assert.equal(number('route { rewriteuser("bob"); sms_send_msg(); }', 'sip:+49301@example.com'), '+49301')
  assert.equal(number(SEND, 'sip:bob@example.com'), '+491779999')
  assert.equal(number(SEND, 'sip:+0301@example.com'), '+491779999')
})

test('what is no text for a telephone is not taken', () => {
  const plain = ['Content-Type: text/plain']
  for (const text of [
    message('sip:bob@example.com').replace('<sip:+491779999@example.com>', '<sip:bob@example.com>'),
    message(undefined, '', plain),
    message(undefined, 'x', []),
    message(undefined, 'x', ['Content-Type: text/html']),
    message().replace(/Content-Length.*\r\n/, ''),
    message().replace('<sip:alice@example.com>', '<sip:al\r\n ice@example.com>'),
    message('sip:+49;AT+CMGD=1@example.com').replace('+491779999', '+49"\r'),
  ]) {
    const { run, modem } = sendText(`${ASCII}route { if (!sms_send_msg()) log(1, "no"); }`, text)
    assert.deepEqual([run.logs, modem.sent], [['no'], []], text)
  }
})

test('of a message in CPIM the content is sent', () => {
  const cpim = 'From: <im:a@b>\r\nTo: <im:c@d>\r\n\r\nContent-Type: text/plain\r\n\r\nhello'
  const { modem } = sendText(ASCII + SEND, message(undefined, cpim, ['Content-Type: message/cpim']))
  assert.match(modem.sent[0]!.content, /\n\nhello\n\n\[IPTEL.ORG\]$/)
})

test('what would end the text or command the modem is left out', () => {
  const evil = 'a\x1aAT+CMGD=1\r\x1bAT+CPIN?\r\n\x00b\x7f'
  const { modem } = sendText(ASCII + SEND, message(undefined, evil))
  assert.match(modem.sent[0]!.content, /\n\naAT\+CMGD=1AT\+CPIN\?\nb\n\n/)
  assert.deepEqual(modem.commands, ['ATE0', 'AT+CPIN?', 'AT+CMGF=1', 'AT+CMGS="+491771234"', 'AT+CMGL="ALL"'])
  assert.match(sendText(PDU + SEND, message(undefined, evil)).modem.sent[0]!.content, /^[0-9A-F]+$/)
})

test('letters that a modem in text mode cannot take are question marks', () => {
  const { modem } = sendText(ASCII + SEND, message(undefined, 'Gr\xc3\xbc\xc3\x9fe'))
  assert.match(modem.sent[0]!.content, /\n\nGr\?\?e\n\n/)
})

test('what the modem refuses is tried again, and then the sender is told', () => {
  const modem = new ModemSimulator()
  modem.refusals = 2
  assert.equal(sendText(ASCII + SEND, message(), modem).modem.sent.length, 1)
  modem.refusals = 3
  const domain = 'modparam("sms", "domain", "sms.example.com")\n'
  const { later } = sendText(
    ASCII + domain + SEND,
    message('sip:+49301@example.com').replaceAll('alice@example.com', 'alice@10.0.0.1'),
    modem,
  )
  const told = later.find(isMessage)!
  assert.equal(told.to, '10.0.0.1:5060')
  assert.deepEqual(headerValues(told, 'From')[0]?.split(';')[0], '<sip:+49301@sms.example.com>')
  assert.match(told.bytes, /\r\n\r\nYour SMS could not be sent\.$/)
})

test('a network takes so many messages in a turn, a queue has an end', () => {
  const run = new RouteRun(ASCII + SEND)
  const modem = new ModemSimulator()
  const replies: string[] = []
  for (let n = 1; n <= 102; n++)
    replies.push(...run.receive(message(undefined, `n${n}`).replace('1 MESSAGE', `${n} MESSAGE`)).map(brief))
  assert.deepEqual(
    [replies.filter((one) => one.endsWith('202')).length, replies.at(-1)],
    [100, '10.0.0.1 500'],
  )
  pass(run, modem, 0)
  assert.equal(modem.sent.length, 2)
  pass(run, modem, 10_000)
  assert.equal(modem.sent.length, 4)
})

test('networks are named by functions and parameters', () => {
  const value = (script: string) => sendText(ASCII + script).run.logs
  const to = (net: string) => `route { if (sms_send_msg_to_net("${net}")) log(1, "yes"); else log(1, "no"); }`
  assert.deepEqual(value(to('D2')), ['yes'])
  assert.deepEqual(value(to('E')), ['ERROR: sms: there is no network E', 'no'])
  assert.deepEqual(value(`modparam("sms", "default_net", "D2")\n${to('D1')}`), ['yes'])
  assert.deepEqual(new RouteRun(SEND).receive(message()).map(brief), ['10.0.0.1 500'])
})

// ---- from telephones ----

function arrived(script: string, keep: (modem: ModemSimulator) => void) {
  const modem = new ModemSimulator()
  keep(modem)
  const run = new RouteRun(`${script}route { break; }`)
  return { run, modem, sent: pass(run, modem, 0) }
}

test('a short message that says whom it is for goes there, and is taken out of the modem', () => {
  for (const [script, keep] of [
    [PDU, (modem: ModemSimulator) => modem.keep(deliveredPdu('+491771234', 'sip:bob@10.0.0.2 Grüße'))],
    [ASCII, (modem: ModemSimulator) => modem.keep('"+491771234",,"26/01/01"\r\nsip:bob@10.0.0.2 hello')],
  ] as const) {
    const { modem, sent } = arrived(script, keep)
    const [one] = sent.filter(isMessage)
    assert.equal(one?.to, '10.0.0.2:5060')
    assert.match(
      one.bytes,
      /^MESSAGE sip:bob@10.0.0.2 SIP\/2.0\r\n[^]*\r\nFrom: <sip:\+491771234@10.0.0.9>;tag=/,
    )
    assert.match(one.bytes, /\r\n\r\n(?:Gr\xc3\xbc\xc3\x9fe|hello)$/)
    assert.equal(modem.inbox.size, 0)
  }
})

test('an answer names who is answered', () => {
  assert.deepEqual(addressed('From sip:alice@example.com (if you reply DONOT remove it)\r\n\r\nyes'), {
    uri: 'sip:alice@example.com',
    body: 'yes',
  })
  assert.deepEqual(addressed('tell SIP:bob@example.com:5070, please'), {
    uri: 'SIP:bob@example.com:5070',
    body: ', please',
  })
  for (const nobody of ['hello', 'sip:example.com x', 'sip:@x', 'gossip:a@b'])
    assert.equal(addressed(nobody), undefined, nobody)
})

test('what names nobody, comes from nowhere or cannot be read is left out, and the log says so', () => {
  const texts = [
    deliveredPdu('+491771234', 'hello\x1b[2J'),
    '0004zz',
    deliveredPdu('+491771234', 'x').slice(0, -4),
  ]
  const { run, sent, modem } = arrived(PDU, (one) => texts.forEach((text) => one.keep(text)))
  assert.deepEqual(sent.filter(isMessage), [])
  assert.match(run.logs.join('\n'), /a message of \+491771234 does not say whom it is for/)
  assert.match(run.logs.join('\n'), /a message cannot be read/)
  assert.ok(modem.inbox.size <= 1)
})

test('a modem that goes silent is begun anew', () => {
  const run = new RouteRun(PDU + SEND)
  run.until(0)
  run.answer({ kind: 'failure', reason: 'no answer\r\n' })
  assert.deepEqual(run.logs, ['ERROR: sms: modem One: no answer\\r\\n'])
  const modem = new ModemSimulator()
  pass(run, modem, 10_000)
  assert.equal(modem.commands[0], 'ATE0')
})

test('reports tell the sender what became of his message', () => {
  const told = (type: number, status: number) => {
    const script = `${PDU}modparam("sms", "sms_report_type", ${type})\n${SEND}`
    const { run, modem } = sendText(script, message().replaceAll('alice@example.com', 'alice@10.0.0.1'))
    assert.ok(modem.commands.includes(`AT+CNMI=1,1,0,${type},0`))
    modem.keep(reportPdu('+491771234', 1, status))
    const [one] = pass(run, modem, 20_000).filter(isMessage)
    return one?.bytes.split('\r\n\r\n')[1]
  }
  assert.equal(told(2, 0), 'Your SMS was delivered.')
  assert.equal(told(1, 0x46), 'Your SMS could not be delivered.')
  assert.equal(told(2, 0x30), undefined)
})

test('a report that is sent on comes at any time', () => {
  const { run, modem } = sendText(
    `${PDU}modparam("sms", "sms_report_type", 1)\n${SEND}`,
    message().replaceAll('alice@example.com', 'alice@10.0.0.1'),
  )
  run.until(10_000)
  const said = `\r\n+CDS: 25\r\n${reportPdu('+491771234', 1, 0)}\r\n`
  const sent = run.answer({ kind: 'octets', octets: said + modem.feed('AT+CMGL=4\r') })
  assert.match(sent.find(isMessage)!.bytes, /Your SMS was delivered\.$/)
})

// ---- texts and parameters ----

test('a long text is sent in numbered parts, and cut when there would be too many', () => {
  assert.deepEqual(
    partsOf('x'.repeat(160), 4).map(({ length }) => length),
    [160],
  )
  const parts = partsOf('x'.repeat(500), 4)
  assert.deepEqual(
    parts.map((part) => part.slice(0, 7)),
    ['(1/4) x', '(2/4) x', '(3/4) x', '(4/4) x'],
  )
  assert.ok(parts.every(({ length }) => length <= 160))
  const cut = partsOf('x'.repeat(5000), 2)
  assert.deepEqual([cut.length, cut[1]!.slice(-3), cut[1]!.length], [2, '...', 160])
  assert.deepEqual(
    partsOf('Ж'.repeat(71), 4).map(({ length }) => length),
    [70, 13],
  )
  assert.equal(partsOf('x'.repeat(200), 1)[0]!.length, 160)
})

test('parameters that make no sense are mistakes of the script', () => {
  const begin = (params: string) => () => new RouteRun(`${params}\nroute { break; }`)
  const modems = (text: string) => begin(`${NETS}modparam("sms", "modems", "${text}")`)
  assert.throws(begin(NETS), /must all be set/)
  for (const bad of [
    'One',
    'One[',
    'One[d=/dev/ttyS0;x=1]',
    'One[d=ttyS0]',
    'One[d=/dev/x y]',
    'One[d=/dev/a;b=1]',
    'One[d=/dev/a;p=x]',
  ])
    assert.throws(modems(bad), /sms/, bad)
  assert.throws(modems('One[d=/dev/a;m=SOME]'), /m is one of NEW, OLD, DIGICOM, ASCII/)
  assert.throws(modems('Two[d=/dev/a]'), /there is no modem One/)
  assert.throws(begin(PDU.replace('One[D1;D2]', 'One[D3]')), /there is no network D3/)
  assert.throws(begin(`${PDU}modparam("sms", "default_net", "D3")`), /there is no network D3/)
  assert.throws(begin(`${PDU}modparam("sms", "sms_report_type", 3)`), /0, 1 or 2/)
})

test('max_sms_parts is where a long message is cut off', () => {
  const long = message(undefined, 'x'.repeat(2000))
  const parts = (params: string): number => {
    const { run, modem } = sendText(params + ASCII + SEND, long)
    pass(run, modem, run.now + 120_000)
    return modem.sent.length
  }
  assert.equal(parts(''), 4)
  assert.equal(parts('modparam("sms", "max_sms_parts", 2)\n'), 2)
})

test('with use_contact senders are told of failures at their Contact', () => {
  const text = message('sip:+491771234@example.com', 'hello', [
    'Content-Type: text/plain',
    'Contact: <sip:alice@10.0.0.77>',
  ]).replace('<sip:alice@example.com>', '<sip:alice@10.0.0.66>')
  const toldAt = (params: string): string | undefined => {
    const modem = new ModemSimulator()
    modem.refusals = 100
    const { run, later } = sendText(params + ASCII + SEND, text, modem)
    return [...later, ...pass(run, modem, run.now + 120_000)].find(isMessage)?.bytes.split(' ')[1]
  }
  assert.equal(toldAt('modparam("sms", "use_contact", 1)\n'), 'sip:alice@10.0.0.77')
  assert.equal(toldAt(''), 'sip:alice@10.0.0.66')
})
