// Recursion on redirections: which contacts are tried, in which order, and when it ends.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brief, request, responseTo, RouteRun, type Sent } from './route-run.js'

const script = (limit: string): string => `route { t_on_failure("1"); t_relay(); }
failure_route[1] {
  if (t_check_status("3[0-9][0-9]") and get_redirects("${limit}")) {
    append_branch(); t_on_failure("1"); t_relay(); }; }`

function redirected(limit = '*') {
  const run = new RouteRun(script(limit))
  const [, first] = run.receive(request('INVITE', 'sip:one@10.0.1.1'))
  const redirect = (branch: Sent | undefined, ...contacts: string[]): Sent[] =>
    run
      .receive(
        responseTo(
          branch,
          302,
          'b1',
          contacts.map((contact) => `Contact: ${contact}`),
        ),
      )
      .filter(({ bytes }) => !bytes.startsWith('ACK'))
  return { first, redirect }
}

test('the contact of a 302 is asked in the place of the caller', () => {
  const { first, redirect } = redirected()
  assert.deepEqual(redirect(first, '<sip:two@10.0.1.2>').map(brief), ['10.0.1.2 INVITE'])
})

test('several contacts are tried together, as many as the limit allows and the best ones', () => {
  const all = ['<sip:a@10.0.1.2>;q=0.1', '<sip:b@10.0.1.3>;q=0.9, <sip:c@10.0.1.4>;q=0.5']
  const tried = (limit: string): string[] => {
    const { first, redirect } = redirected(limit)
    return redirect(first, ...all)
      .map(brief)
      .sort()
  }
  assert.deepEqual(tried('*'), ['10.0.1.2 INVITE', '10.0.1.3 INVITE', '10.0.1.4 INVITE'])
  assert.deepEqual(tried('2'), ['10.0.1.3 INVITE', '10.0.1.4 INVITE'])
  assert.deepEqual(tried('1'), ['10.0.1.3 INVITE'])
})

test('who was asked already is not asked again: a loop ends with the 302', () => {
  const { first, redirect } = redirected()
  const [second] = redirect(first, '<sip:two@10.0.1.2>')
  assert.deepEqual(redirect(second, '<sip:one@10.0.1.1>', '<sip:two@10.0.1.2>').map(brief), ['10.0.0.1 302'])
})

test('a 302 without a contact that can be read goes to the caller', () => {
  for (const contacts of [[], ['<sip:two@10.0.1.2'], ['garbage here'], ['<:>']]) {
    const { first, redirect } = redirected()
    assert.deepEqual(redirect(first, ...contacts).map(brief), ['10.0.0.1 302'], contacts.join())
  }
})

test('the twelve branches of a transaction are not exceeded by a long list', () => {
  const { first, redirect } = redirected()
  const many = Array.from({ length: 40 }, (_, n) => `<sip:u@10.0.3.${n + 1}>`)
  assert.equal(redirect(first, ...many).length, 11)
})
