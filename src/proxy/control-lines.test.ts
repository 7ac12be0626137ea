// SER's FIFO protocol, read line by line.

import { strict as assert } from 'node:assert'
import { test } from 'node:test'
import { answerText, ControlReader, LineCutter } from './control-lines.js'

const WANTED: Readonly<Record<string, readonly string[]>> = {
  version: [],
  ul_rm: ['table', 'aor'],
  t_uac_dlg: ['method', 'uri', 'next hop', 'headers...', 'body...'],
}

/** What the lines of a text lead to, a line each. */
function read(text: string): string[] {
  const reader = new ControlReader((name) => WANTED[name])
  return [...text.split('\n').map((line) => reader.push(line)), reader.end()].flatMap((one) => {
    if (one === undefined) return []
    if ('complaint' in one) return [one.complaint]
    const { name, replyTo, args } = one.request
    return [[name, replyTo, ...args].join('|')]
  })
}

test('commands with and without arguments, one after the other', () => {
  assert.deepEqual(read(':version:r1\n\n:ul_rm:r2\nlocation\nalice\n\n:version:\n\n'), [
    'version|r1',
    'ul_rm|r2|location|alice',
    'version|',
  ])
})

test('trailing blanks are cut off, blank lines between commands are ignored', () => {
  assert.deepEqual(read('\n\n:ul_rm:r  \nlocation \t\n  alice\r\n\n\n:version:r\n\n'), [
    'ul_rm|r|location|  alice',
    'version|r',
  ])
})

test('exactly one line behind a command is dropped, whatever it is', () => {
  assert.deepEqual(read(':version:a\n:version:lost\n:version:b\n\n'), ['version|a', 'version|b'])
})

test('lines that a command did not read are taken for commands', () => {
  const complaint = 'a control command begins with :COMMAND:REPLY'
  assert.deepEqual(read(':version:a\nx\ny\nz\n:version:b\n\n'), ['version|a', complaint, 'version|b'])
})

test('headers end with an empty line or a dot, a body with a dot', () => {
  const head = 'MESSAGE\nsip:a@b\n.\nFrom: x\nTo: y'
  for (const end of ['', '.'])
    assert.deepEqual(read(`:t_uac_dlg:r\n${head}\n${end}\nhello\n\nworld\n.\n\n`), [
      't_uac_dlg|r|MESSAGE|sip:a@b|.|From: x\nTo: y|hello\n\nworld',
    ])
})

test('a command that ends too early has empty arguments, and the next one is not lost', () => {
  assert.deepEqual(read(':ul_rm:r\nlocation\n\n:version:r2\n\n'), ['ul_rm|r|location|', 'version|r2'])
  assert.deepEqual(read(':ul_rm:r\nlocation'), ['ul_rm|r|location'])
})

test('an unknown command reads nothing; a line too long is none', () => {
  assert.deepEqual(read(':nonsense:r\n\n:version:r\n\n'), ['nonsense|r', 'version|r'])
  assert.deepEqual(read(`:version:${'r'.repeat(600)}\n\n:version:r\n\n`).length, 2)
})

test('a body without an end is bounded', () => {
  const body = 'x'.repeat(1000)
  const [request = ''] = read(`:t_uac_dlg:r\nMESSAGE\nsip:a@b\n.\n.\n${`${body}\n`.repeat(1000)}.\n\n`)
  assert.ok(request.length > 65_536 && request.length < 70_000, String(request.length))
})

test('lines are cut out of pieces, and bounded', () => {
  const cutter = new LineCutter(5)
  assert.deepEqual([...cutter.push('ab')], [])
  assert.deepEqual([...cutter.push('c\nd\ntoo long for it\ne')], ['abc', 'd', 'too l'])
  assert.equal(cutter.end(), 'e')
})

test('an answer is its first line and what is behind it', () => {
  assert.equal(answerText({ code: 200, reason: 'ok', lines: ['a', ''] }), '200 ok\na\n\n')
  assert.equal(answerText({ code: 200, reason: 'killing now...', isBare: true }), '200 killing now...')
})
