// Digest authentication: the examples of the RFCs, the reader of credentials, and whatever else may stand there.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Malformed } from '../errors.js'
import {
  challengeText,
  credentialsOf,
  DIGEST_LENGTH_MAX,
  DIGEST_PARAMS_MAX,
  digestAlgorithm,
  digestLength,
  digestResponse,
  readDigest,
  sameDigest,
  secretHash,
  type DigestHash,
} from './digest.js'
import { octetsOf, textOf } from './unicode.js'

const GET = { method: 'GET', body: '' }

function params(value: string): Record<string, string> {
  const read = readDigest(value)
  assert.ok(read !== undefined && !(read instanceof Malformed), JSON.stringify(read))
  return Object.fromEntries(read)
}

function response(hash: DigestHash, example: Record<string, string>, password: string): string {
  const { username = '', realm = '', nonce = '', cnonce = '', uri = '', qop } = example
  const ha1 = secretHash(hash, username, realm, password)
  return digestResponse(
    ha1,
    { algorithm: { hash, session: false }, nonce, cnonce, nc: '00000001', qop, uri },
    GET,
  )
}

test('the responses are those of the examples of RFC 2617 §3.5 and RFC 7616 §3.9.1', () => {
  const old = {
    ...{ username: 'Mufasa', realm: 'testrealm@host.com', uri: '/dir/index.html', qop: 'auth' },
    ...{ nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093', cnonce: '0a4f113b' },
  }
  assert.equal(response('MD5', old, 'Circle Of Life'), '6629fae49393a05397450978507c4ef1')
  const both = {
    ...{ username: 'Mufasa', realm: 'http-auth@example.org', uri: '/dir/index.html', qop: 'auth' },
    nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  }
  assert.equal(response('MD5', both, 'Circle of Life'), '8ca523f5e9506fed4657c9700eebdbec')
  assert.equal(
    response('SHA-256', both, 'Circle of Life'),
    '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
  )
})

test('algorithms have names in any case, MD5 when none is named', () => {
  assert.deepEqual(digestAlgorithm(), { hash: 'MD5', session: false })
  assert.deepEqual(digestAlgorithm('md5-Sess'), { hash: 'MD5', session: true })
  assert.deepEqual(digestAlgorithm('sha-512-256'), { hash: 'SHA-512-256', session: false })
  for (const name of ['', 'SHA-1', 'MD5-sess-sess', 'constructor'])
    assert.equal(digestAlgorithm(name), undefined)
  for (const hash of ['MD5', 'SHA-256', 'SHA-512-256'] as const)
    assert.equal(secretHash(hash, 'a', 'b', 'c').length, digestLength(hash))
})

test('parameters are read in any order and case, with blanks, folds, empty elements and unknown names', () => {
  const value = 'DIGEST\r\n USERNAME = "a\\"b\\\\c" ,, uri=sip:h;lr , nc=1,\tx-new!="" ,qop = auth'
  assert.deepEqual(params(value), {
    ...{ username: 'a"b\\c', uri: 'sip:h;lr', nc: '1', 'x-new!': '', qop: 'auth' },
  })
})

test('another scheme is nobody, what cannot be read is malformed', () => {
  for (const value of ['Basic x', '', 'Digestive a=b', '"Digest a=b'])
    assert.equal(readDigest(value), undefined, value)
  for (const value of [
    ...['Digest', 'Digest ,,', 'Digest a', 'Digest =b', 'Digest "a"=b', 'Digest a="b', 'Digest a="b"c'],
    ...[
      'Digest a=b c=d',
      'Digest a=1, A=2',
      'Digest a="\\"',
      'Digest a==b"c',
      'Digest \x1b[2J=b',
      'Digest a;b=c',
    ],
    `Digest a="${'x'.repeat(DIGEST_LENGTH_MAX)}"`,
    `Digest ${Array.from({ length: DIGEST_PARAMS_MAX + 1 }, (_, at) => `p${at}=1`).join()}`,
  ])
    assert.ok(readDigest(value) instanceof Malformed, value.slice(0, 40))
})

test('a user name is split at its last @', () => {
  const of = (username: string) => {
    const read = credentialsOf(
      new Map(Object.entries({ username, realm: '', nonce: '', uri: '', response: '' })),
    )
    return read instanceof Malformed ? read : [read.user, read.domain]
  }
  assert.deepEqual(of('alice'), ['alice', undefined])
  assert.deepEqual(of('alice@example.com'), ['alice', 'example.com'])
  assert.deepEqual(of('a@b@c'), ['a@b', 'c'])
})

test('digests are the same octet by octet, and of the same length', () => {
  assert.ok(sameDigest('0a', '0a'))
  assert.ok(!sameDigest('0a', '0A'))
  assert.ok(!sameDigest('0a', '0a0'))
  assert.ok(!sameDigest('', '0'))
  assert.ok(!sameDigest('\u00e9', 'e9'))
})

test('a realm with quotes is escaped in a challenge, and read back', () => {
  const text = challengeText({ realm: 'a "b\\', nonce: 'n', qop: '', stale: true, algorithm: 'SHA-256' })
  assert.equal(text, 'Digest realm="a \\"b\\\\", nonce="n", algorithm=SHA-256, stale=true')
  assert.equal(params(text).realm, 'a "b\\')
})

test('no octets make the reader throw, and what is written is read back', () => {
  const octets = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  })
  const pieces = fc.array(
    fc.oneof(octets, fc.constantFrom('"', '\\', ',', '=', 'Digest ', 'username="', ' \r\n ')),
  )
  fc.assert(
    fc.property(pieces, (parts) => {
      const read = readDigest(`Digest ${parts.join('')}`)
      if (!(read instanceof Malformed) && read !== undefined) credentialsOf(read)
    }),
    { numRuns: 2000 },
  )
  fc.assert(
    fc.property(octets, (realm) => {
      const text = challengeText({ realm, nonce: 'n', qop: 'auth', stale: false })
      assert.equal(params(text).realm, realm)
    }),
  )
})

test('a long line of quotes and escapes is read in no time', () => {
  for (const part of ['\\', '"', ',', '=', 'a=', '\\"', ' \r\n'])
    assert.ok(readDigest(`Digest a="${part.repeat(65_000 / part.length)}`) instanceof Malformed)
})

test('octets become the text that they are in UTF-8, others stay; texts become octets', () => {
  assert.equal(textOf('J\u00c3\u00a4s\u00c3\u00b8n'), 'J\u00e4s\u00f8n')
  assert.equal(textOf('J\u00e4s'), 'J\u00e4s')
  assert.equal(textOf('alice'), 'alice')
  assert.equal(octetsOf('J\u00e4s\u00f8n \u20ac'), 'J\u00c3\u00a4s\u00c3\u00b8n \u00e2\u0082\u00ac')
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => assert.equal(textOf(octetsOf(text)), text)),
  )
})
