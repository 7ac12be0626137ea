// The state of tm in one engine: the transactions, their one timer queue, and the hooks the engine calls.
// What happens to a transaction stands in the files beside this one; this one leads there.

import type { Closed, Milliseconds, Packet } from '../../endpoint.js'
import type { Context } from '../../proxy/context.js'
import type { Engine } from '../../proxy/engine.js'
import type { ModuleHooks, Parameters } from '../../proxy/module.js'
import { tagMaker, type TagMaker } from '../../proxy/reply.js'
import { Header } from '../../sip/names.js'
import type { Message } from '../../sip/message.js'
import { TimerQueue, type Timer } from '../../transaction/timers.js'
import type { Branch, Cancel, Timed, Transaction } from './cell.js'
import { cancelActor, cancelEvent } from './cancel.js'
import { clientActor, clientEvent, responseArrived } from './client.js'
import { notTaken } from './elsewhere.js'
import { requestKey, type OldMatching } from './keys.js'
import { sayTrying, serverActor, serverEvent, startWait } from './server.js'
import { Store } from './store.js'

/** tm's parameters in milliseconds. */
export interface TmTimes {
  readonly frMs: Milliseconds
  readonly frInvMs: Milliseconds
  readonly waitMs: Milliseconds
  /** Finished transactions linger as the RFC has it, not for wt_timer. */
  readonly lingers: boolean
  /** The first retransmission intervals; the last one stands for all later ones. */
  readonly intervalsMs: readonly Milliseconds[] | undefined
}

export interface TmCounters {
  local: number
  replied: number
  retransmissions: number
  /** Completions by the first digit of their status. */
  readonly byClass: number[]
}

export class Tm implements ModuleHooks {
  readonly store: Store
  readonly timers = new TimerQueue<Timed>()
  readonly times: TmTimes
  readonly old: OldMatching
  readonly tags: TagMaker
  readonly counters: TmCounters = { local: 0, replied: 0, retransmissions: 0, byClass: [0, 0, 0, 0, 0, 0, 0] }
  /** Told of what happens to transactions (accounting); empty unless a module listens. */
  readonly listeners: TmListener[] = []
  /** Is the caller always told of a timeout? */
  readonly isNoisy: boolean
  readonly clientActor: ReturnType<typeof clientActor>
  readonly serverActor: ReturnType<typeof serverActor>
  readonly cancelActor: ReturnType<typeof cancelActor>
  /** The response that the client machine's actions work on. */
  current: { readonly message: Message; readonly packet: Packet } | undefined

  constructor(
    readonly engine: Engine,
    params: Parameters,
  ) {
    const { rules } = engine
    const seconds = (name: string, initial: number): Milliseconds => Number(params[name] ?? initial) * 1000
    this.store = new Store(engine.random.fork())
    this.tags = tagMaker('tm', engine.serverId, '-')
    this.isNoisy = params.noisy_ctimer !== 0
    this.old = { ruri: params.ruri_matching !== 0, via1: params.via1_matching !== 0 }
    const set = ['retr_timer1p1', 'retr_timer1p2', 'retr_timer1p3', 'retr_timer2'].some(
      (name) => params[name] !== undefined,
    )
    this.times = {
      frMs: seconds('fr_timer', rules.timerDefaults.fr),
      frInvMs: seconds('fr_inv_timer', rules.timerDefaults.frInv),
      waitMs: params.wt_timer === undefined ? (rules.lingering ?? 5000) : seconds('wt_timer', 5),
      lingers: params.wt_timer === undefined && rules.lingering !== undefined,
      intervalsMs:
        set || rules.retransmission.t1Ms === undefined
          ? [
              seconds('retr_timer1p1', 1),
              seconds('retr_timer1p2', 2),
              seconds('retr_timer1p3', 4),
              seconds('retr_timer2', 4),
            ]
          : undefined,
    }
    this.clientActor = clientActor(this)
    this.serverActor = serverActor(this)
    this.cancelActor = cancelActor(this)
  }

  /** Length of the n-th retransmission interval (from 0); `capped`: at most T2 (everything but INVITE requests). */
  intervalMs(n: number, capped: boolean): Milliseconds {
    const { intervalsMs } = this.times
    if (intervalsMs !== undefined) return intervalsMs[Math.min(n, intervalsMs.length - 1)]!
    const { t1Ms, t2Ms } = this.engine.rules.retransmission
    const interval = t1Ms! * 2 ** n
    return capped ? Math.min(interval, t2Ms) : interval
  }

  /** The interval of a non-INVITE request after a provisional response. */
  get slowIntervalMs(): Milliseconds {
    return this.times.intervalsMs?.at(-1) ?? this.engine.rules.retransmission.t2Ms
  }

  get deadline(): Milliseconds | undefined {
    return this.timers.deadline
  }

  wake(now: Milliseconds): void {
    this.timers.expire(now, (timer) => this.#fire(timer))
  }

  #fire(timer: Timer<Timed>): void {
    const { owner, name } = timer
    if (name === 'retransmit') this.counters.retransmissions++
    if ('branches' in owner) {
      if (name === 'wait') this.#forget(owner)
      else if (name === 'trying') sayTrying(this, owner)
      else serverEvent(this, owner, name === 'retransmit' ? 'retransmit' : 'timeout')
    } else if ('transaction' in owner) {
      this.#traceTimer(owner, name)
      clientEvent(this, owner, name === 'retransmit' ? 'retransmit' : 'timeout')
    } else cancelEvent(this, owner, name === 'retransmit' ? 'retransmit' : 'timeout')
  }

  #traceTimer(branch: Branch, name: string): void {
    if (!this.engine.trace || name === 'retransmit') return
    const event = { kind: 'timer', timer: name, id: branch.transaction.cookie, branch: branch.index } as const
    this.engine.put({ type: 'event', event })
  }

  #forget(transaction: Transaction): void {
    if (transaction.inFailureRoute) return startWait(this, transaction)
    for (const branch of transaction.branches) this.stopBranch(branch)
    this.timers.stop(transaction.retransmission)
    this.timers.stop(transaction.final)
    this.store.remove(transaction)
    if (this.engine.trace) this.trace(transaction, 'removed')
  }

  stopBranch(branch: Branch): void {
    this.timers.stop(branch.retransmission)
    this.timers.stop(branch.final)
    if (branch.cancel !== undefined) this.stopCancel(branch.cancel)
  }

  stopCancel(cancel: Cancel): void {
    this.timers.stop(cancel.retransmission)
    this.timers.stop(cancel.final)
  }

  trace(transaction: Transaction, state: string, branch?: number): void {
    const event = { kind: 'transaction', id: transaction.cookie, state } as const
    this.engine.put({ type: 'event', event: branch === undefined ? event : { ...event, branch } })
  }

  /** The transaction of a request as if its method were `method` (ACK and CANCEL look for their INVITE). */
  find(message: Message, method = message.method): Transaction | undefined {
    return this.store.byKey(requestKey(message, method, this.old))
  }

  onReply(message: Message, packet: Packet): boolean {
    const branch = this.store.branchOf(message)
    if (branch !== undefined && responseArrived(this, branch, message, packet)) return true
    if (this.engine.rules.strayResponses === 'forward' || Store.isStateless(message)) return false
    this.engine.drop('no transaction waits for the response', message.text)
    return true
  }

  /** A datagram bounced or a stream could not be opened: the branches that wait there have failed. */
  onUnreachable(transport: string, address: string, port: number, reason: Closed['reason']): void {
    if (transport === 'udp' && !this.engine.rules.transportErrors) return
    for (const transaction of this.store.all()) {
      // A connection that was open has taken what was sent.
      if (reason === 'refused' || reason === 'timeout') notTaken(transaction, transport, address, port)
      for (const branch of transaction.branches)
        if (
          branch.remote.address === address &&
          branch.remote.port === port &&
          branch.sending.transport === transport
        )
          clientEvent(this, branch, 'transportError')
    }
  }

  /** After the main route: a transaction that the script neither answered nor forwarded is put on wait. */
  afterRoute(context: Context): void {
    const transaction = context.transaction as Transaction | undefined
    if (transaction === undefined || transaction.handled || transaction.context !== context) return
    if (transaction.status > 0 || transaction.branches.length > 0) return
    this.engine.log(1, "WARNING: script writer didn't release transaction")
    startWait(this, transaction)
  }
}

/** What a module that accounts for calls may want to hear. */
export interface TmListener {
  /** A reply was sent upstream; it is undefined when it was made here. Copies of a 2xx are told, too. */
  replied?(transaction: Transaction, status: number, reply: Message | undefined): void
  /** All branches have failed, and a failure route is about to run. */
  failed?(transaction: Transaction, status: number, reply: Message | undefined): void
  /** Must the caller hear how this one ended, whatever noisy_ctimer says? */
  wantsEnd?(transaction: Transaction): boolean
  /** The ACK of a 2xx that was relayed. */
  acknowledged?(transaction: Transaction, context: Context): void
}

/** Does the request carry what a transaction needs? (the recorded SER 0.9.7: "Transaction tuple incomplete") */
export function hasTuple(message: Message): boolean {
  return [Header.FROM, Header.TO, Header.CALL_ID, Header.CSEQ, Header.VIA].every(
    (id) => message.find(id) >= 0,
  )
}
