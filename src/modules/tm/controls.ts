// Control commands of tm (SER's FIFO): what is under way, and requests sent and cancelled by whoever runs the server.

import { Malformed } from '../../errors.js'
import type { Engine } from '../../proxy/engine.js'
import type { ControlAnswer, ControlRecord } from '../../proxy/module.js'
import { isPending, type Transaction } from './cell.js'
import { cancelBranch } from './cancel.js'
import { ENTRIES } from './store.js'
import type { Tm } from './tm.js'
import { uacDialog } from './uac-dialog.js'

/** Behind each line, to cover what stood there before on a screen (SER). */
const LINE_END = '      '

/** The control commands; `stateOf` finds tm's state. */
export function tmControls(stateOf: (engine: Engine) => Tm): Readonly<Record<string, ControlRecord>> {
  return {
    t_stats: {
      about: 'transactions now and since the start, and how they ended',
      args: [],
      call: (engine, _args, answer) => answer(stats(stateOf(engine))),
    },
    t_hash: {
      about: 'transactions now and since the start, by entry of the table',
      args: [],
      call: (engine, _args, answer) => answer(hash(stateOf(engine))),
    },
    t_uac_dlg: {
      about: 'sends a request and answers with its final reply; an INVITE is acknowledged',
      args: ['method', 'request URI', 'next hop (. for none)', 'headers...', 'body...'],
      call: (engine, args, answer) => uacDialog(stateOf(engine), args, answer),
    },
    t_uac_cancel: {
      about: 'cancels an INVITE',
      args: ['Call-ID', 'CSeq'],
      call: (engine, [callId = '', cseq = ''], answer) => answer(cancel(stateOf(engine), callId, cseq)),
    },
  }
}

function stats({ store, counters }: Tm): ControlAnswer {
  let waiting = 0
  for (const { status } of store.all()) if (status >= 200) waiting++
  const { local, replied, byClass } = counters
  const completed = (digit: number): string => `${digit}xx: ${byClass[digit] ?? 0}`
  const ends = [6, 5, 4, 3].map(completed).join(', ')
  return {
    ...{ code: 200, reason: 'ok' },
    lines: [
      `Current: ${store.count} (${waiting} waiting) Total: ${store.total} (${local} local) `,
      `Replied localy: ${replied}`,
      `Completion status ${ends},${completed(2)}`,
    ].map((line) => line + LINE_END),
  }
}

function hash({ store }: Tm): ControlAnswer {
  const current = new Uint32Array(ENTRIES)
  for (const { slot } of store.all()) current[slot % ENTRIES]!++
  return { code: 200, reason: 'ok', lines: hashLines(current, store.totals) }
}

function* hashLines(current: Uint32Array, totals: Uint32Array): Iterable<string> {
  yield '\tcurrent\ttotal'
  for (let entry = 0; entry < ENTRIES; entry++) yield `${entry}.\t${current[entry]}\t${totals[entry]}`
}

function cancel(tm: Tm, callId: string, cseq: string): ControlAnswer {
  const said = (code: number, reason: string): ControlAnswer => ({ code, reason, isBare: code !== 200 })
  if (callId === '') return said(400, 'fifo_uac_cancel: callid expected')
  if (cseq === '') return said(400, 'fifo_uac_cancel: cseq expected')
  const found = invite(tm, callId, parseInt(cseq, 10))
  if (found === undefined) return said(481, 'fifo_uac_cancel: no such transaction')
  for (const branch of found.branches)
    if (isPending(branch) && !cancelBranch(tm, branch)) branch.cancelWanted = branch.cancel === undefined
  return said(200, 'fifo_uac_cancel succeeded')
}

function invite({ store }: Tm, callId: string, number: number): Transaction | undefined {
  for (const transaction of store.all()) {
    const { message } = transaction.context
    if (!transaction.isInvite || message.callId !== callId) continue
    const cseq = message.cseq()
    if (cseq !== undefined && !(cseq instanceof Malformed) && cseq.number === number) return transaction
  }
  return undefined
}
