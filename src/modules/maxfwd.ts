// SER module maxfwd: stops loops by Max-Forwards (SER's modules; RFC 3261 §16.3-3, §16.6-3).

import type { Context } from '../proxy/context.js'
import type { ModuleRecord } from '../proxy/module.js'
import type { ArgumentKind, Result } from '../script/contract.js'
import { Header } from '../sip/names.js'

const VALUE_MAX = 255

const HOPS: ArgumentKind = {
  name: 'hops',
  fix: (text) => {
    if (!/^\d+$/.test(text) || Number(text) > VALUE_MAX) throw new Error('bad number: at most 255')
    return Number(text)
  },
}

interface Maxfwd {
  /** A higher value is lowered to it. */
  readonly limit: number
}

function process(context: Context, initial: number): Result {
  const { message, engine } = context
  context.maxForwardsDone = true
  const index = message.find(Header.MAX_FORWARDS)
  if (index < 0) {
    context.prepend(`Max-Forwards: ${initial}\r\n`)
    return 1
  }
  const value = message.valueOf(index)
  if (value === '') return -1
  // What is no number is forwarded as it is.
  if (!/^\d+$/.test(value)) return 1
  if (Number(value) === 0) return -1
  const next = Math.min(Number(value) - 1, engine.use(maxfwd).limit)
  const put = next === 0 && engine.rules.maxForwardsOneIsEmpty ? '' : String(next)
  const at = message.valueStart(index)
  context.edits.push({ at, cut: message.valueEnd(index) - at, put })
  return 1
}

export const maxfwd: ModuleRecord<Maxfwd> = {
  name: 'maxfwd_module',
  file: 'maxfwd',
  about: 'stops loops by Max-Forwards',
  params: {
    max_limit: {
      kind: 'integer',
      initial: undefined,
      about: 'Max-Forwards above it is lowered to it (16; rfc3261: 255)',
    },
  },
  start: (engine, params) => ({ limit: Number(params.max_limit ?? engine.rules.maxForwardsLimit) }),
  functions: {
    mf_process_maxfwd_header: {
      args: [HOPS],
      routes: ['request'],
      about: 'decrements Max-Forwards, adds it when absent; false when it has run out',
      call: process,
    },
  },
}
