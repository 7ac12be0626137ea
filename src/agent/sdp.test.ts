// Phones: sdp.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { directionOf, writeAnswer, writeOffer, type Direction } from './sdp.js'

const media = (direction: Direction = 'sendrecv') => ({
  ...{ address: '10.0.0.1', port: 10_000, session: 1, version: 1, direction },
})

test('an answer takes the first audio stream with its formats and refuses every other stream', () => {
  const offer = 'v=0\r\nm=video 5000 RTP/AVP 31\r\nm=audio 5002 RTP/AVP 0 96\r\nm=audio 5004/2 RTP/AVP 8\r\n'
  const streams = writeAnswer(offer, media()).match(/^m=.*$/gm)
  assert.deepEqual(streams, ['m=video 0 RTP/AVP 31', 'm=audio 10000 RTP/AVP 0 96', 'm=audio 0 RTP/AVP 8'])
})

test('an answer sends only what the offer receives, and the other way round', () => {
  const answer = (theirs: Direction, ours: Direction) =>
    directionOf(writeAnswer(writeOffer(media(theirs)), media(ours)))
  assert.deepEqual(
    [answer('sendonly', 'sendrecv'), answer('recvonly', 'sendrecv'), answer('inactive', 'sendrecv')],
    ['recvonly', 'sendonly', 'inactive'],
  )
  assert.deepEqual([answer('sendrecv', 'sendonly'), answer('sendonly', 'sendonly')], ['sendonly', 'inactive'])
})

test('the old way of holding, a connection to 0.0.0.0, counts as sendonly', () => {
  assert.equal(directionOf('v=0\r\nc=IN IP4 0.0.0.0\r\nm=audio 5 RTP/AVP 0\r\n'), 'sendonly')
  assert.equal(directionOf(writeOffer(media())), 'sendrecv')
})

test('an IPv6 address is written as one', () => {
  assert.match(writeOffer({ ...media(), address: '2001:db8::1' }), /\r\nc=IN IP6 2001:db8::1\r\n/)
})
