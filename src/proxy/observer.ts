// Turns what happens in a running script into events, for coverage, explain and reports.

import type { TraceEvent } from '../endpoint.js'
import type { ScriptObserver } from '../script/contract.js'
import type { Context } from './context.js'
import type { Engine } from './engine.js'

/** The observer of one run of a route. A result carries the Request-URI when it is another one than before. */
export function observerOf(engine: Engine, context: Context): ScriptObserver {
  const put = (event: TraceEvent): void => engine.put({ type: 'event', event })
  let known = context.message.isRequest ? context.uri : ''
  const changed = (): { uri?: string } => {
    if (!context.message.isRequest || context.uri === known) return {}
    known = context.uri
    return { uri: known }
  }
  return {
    routeEntered: (route) => put({ kind: 'route', route, enter: true }),
    routeLeft: (route, value) => put({ kind: 'route', route, enter: false, value }),
    statement: (line, column, text, file) => put({ kind: 'line', file, line, column, text }),
    returned: (line, call, value) => put({ kind: 'result', line, call, value, ...changed() }),
    decided: (line, column, taken, file) => put({ kind: 'arm', file, line, column, taken }),
    log: (level, text) => engine.log(level, text),
  }
}
