// SER module tm: stateful forwarding, replies and failure routes (SER's modules).

import type { Context } from '../../proxy/context.js'
import type { ModuleRecord } from '../../proxy/module.js'
import type { Target } from '../../proxy/resolve.js'
import type { Transport } from '../../endpoint.js'
import type { ArgumentKind, FunctionRecord, Result, RouteKind } from '../../script/contract.js'
import type { Transaction } from './cell.js'
import { tmControls } from './controls.js'
import { createTransaction } from './create.js'
import { forwardCreated, relay } from './relay.js'
import { replyLocally, serverEvent, startWait } from './server.js'
import { Tm } from './tm.js'

const REQUEST: readonly RouteKind[] = ['request']
const REQUEST_FAILURE: readonly RouteKind[] = ['request', 'failure']
const ALL: readonly RouteKind[] = ['request', 'failure', 'onreply']

/** "5060" -> 5060, with SER's complaint. */
const PORT: ArgumentKind = {
  name: 'port',
  fix: (text) => {
    if (!/^\d{1,5}$/.test(text) || Number(text) > 65535) throw new Error('bad number')
    return Number(text)
  },
}

const STATUS: ArgumentKind = {
  name: 'status',
  fix: (text) => {
    if (!/^\d+$/.test(text)) throw new Error('bad number')
    return Number(text)
  },
}

const FLAG_DIRECTION: ArgumentKind = {
  name: '1 or 2',
  fix: (text) => {
    if (text !== '1' && text !== '2') throw new Error('bad number: "1" (message to transaction) or "2"')
    return Number(text)
  },
}

function transactionOf(context: Context): Transaction | undefined {
  return context.transaction as Transaction | undefined
}

function targetOf(context: Context, host: string, port: number, transport?: Transport): Target {
  return { host, port, transport: transport ?? context.transport }
}

/** A function that forwards to a fixed host and port over `transport` (undefined: as received). */
function toHost(
  about: string,
  routes: readonly RouteKind[],
  transport: Transport | undefined,
  act: (context: Context, target: Target) => Result,
): FunctionRecord<Context> {
  return {
    args: ['string', PORT],
    routes,
    about,
    call: (context: Context, host: string, port: number) =>
      act(context, targetOf(context, host, port, transport)),
  }
}

const relayTo = (context: Context, target: Target): Result =>
  relay(context.engine.use(tm), context, { target })
const replicateTo = (context: Context, target: Target): Result =>
  relay(context.engine.use(tm), context, { target, replicate: true })

function forwardNonAck(context: Context, target?: Target): Result {
  const transaction = transactionOf(context)
  if (transaction === undefined || context.message.method === 'ACK') return -1
  return forwardCreated(context.engine.use(tm), transaction, context, target === undefined ? {} : { target })
}

function arm(name: 'onFailure' | 'onReply') {
  return (context: Context, number: number): Result => {
    const transaction = transactionOf(context)
    context[name] = number
    if (
      transaction !== undefined &&
      (context.kind === 'onreply' || (name === 'onReply' && context.kind === 'failure'))
    )
      transaction[name] = number
    return 1
  }
}

function newTransaction(context: Context): Result {
  const creation = createTransaction(context.engine.use(tm), context)
  if (creation.kind === 'absorbed') return 0
  return creation.kind === 'error' ? -1 : 1
}

function reply(context: Context, status: number, reason: string): Result {
  const transaction = transactionOf(context)
  if (context.message.method === 'ACK') return -1
  if (transaction === undefined) {
    context.log(
      -1,
      'ERROR: t_reply: cannot send a t_reply to a message for which no T-state has been established',
    )
    return -1
  }
  if (replyLocally(context.engine.use(tm), transaction, status, reason, context)) return 1
  context.log(-1, 'ERROR: t_reply: cannot generate a final reply, one has been sent already')
  return -1
}

function lookupRequest(context: Context): Result {
  const state = context.engine.use(tm)
  const method = context.message.method === 'ACK' ? 'INVITE' : context.message.method
  const found = transactionOf(context) ?? state.find(context.message, method)
  if (found === undefined) return -1
  context.transaction = found
  return 1
}

function retransmitReply(context: Context): Result {
  const transaction = transactionOf(context)
  if (transaction?.lastReply === undefined) return -1
  return serverEvent(context.engine.use(tm), transaction, 'request') ? 1 : -1
}

function release(context: Context): Result {
  const transaction = transactionOf(context)
  if (transaction === undefined) return -1
  transaction.handled = true
  startWait(context.engine.use(tm), transaction)
  return 1
}

function checkStatus(context: Context, pattern: RegExp): Result {
  const transaction = transactionOf(context)
  const status =
    context.kind === 'onreply'
      ? context.message.status
      : context.kind === 'failure'
        ? transaction?.winner
        : transaction?.status
  return status !== undefined && pattern.test(String(status)) ? 1 : -1
}

function flushFlags(context: Context, direction: number): Result {
  const transaction = transactionOf(context)
  if (transaction === undefined) return -1
  if (direction === 1) transaction.flags = context.flags
  else context.flags = transaction.flags
  return 1
}

export const tm: ModuleRecord<Tm> = {
  name: 'tm',
  file: 'tm',
  about: 'stateful forwarding: transactions, forking, CANCEL, timers, failure and reply routes',
  params: {
    fr_timer: {
      kind: 'integer',
      initial: undefined,
      about: 'seconds until a request without final reply times out (30)',
    },
    fr_inv_timer: { kind: 'integer', initial: undefined, about: 'seconds an INVITE may ring (120)' },
    wt_timer: {
      kind: 'integer',
      initial: undefined,
      about: 'seconds a finished transaction absorbs retransmissions (5)',
    },
    delete_timer: {
      kind: 'integer',
      initial: 2,
      about: 'no effect: transactions are deleted when nobody holds them',
    },
    retr_timer1p1: {
      kind: 'integer',
      initial: undefined,
      about: 'first retransmission interval in seconds (1)',
    },
    retr_timer1p2: {
      kind: 'integer',
      initial: undefined,
      about: 'second retransmission interval in seconds (2)',
    },
    retr_timer1p3: {
      kind: 'integer',
      initial: undefined,
      about: 'third retransmission interval in seconds (4)',
    },
    retr_timer2: {
      kind: 'integer',
      initial: undefined,
      about: 'all later retransmission intervals in seconds (4)',
    },
    noisy_ctimer: {
      kind: 'integer',
      initial: 1,
      about: '0: a call that rings at one place until the timer fires ends without a word',
    },
    ruri_matching: { kind: 'integer', initial: 1, about: 'RFC 2543 matching compares the Request-URI' },
    via1_matching: { kind: 'integer', initial: 1, about: 'RFC 2543 matching compares the top Via' },
    uac_from: {
      kind: 'string',
      initial: 'sip:foo@foo.bar',
      about: 'no effect: whoever sends a request of its own says its From',
    },
  },
  start: (engine, params) => new Tm(engine, params),
  functions: {
    t_relay: {
      args: [],
      routes: REQUEST_FAILURE,
      about: 'forwards statefully to the destination set',
      call: (context: Context) => relay(context.engine.use(tm), context),
    },
    t_relay_to_udp: toHost('t_relay to a fixed host over UDP', REQUEST_FAILURE, 'udp', relayTo),
    t_relay_to_tcp: toHost('t_relay to a fixed host over TCP', REQUEST_FAILURE, 'tcp', relayTo),
    t_relay_to_tls: toHost('t_relay to a fixed host over TLS', REQUEST_FAILURE, 'tls', relayTo),
    t_newtran: {
      args: [],
      routes: REQUEST,
      about: 'creates the transaction; stops the script for a retransmission',
      call: newTransaction,
    },
    t_reply: {
      args: [STATUS, 'string'],
      routes: REQUEST_FAILURE,
      about: 'answers statefully',
      call: reply,
    },
    t_lookup_request: {
      args: [],
      routes: REQUEST,
      about: 'is there a transaction for this request?',
      call: lookupRequest,
    },
    t_retransmit_reply: {
      args: [],
      routes: REQUEST,
      about: 'sends the last reply again',
      call: retransmitReply,
    },
    t_release: { args: [], routes: REQUEST, about: 'ends the transaction', call: release },
    t_forward_nonack: toHost('forwards an existing transaction', REQUEST, undefined, forwardNonAck),
    t_forward_nonack_udp: toHost('forwards an existing transaction over UDP', REQUEST, 'udp', forwardNonAck),
    t_forward_nonack_tcp: toHost('forwards an existing transaction over TCP', REQUEST, 'tcp', forwardNonAck),
    t_forward_nonack_tls: toHost('forwards an existing transaction over TLS', REQUEST, 'tls', forwardNonAck),
    t_forward_nonack_uri: {
      args: [],
      routes: REQUEST,
      about: 'forwards an existing transaction to the Request-URI',
      call: (context: Context) => forwardNonAck(context),
    },
    t_replicate: toHost('sends a copy whose replies are dropped', REQUEST, undefined, replicateTo),
    t_replicate_udp: toHost('sends a copy over UDP whose replies are dropped', REQUEST, 'udp', replicateTo),
    t_replicate_tcp: toHost('sends a copy over TCP whose replies are dropped', REQUEST, 'tcp', replicateTo),
    t_replicate_tls: toHost('sends a copy over TLS whose replies are dropped', REQUEST, 'tls', replicateTo),
    t_on_failure: {
      args: ['failure_route'],
      routes: ALL,
      about: 'arms a failure route ("0": none)',
      call: arm('onFailure'),
    },
    t_on_reply: {
      args: ['onreply_route'],
      routes: ALL,
      about: 'arms a reply route ("0": none)',
      call: arm('onReply'),
    },
    t_check_status: {
      args: ['regex'],
      routes: ALL,
      about: 'does the status match? (request: last sent; reply: its own; failure: the winning one)',
      call: checkStatus,
    },
    t_flush_flags: {
      args: [FLAG_DIRECTION],
      routes: ALL,
      about: 'copies flags: "1" message to transaction, "2" transaction to message',
      call: flushFlags,
    },
  },
  controls: tmControls((engine) => engine.use(tm)),
}
