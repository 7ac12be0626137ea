// The tables are judged as data: their holes, their timers, their diagrams. Golden file: testdata/machines.md (UPDATE=1).

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { describeOverlay, holes, stateDiagram } from './diagram.js'
import { advance, overlay, type Overlay } from './machine.js'
import { inviteClient, inviteServer, nonInviteClient, nonInviteServer } from './tables.js'
import type {
  ClientAction,
  ClientEvent,
  ClientState,
  ServerAction,
  ServerEvent,
  ServerState,
  Table,
} from './tables.js'

type AnyTable = Table<string, string, string>

const CLIENT_EVENTS: ClientEvent[] = [
  'provisional',
  'success',
  'failure',
  'retransmit',
  'timeout',
  'linger',
  'transportError',
]
const SERVER_EVENTS: ServerEvent[] = [
  'request',
  'ack',
  'provisional',
  'success',
  'failure',
  'retransmit',
  'timeout',
  'linger',
  'transportError',
]

/** Each machine: its table, its first state, the timers that its creator starts, and all events. */
const MACHINES = [
  [
    'INVITE client (RFC 3261 §17.1.1, RFC 6026 §8.4)',
    inviteClient,
    'calling',
    'retransmit timeout',
    CLIENT_EVENTS,
  ],
  ['non-INVITE client (RFC 3261 §17.1.2)', nonInviteClient, 'trying', 'retransmit timeout', CLIENT_EVENTS],
  ['INVITE server (RFC 3261 §17.2.1, RFC 6026 §8.7)', inviteServer, 'proceeding', '', SERVER_EVENTS],
  ['non-INVITE server (RFC 3261 §17.2.2)', nonInviteServer, 'trying', '', SERVER_EVENTS],
] as const

const FILE = 'src/transaction/testdata/machines.md'

test('the printed machines and their holes are the reviewed ones', () => {
  const parts = [
    '# The transaction machines',
    '',
    'Printed from `tables.ts`; renew with `UPDATE=1 npm run unit`.',
    '',
  ]
  for (const [title, table, initial, timers, events] of MACHINES) {
    const missing = holes<string, string, string>(table as AnyTable, events)
    parts.push(`## ${title}`, '', '```mermaid', stateDiagram(table as AnyTable, initial), '```', '')
    if (timers !== '') parts.push(`Made with these timers running: ${timers.replace(' ', ', ')}.`, '')
    parts.push('Ignored (no row):', '', ...missing.map((hole) => `- ${hole}`), '')
  }
  const printed = parts.join('\n')
  if (process.env['UPDATE'] === '1') writeFileSync(FILE, printed)
  assert.equal(readFileSync(FILE, 'utf8'), printed)
})

/** What each action does to the machine's timers. */
const STARTS: Readonly<Record<string, string>> = {
  startRetransmit: 'retransmit',
  startTimeout: 'timeout',
  startProceeding: 'timeout',
  startLinger: 'linger',
}
const STOPS: Readonly<Record<string, string>> = { stopRetransmit: 'retransmit', stopTimeout: 'timeout' }

/** All (state, running timers) that a machine can reach; a fired timer no longer runs unless a row starts it again. */
function reachable(table: AnyTable, initial: string, timers: string): [string, Set<string>][] {
  const seen = new Map<string, [string, Set<string>]>()
  const queue: [string, Set<string>][] = [[initial, new Set(timers.split(' ').filter((name) => name !== ''))]]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const [state, running] = next
    const key = `${state} ${[...running].sort().join(' ')}`
    if (seen.has(key)) continue
    seen.set(key, next)
    for (const [event, row] of Object.entries(table[state]!)) {
      const isTimer = event === 'retransmit' || event === 'timeout' || event === 'linger'
      if (row !== undefined && (!isTimer || running.has(event))) queue.push(after(state, event, row, running))
    }
  }
  return [...seen.values()]
}

function after(
  state: string,
  event: string,
  row: readonly string[],
  running: Set<string>,
): [string, Set<string>] {
  const timers = new Set(running)
  timers.delete(event)
  for (const action of row.slice(1)) {
    const client = state === 'calling' || event !== 'request'
    // A client's resend starts the next interval by itself.
    if (action === 'resend' && event === 'retransmit' && client) timers.add('retransmit')
    if (STARTS[action] !== undefined) timers.add(STARTS[action])
    if (STOPS[action] !== undefined) timers.delete(STOPS[action])
  }
  return [row[0]!, timers]
}

test('wherever a timer can run there is a row for it, and none but the linger timer outlives its transaction', () => {
  for (const [title, table, initial, timers] of MACHINES)
    for (const [state, running] of reachable(table as AnyTable, initial, timers)) {
      const left = [...running].filter((timer) => (table as AnyTable)[state]![timer] === undefined)
      // A transport error ends a lingering transaction early; its linger timer then finds a hole.
      const allowed = state === 'terminated' ? left.filter((timer) => timer === 'linger') : []
      assert.deepEqual(left, allowed, `${title}: ${state}`)
    }
})

test('every state of every machine can be reached and left', () => {
  for (const [title, table, initial, timers] of MACHINES) {
    const states = new Set(reachable(table as AnyTable, initial, timers).map(([state]) => state))
    const used = Object.entries(table).filter(([, rows]) => Object.keys(rows).length > 0)
    for (const [state] of used) assert.ok(states.has(state), `${title}: ${state}`)
    assert.ok(states.has('terminated'), title)
  }
})

function recorder<A extends string>(log: string[]): { readonly [action in A]: () => void } {
  const act = (_: object, action: string | symbol) => () => void log.push(String(action))
  return new Proxy({}, { get: act }) as { readonly [action in A]: () => void }
}

test('advance changes the state, then carries out the actions in order; an event without a row does nothing', () => {
  const log: string[] = []
  const actor = recorder<ClientAction>(log)
  const transaction: { state: ClientState } = { state: 'calling' }
  const run = (event: ClientEvent): boolean =>
    advance<ClientState, ClientEvent, ClientAction, { state: ClientState }>(
      inviteClient,
      transaction,
      event,
      actor,
    )
  assert.equal(run('failure'), true)
  assert.deepEqual(log, ['stopRetransmit', 'stopTimeout', 'startLinger', 'ack', 'pass'])
  assert.equal(transaction.state, 'completed')
  log.length = 0
  assert.equal(run('provisional'), false)
  assert.deepEqual([transaction.state, log], ['completed', []])
})

const fewRows: Overlay<ServerState, ServerEvent, ServerAction> = {
  name: 'answersCopies',
  reason: 'an example',
  rows: { accepted: { request: ['accepted', 'resend'] } },
}

test('an overlay changes its rows only, leaves the table as it was, and can be printed', () => {
  const changed = overlay<ServerState, ServerEvent, ServerAction>(inviteServer, fewRows)
  assert.deepEqual(changed.accepted.request, ['accepted', 'resend'])
  assert.deepEqual(changed.accepted.linger, inviteServer.accepted.linger)
  assert.deepEqual(changed.completed, inviteServer.completed)
  assert.equal('request' in inviteServer.accepted, false)
  assert.equal(
    describeOverlay(fewRows),
    'answersCopies: an example\n  accepted x request -> accepted, resend',
  )
})
