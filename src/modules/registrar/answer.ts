// How a registrar answers, and what it refuses before it looks at the contacts (RFC 3261 §10.3, §8.2.2.3).

import type { Context } from '../../proxy/context.js'
import type { Parameters } from '../../proxy/module.js'
import type { Result } from '../../script/contract.js'
import { Header } from '../../sip/names.js'
import { sl } from '../sl.js'
import type { Transaction } from '../tm/cell.js'
import { tm } from '../tm/index.js'
import { replyLocally } from '../tm/server.js'
import { Refusal } from './refusal.js'

/** RFC 3261 §10.3-2: what Require names must be known here. */
export function unsupported({ message, engine }: Context, params: Parameters): Refusal | undefined {
  if (!engine.rules.registrarRequire) return undefined
  const known = [params.use_path === 1 ? 'path' : '', params.outbound_mode === 1 ? 'outbound' : '']
  const unknown = message
    .valuesOf(Header.REQUIRE)
    .filter((tag) => !known.includes(tag.toLowerCase()))
    .join(', ')
  if (unknown === '') return undefined
  return new Refusal(420, 'Extension not supported', `Unsupported: ${unknown}\r\n`, 'Bad Extension')
}

/** Within the transaction where there is one, else statelessly (deviation registrarTransaction). */
export function answer(context: Context, status: number, reason: string): Result {
  const { engine } = context
  const transaction = context.transaction as Transaction | undefined
  if (transaction === undefined || !engine.rules.registrarTransaction)
    return engine.use(sl).reply(context, status, reason)
  return replyLocally(engine.use(tm), transaction, status, reason, context) ? 1 : -1
}
