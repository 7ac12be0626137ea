// What a row asks of the time and of the network, by its own words.

import type { Case, Play, Statement } from '../../conformance/cases/case.js'
import type { Milliseconds } from '../../endpoint.js'

export function waitOf({ plays }: Case): Milliseconds {
  return plays.reduce((sum, play) => sum + playWait(play), 0)
}

function playWait(play: Play): Milliseconds {
  return play.reduce((sum, statement) => sum + statementWait(statement), 0)
}

function statementWait(statement: Statement): Milliseconds {
  switch (statement.kind) {
    case 'wait':
      return statement.forMs
    case 'silence':
      return statement.forMs ?? 0
    case 'receive':
      return Math.max(statement.afterMs ?? 0, statement.withinMs ?? 0)
    case 'closed':
      return statement.withinMs ?? 0
    case 'one of':
      return Math.max(...statement.alternatives.map(playWait))
    default:
      return 0
  }
}

/** Does it tell the server what to do? That is about the server's last call, so that no other row may call it meanwhile. */
export function ordersServer({ plays }: Case): boolean {
  const orders = (statement: Statement): boolean =>
    statement.kind === 'order' ||
    (statement.kind === 'one of' && statement.alternatives.some((alternative) => alternative.some(orders)))
  return plays.some((play) => play.some(orders))
}

/** Many messages or long ones: a server that is busy with them may miss what other rows send. */
export function isFlood({ plays }: Case): boolean {
  return plays.some((play) => play.some(floods))
}

function floods(statement: Statement): boolean {
  if (statement.kind !== 'send') return false
  const { times = 1, file, raw = '', changes } = statement
  const texts = [raw, ...changes.map(({ value }) => value)]
  return times > 1 || file?.variation !== undefined || texts.some((text) => /\{\d{4,}\*/.test(text))
}
