// Search and edit: each function by what leaves, and by what it returns.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { headerValues, request, runRoute, type Sent } from './route-run.js'

const TEXT = request('INVITE', 'sip:bob@10.0.1.1', {
  headers: ['Subject: red and red', 'subject: green', 's: compact'],
  body: 'm=audio red\r\n',
})

/** What is forwarded after the action; undefined when the action was false. */
function after(action: string, text = TEXT): Sent | undefined {
  const script = `route { if (!${action}) { break; }; forward(10.0.1.1, 5060); }`
  return runRoute(script, text).sent[0]
}

const line = (sent: Sent | undefined): string => sent!.bytes.split('\r\n')[0]!

test('search looks into the first line, the headers and the body, in any case', () => {
  for (const pattern of ['^invite sip:', 'Subject: RED', 'm=audio', '^Call-ID: call-.'])
    assert.ok(after(`search("${pattern}")`), pattern)
  for (const pattern of ['blue', 'red$', 'INVITE.*Via', '^and'])
    assert.equal(after(`search("${pattern}")`), undefined, pattern)
})

test('replace changes the first match behind the first line', () => {
  const sent = after('replace("red", "blue")')
  assert.deepEqual(headerValues(sent!, 'Subject'), ['blue and red'])
  assert.match(line(after('replace("bob", "eve")')), /^INVITE sip:bob@/)
  assert.equal(after('replace("purple", "blue")'), undefined)
})

test('replace_all changes every match, in the body too', () => {
  const sent = after('replace_all("red", "blue")')
  assert.deepEqual(headerValues(sent!, 'Subject'), ['blue and blue'])
  assert.match(sent!.bytes, /m=audio blue\r\n$/)
})

test('search_append puts text behind the first match', () => {
  assert.deepEqual(headerValues(after('search_append("Subject: red", "dish")')!, 'Subject'), [
    'reddish and red',
  ])
  assert.equal(after('search_append("purple", "x")'), undefined)
})

test('subst takes groups, knows case, and with g changes all', () => {
  assert.deepEqual(headerValues(after('subst("/(red) and (red)/\\\\2+\\\\1/")')!, 'Subject'), ['red+red'])
  assert.equal(after('subst("/RED/x/")'), undefined, 'case counts without flag i')
  assert.deepEqual(headerValues(after('subst("/RED/x/gi")')!, 'Subject'), ['x and x'])
  assert.deepEqual(headerValues(after('subst("/red/x/")')!, 'Subject'), ['x and red'])
})

test('subst_uri and subst_user change the Request-URI only', () => {
  assert.equal(line(after('subst_uri("/bob/eve/")')), 'INVITE sip:eve@10.0.1.1 SIP/2.0')
  assert.equal(line(after('subst_user("/b(.)b/x\\\\1x/")')), 'INVITE sip:xox@10.0.1.1 SIP/2.0')
  assert.equal(after('subst_uri("/nobody/eve/")'), undefined)
  assert.equal(after('subst_user("/10/eve/")'), undefined, 'the host is not the user')
})

test('append_hf adds behind the last header, append_urihf with the URI as it came', () => {
  const sent = after('append_hf("X-One: 1\\r\\n")')
  assert.match(sent!.bytes, /\r\nContent-Length: 13\r\nX-One: 1\r\n\r\nm=audio/)
  assert.deepEqual(headerValues(after('append_urihf("X-Was: <", ">\\r\\n")')!, 'X-Was'), [
    '<sip:bob@10.0.1.1>',
  ])
})

test('remove_hf takes all headers of exactly this name in any case', () => {
  const sent = after('remove_hf("SUBJECT")')
  assert.deepEqual([...headerValues(sent!, 'Subject'), ...headerValues(sent!, 'subject')], [])
  assert.deepEqual(headerValues(sent!, 's'), ['compact'], 'the compact form is another name')
  assert.equal(after('remove_hf("X-None")'), undefined)
})

test('is_present_hf tells names apart', () => {
  assert.ok(after('is_present_hf("subject")'))
  assert.equal(after('is_present_hf("sub")'), undefined)
})

test('edits do not see each other: both replacements work on the text as received', () => {
  const script = 'route { replace("red", "green"); replace("green", "blue"); forward(10.0.1.1, 5060); }'
  const [sent] = runRoute(script, TEXT).sent
  assert.deepEqual(headerValues(sent!, 'Subject'), ['green and red'])
  assert.deepEqual(headerValues(sent!, 'subject'), ['blue'])
})

test('append_to_reply and append_time write into the replies made here', () => {
  const script = 'route { append_to_reply("X-Why: so\\r\\n"); append_time(); sl_send_reply("200", "OK"); }'
  const [sent] = runRoute(script, TEXT).sent
  assert.deepEqual(headerValues(sent!, 'X-Why'), ['so'])
  assert.deepEqual(headerValues(sent!, 'Date'), ['Thu, 01 Jan 1970 00:00:00 GMT'])
})

test('a pattern that matches nothing long ends, and changes at most a thousand places', () => {
  const many = request('OPTIONS', 'sip:bob@10.0.1.1', { body: 'z'.repeat(3000) })
  const sent = after('replace_all("z", "yy")', many)
  assert.equal(sent!.bytes.match(/yy/g)!.length, 1000)
  assert.ok(after('replace_all("q*", "-")', many))
})
