// The command line's message-file, as a user meets it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wireMessage } from './message-file.js'

test('line feeds become CRLF and the empty line behind the headers is put in', () => {
  assert.equal(wireMessage('OPTIONS sip:a SIP/2.0\nVia: x\n'), 'OPTIONS sip:a SIP/2.0\r\nVia: x\r\n\r\n')
  assert.equal(wireMessage('OPTIONS sip:a SIP/2.0\nVia: x'), 'OPTIONS sip:a SIP/2.0\r\nVia: x\r\n\r\n')
  assert.equal(wireMessage('OPTIONS sip:a SIP/2.0\r\nVia: x\r\n'), 'OPTIONS sip:a SIP/2.0\r\nVia: x\r\n\r\n')
})

test('Content-Length follows a body whose line ends were changed', () => {
  assert.equal(wireMessage('A\nContent-Length: 4\n\na\nb\n'), 'A\r\nContent-Length: 6\r\n\r\na\r\nb\r\n')
  assert.equal(wireMessage('A\nl : 4\n\na\nb\n'), 'A\r\nl : 6\r\n\r\na\r\nb\r\n')
})

test('a message that is written as on the wire stays as it is, even if wrong', () => {
  const message = 'A\r\nContent-Length: 40\r\n\r\na\nb'
  assert.equal(wireMessage(message), message)
})
